"""The judge of a run. It shares no code with the product: it reads the tables by plain SQL, the sink's record and the
editors' answers, and knows the table of states as the design page has it. Every violation is a sentence.

    python -m tests.faults.checker FOLDER      judges a run that was kept
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

# From the design page: state -> the states it may move to.
TABLE: dict[str, set[str]] = {
    "draft": {"scheduled", "cancelled"},
    "scheduled": {"scheduled", "queued", "held", "cancelled"},
    "queued": {"working", "scheduled", "held", "cancelled"},
    "working": {"published", "confirming", "awaiting_hand", "unknown", "failed", "queued"},
    "confirming": {"published", "failed", "unknown"},
    "unknown": {"published", "confirming", "queued", "awaiting_hand", "failed"},
    "awaiting_hand": {"published", "cancelled"},
    "held": {"scheduled", "queued", "cancelled"},
    "failed": {"queued", "scheduled", "awaiting_hand", "cancelled"},
    "published": {"withdrawing"},
    "withdrawing": {"withdrawing", "withdrawn", "published"},
    "cancelled": set(),
    "withdrawn": set(),
}
# On its way by itself: nothing may be left here once everything works again.
MOVING = {"scheduled", "queued", "working", "confirming", "unknown", "withdrawing"}
OUT = {"published", "withdrawing", "withdrawn"}
# A hold must have stopped all sending so long after it was answered: the promise is ten seconds at a lease of sixty.
HOLD_SECONDS = 1.5
# Reading two clocks one after the other.
SLACK = 0.02


@dataclass
class Verdict:
    """What was found: a sentence a violation."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    illegal: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not (self.lost or self.doubled or self.illegal)

    def sentences(self) -> Iterator[str]:
        """Everything found, with its kind in front."""
        for kind in ("lost", "doubled", "illegal"):
            yield from (f"{kind}: {sentence}" for sentence in getattr(self, kind))


@dataclass
class History:
    """All that is known of a run after the fact."""

    folder: Path
    plan: dict[str, Any]
    deliveries: dict[int, dict[str, Any]]
    moves: dict[int, list[dict[str, Any]]]
    arrivals: dict[str, list[dict[str, Any]]]
    sends: list[dict[str, Any]]
    removed: set[str]
    answers: list[dict[str, Any]]
    clocks: list[dict[str, Any]]

    def ahead(self, at: float) -> float:
        """The most that the run's wall clock was ahead of the real one at `at`, or just before."""
        before = [c["ahead"] for c in self.clocks if c["at"] <= at - 1.0]
        just_now = [c["ahead"] for c in self.clocks if at - 1.0 < c["at"] <= at + SLACK]
        return max([before[-1] if before else 0.0, *just_now])


DELIVERIES = """SELECT d.id, d.state, d.version, d.key, d.due_at, d.token, d.attempt, d.channel, d.account_id,
 d.platform_id, d.proof, d.url, d.trouble, d.hand_by, d.revision_id, d.interpretation_id, r.content
 FROM deliveries d JOIN revisions r ON r.id = d.revision_id ORDER BY d.id"""
MOVES = "SELECT id, delivery_id, source, target, version, at, actor, reason FROM moves ORDER BY id"


def read(folder: Path, database: str) -> History:
    """The history of the run in `folder`; `database` is a path to SQLite's file or a PostgreSQL address."""
    with closing(_connect(database)) as connection:
        deliveries = {row["id"]: row for row in _rows(connection, DELIVERIES)}
        moves = defaultdict(list)
        for row in _rows(connection, MOVES):
            moves[row["delivery_id"]].append(row)
    arrivals = defaultdict(list)
    for line in _lines(folder / "arrivals.jsonl"):
        arrivals[line["key"]].append(line)
    return History(
        folder=folder,
        plan=json.loads((folder / "plan.json").read_text()),
        deliveries=deliveries,
        moves=moves,
        arrivals=arrivals,
        sends=_lines(folder / "sends.jsonl"),
        removed={line["key"] for line in _lines(folder / "removed.jsonl")},
        answers=_lines(folder / "editor.jsonl"),
        clocks=_lines(folder / "clocks.jsonl"),
    )


def judge(history: History) -> Verdict:
    """Everything that should not have happened, or should have and did not."""
    verdict = Verdict()
    for delivery in history.deliveries.values():
        verdict.states[delivery["state"]] = verdict.states.get(delivery["state"], 0) + 1
        verdict.illegal += _trail(delivery, history.moves[delivery["id"]])
        verdict.lost += _unfinished(delivery, history)
        verdict.lost += _nothing_there(delivery, history)
        verdict.illegal += _arrived_wrongly(delivery, history)
        verdict.doubled += _arrived_twice(delivery, history)
    verdict.lost += _forgotten(history)
    verdict.doubled += _same_text_twice(history)
    verdict.illegal += _strangers(history)
    verdict.illegal += _cancelled_and_sent(history)
    verdict.illegal += _together(history)
    verdict.illegal += _sent_while_held(history)
    verdict.illegal += _not_withdrawn(history)
    return verdict


def _name(delivery: dict[str, Any]) -> str:
    return f"delivery {delivery['id']} ({delivery['channel']}, account {delivery['account_id']}, {delivery['key']})"


def _trail(delivery: dict[str, Any], moves: list[dict[str, Any]]) -> Iterator[str]:
    if not moves:
        yield f"{_name(delivery)} is {delivery['state']} without a single move"
        return
    if moves[0]["source"] is not None or moves[0]["target"] != "scheduled" or moves[0]["version"] != 1:
        first = f"{moves[0]['source']} -> {moves[0]['target']}, version {moves[0]['version']}"
        yield f"{_name(delivery)} begins with {first}"
    for before, move in pairwise(moves):
        step = f"{move['source']} -> {move['target']} (move {move['id']}, version {move['version']}, {move['actor']})"
        if move["source"] != before["target"]:
            yield f"{_name(delivery)}: {step} follows a move to {before['target']}"
        if move["target"] not in TABLE.get(move["source"], set()):
            yield f"{_name(delivery)}: {step} is not in the table of states"
        if move["version"] != before["version"] + 1:
            yield f"{_name(delivery)}: {step} follows version {before['version']}"
    last = moves[-1]
    if (delivery["state"], delivery["version"]) != (last["target"], last["version"]):
        yield (
            f"{_name(delivery)} is {delivery['state']}, version {delivery['version']}, but its last move is to "
            f"{last['target']}, version {last['version']}"
        )
    if delivery["token"] is not None and delivery["state"] not in ("working", "unknown", "withdrawing", "confirming"):
        yield f"{_name(delivery)} is {delivery['state']} and still claimed"


def _unfinished(delivery: dict[str, Any], history: History) -> Iterator[str]:
    state, arrived = delivery["state"], history.arrivals[delivery["key"]]
    if in_hands(delivery):
        return
    if state in MOVING:
        yield f"{_name(delivery)} is still {state} long after everything works again"
    elif state == "failed" and not _may_fail(delivery, history):
        yield f"{_name(delivery)} failed ({_code(delivery)}), which nothing in the plan explains"
    elif state == "held" and not _may_be_held(history):
        yield f"{_name(delivery)} was held ({_code(delivery)}), which nothing in the plan explains"
    elif state == "awaiting_hand":
        yield f"{_name(delivery)} was handed to a person ({_code(delivery)})"
    if state in ("failed", "held", "cancelled", "scheduled", "queued") and arrived:
        yield f"{_name(delivery)} is {state}, but it did arrive: nobody will ever know"


def in_hands(delivery: dict[str, Any]) -> bool:
    """Whether it is a person's to clear up, and is shown to one: of a far end that nobody can ask, or that lets nobody
    take anything down.
    """
    waits = delivery["state"] in ("unknown", "withdrawing") and delivery["hand_by"] is not None
    return waits and delivery["channel"] == "blind"


def _code(delivery: dict[str, Any]) -> str:
    trouble = delivery["trouble"]
    if isinstance(trouble, str):
        trouble = json.loads(trouble)
    return trouble["code"] if trouble else "no trouble named"


def _may_fail(delivery: dict[str, Any], history: History) -> bool:
    """A far end that refuses, or is busy again and again, ends in failed, with a sentence."""
    hows = [s["how"] for s in history.sends if s["key"] == delivery["key"]]
    return "refuse" in hows


def _may_be_held(history: History) -> bool:
    return any(abs(clock["ahead"]) >= 1800 for clock in history.clocks)


def _nothing_there(delivery: dict[str, Any], history: History) -> Iterator[str]:
    if delivery["state"] not in OUT:
        return
    if not (delivery["platform_id"] or delivery["proof"]):
        yield f"{_name(delivery)} is {delivery['state']} without proof"
    if delivery["channel"] == "placed":
        yield from _place(delivery, history)
    elif delivery["state"] == "withdrawn" and delivery["key"] not in history.removed:
        yield f"{_name(delivery)} is withdrawn, and nobody took it down"
    elif not history.arrivals[delivery["key"]]:
        yield f"{_name(delivery)} is {delivery['state']}, and nothing ever arrived"


def _title(delivery: dict[str, Any]) -> str:
    content = delivery["content"]
    return str((json.loads(content) if isinstance(content, str) else content)["title"])


def _text(delivery: dict[str, Any]) -> bytes:
    return f"<p>{_title(delivery)}</p>\n".encode()


def _place(delivery: dict[str, Any], history: History) -> Iterator[str]:
    page = history.folder / "data" / "site" / "main" / "i" / str(delivery["interpretation_id"]) / "index.html"
    if not page.exists():
        yield f"{_name(delivery)} is published, and its page is not there"
    elif delivery["state"] == "published" and page.read_bytes() != _text(delivery):
        yield f"{_name(delivery)} is published, and its page is not what was approved"
    elif delivery["state"] == "withdrawn" and "撤回" not in page.read_text():
        yield f"{_name(delivery)} is withdrawn, and its page does not say so"


def _arrived_wrongly(delivery: dict[str, Any], history: History) -> Iterator[str]:
    right = hashlib.sha256(_text(delivery)).hexdigest()
    for arrival in history.arrivals[delivery["key"]]:
        if arrival["sha256"] != right:
            yield f"{_name(delivery)} arrived with other bytes than were approved"
        clock = arrival["began"] + history.ahead(arrival["began"])
        early = instant(delivery["due_at"]).timestamp() - clock
        if early > SLACK:
            yield f"{_name(delivery)} arrived {early:.2f} s before its time"
        if delivery["account_id"] != _account(history, arrival["account"]):
            yield f"{_name(delivery)} arrived at {arrival['account']}"


def _account(history: History, name: str) -> int:
    return int(history.plan["accounts"][name])


def _arrived_twice(delivery: dict[str, Any], history: History) -> Iterator[str]:
    times = history.arrivals[delivery["key"]]
    if len(times) > 1:
        gap = times[-1]["began"] - times[0]["began"]
        yield f"{_name(delivery)} arrived {len(times)} times within {gap:.2f} s"


def _same_text_twice(history: History) -> Iterator[str]:
    """Two deliveries of one revision to one account that both arrived: one post too many."""
    seen: dict[tuple[int, int], list[int]] = defaultdict(list)
    for delivery in history.deliveries.values():
        if history.arrivals[delivery["key"]]:
            seen[delivery["revision_id"], delivery["account_id"]].append(delivery["id"])
    for (revision, account), ids in seen.items():
        if len(ids) > 1:
            yield f"revision {revision} arrived at account {account} by deliveries {ids}"


def _forgotten(history: History) -> Iterator[str]:
    """What an editor was told is on record must be there."""
    for answer in history.answers:
        if answer["answer"] == "ok" and answer.get("delivery") and answer["delivery"] not in history.deliveries:
            yield f"delivery {answer['delivery']} was promised to an editor and is not in the database"


def _strangers(history: History) -> Iterator[str]:
    known = {delivery["key"] for delivery in history.deliveries.values()}
    for key in history.arrivals:
        if history.arrivals[key] and key not in known:
            yield f"{key} arrived and belongs to no delivery"


def _cancelled_and_sent(history: History) -> Iterator[str]:
    for answer in history.answers:
        if answer["answer"] != "ok" or answer["order"]["verb"] != "cancel":
            continue
        delivery = history.deliveries[answer["delivery"]]
        if delivery["state"] != "cancelled":
            yield f"{_name(delivery)} was cancelled, says an answer to an editor, and is {delivery['state']}"
        for arrival in history.arrivals[delivery["key"]]:
            yield f"{_name(delivery)} arrived {arrival['at'] - answer['answered']:+.2f} s after it was cancelled"


def _together(history: History) -> Iterator[str]:
    """One account is never sent to twice at once."""
    by_account = defaultdict(list)
    for send in history.sends:
        by_account[send["account"]].append(send)
    for account, sends in by_account.items():
        sends.sort(key=lambda send: send["began"])
        for before, after in pairwise(sends):
            both = before["ended"] - after["began"]
            if both > SLACK:
                yield f"{account} was sent {before['key']} and {after['key']} at once, for {both:.2f} s"


def _sent_while_held(history: History) -> Iterator[str]:
    """From an answered hold to the lift that follows nothing begins."""
    for at, answer in enumerate(history.answers):
        if answer["order"]["verb"] != "hold" or answer["answer"] != "ok":
            continue
        lifts = [a["asked"] for a in history.answers[at:] if a["order"]["verb"] == "lift"]
        until = lifts[0] if lifts else float("inf")
        for send in history.sends:
            late = send["began"] - answer["answered"]
            if late > HOLD_SECONDS and send["began"] < until:
                yield f"{send['key']} was sent {late:.2f} s after everything was held"


def _not_withdrawn(history: History) -> Iterator[str]:
    """What was withdrawn, says an answer to an editor, is not out."""
    pieces = {a["interpretation"] for a in history.answers if a["order"]["verb"] == "withdraw" and a["answer"] == "ok"}
    for delivery in history.deliveries.values():
        if delivery["interpretation_id"] in pieces and delivery["state"] == "published":
            yield f"{_name(delivery)} was withdrawn, says an answer to an editor, and is published"
        if delivery["key"] in history.removed and delivery["state"] not in ("withdrawing", "withdrawn"):
            yield f"{_name(delivery)} was taken down and is {delivery['state']}"


def _connect(database: str) -> Any:
    if "://" in database:
        import psycopg
        from psycopg.rows import dict_row

        return psycopg.connect(database, row_factory=dict_row)
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    connection.row_factory = lambda cursor, row: dict(zip((c[0] for c in cursor.description), row, strict=True))
    return connection


def _rows(connection: Any, query: str) -> list[dict[str, Any]]:
    return list(connection.execute(query).fetchall())


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def instant(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def explain(history: History, ids: Iterable[int]) -> Iterator[str]:
    """The history of deliveries, for whoever reads the report."""
    for id_ in ids:
        delivery = history.deliveries[id_]
        yield f"{_name(delivery)}: {delivery['state']}, due {delivery['due_at']}"
        for move in history.moves[id_]:
            step = f"v{move['version']} {move['source']} -> {move['target']}"
            yield f"  {move['at']} {step} {move['actor']} {move['reason']}"
        for send in (s for s in history.sends if s["key"] == delivery["key"]):
            moment = datetime.fromtimestamp(send["began"], UTC)
            yield f"  {moment} sent ({send['how']}), over after {send['ended'] - send['began']:.2f} s"


def main() -> int:
    """Judge a run again."""
    folder = Path(sys.argv[1])
    plan = json.loads((folder / "plan.json").read_text())
    history = read(folder, plan["kept"])
    verdict = judge(history)
    for sentence in verdict.sentences():
        print(sentence)
    print("\n".join(explain(history, history.deliveries)))
    return 0 if verdict.clean else 1


if __name__ == "__main__":
    sys.exit(main())
