"""The checker sees what it must see: each rule, broken by hand in an invented history."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from hub.domain.states import MOVES
from tests.faults.checker import TABLE, History, judge
from tests.faults.plan import make_plan

TEXT = b"<p>A</p>\n"


def history(tmp_path: Path, *targets: str, **changed: Any) -> History:
    """One delivery to far-1 that went through these states and, if published, arrived once at second 100."""
    trail = targets or ("scheduled", "queued", "working", "published")
    delivery = {
        "id": 1,
        "state": trail[-1],
        "version": len(trail),
        "key": "k",
        "due_at": "1970-01-01 00:01:39",
        "token": None,
        "channel": "far",
        "account_id": 1,
        "platform_id": "p-k" if trail[-1] == "published" else "",
        "proof": "",
        "trouble": None,
        "hand_by": None,
        "revision_id": 1,
        "interpretation_id": 1,
        "content": {"title": "A"},
    }
    moves = [
        {"id": n, "source": source, "target": target, "version": n, "actor": "clock", "reason": "", "at": ""}
        for n, (source, target) in enumerate(zip((None, *trail), trail, strict=False), start=1)
    ]
    arrivals = {"k": [arrival()] if trail[-1] == "published" else []}
    made = {
        "folder": tmp_path,
        "plan": {"accounts": {"far-1": 1}},
        "deliveries": {1: {**delivery, **changed.pop("delivery", {})}},
        "moves": {1: moves},
        "arrivals": arrivals,
        "sends": [],
        "removed": set(),
        "answers": [],
        "clocks": [],
    }
    return History(**{**made, **changed})


def arrival(**changed: Any) -> dict[str, Any]:
    digest = hashlib.sha256(TEXT).hexdigest()
    return {"account": "far-1", "key": "k", "sha256": digest, "began": 100.0, "at": 100.0, "how": "fine", **changed}


def answer(verb: str, at: float = 50.0, **more: Any) -> dict[str, Any]:
    return {"answer": "ok", "asked": at, "answered": at, "order": {"verb": verb}, **more}


def send(key: str, began: float, ended: float) -> dict[str, Any]:
    return {"account": "far-1", "key": key, "began": began, "ended": ended, "how": "fine"}


def test_a_clean_history_is_clean(tmp_path: Path) -> None:
    assert judge(history(tmp_path)).clean


def test_its_table_is_the_products(tmp_path: Path) -> None:
    """Two copies on purpose: a change of one must be meant, and made in the other."""
    assert {s.value: {t.value for t in targets} for s, targets in MOVES.items()} == TABLE


@pytest.mark.parametrize("state", ["scheduled", "queued", "working", "unknown"])
def test_what_never_ends_is_lost(tmp_path: Path, state: str) -> None:
    trail = {"scheduled": [], "queued": ["queued"], "working": ["queued", "working"]}
    verdict = judge(history(tmp_path, "scheduled", *trail.get(state, ["queued", "working", "unknown"])))
    assert [s for s in verdict.lost if f"still {state}" in s]


def test_published_with_nothing_there_is_lost(tmp_path: Path) -> None:
    assert "nothing ever arrived" in judge(history(tmp_path, arrivals={"k": []})).lost[0]


def test_failed_and_arrived_all_the_same_is_lost(tmp_path: Path) -> None:
    found = history(tmp_path, "scheduled", "queued", "working", "failed", arrivals={"k": [arrival()]})
    assert any("it did arrive" in sentence for sentence in judge(found).lost)


def test_a_promise_without_a_row_is_lost(tmp_path: Path) -> None:
    assert "not in the database" in judge(history(tmp_path, answers=[answer("schedule", delivery=7)])).lost[0]


def test_a_blind_far_end_whose_answer_was_lost_is_a_persons(tmp_path: Path) -> None:
    trail = ("scheduled", "queued", "working", "unknown")
    asked = {"channel": "blind", "hand_by": "1970-01-01 02:00:00"}
    assert judge(history(tmp_path, *trail, delivery=asked)).clean
    assert judge(history(tmp_path, *trail, delivery={"channel": "blind"})).lost


def test_two_arrivals_are_doubled(tmp_path: Path) -> None:
    assert "2 times" in judge(history(tmp_path, arrivals={"k": [arrival(), arrival(began=101.0)]})).doubled[0]


def test_other_bytes_are_illegal(tmp_path: Path) -> None:
    assert "other bytes" in judge(history(tmp_path, arrivals={"k": [arrival(sha256="0")]})).illegal[0]


def test_early_is_illegal_unless_the_clock_was_set(tmp_path: Path) -> None:
    early = {"k": [arrival(began=98.0)]}
    assert "before its time" in judge(history(tmp_path, arrivals=early)).illegal[0]
    assert judge(history(tmp_path, arrivals=early, clocks=[{"at": 90.0, "ahead": 300.0}])).clean


def test_a_gap_in_the_versions_is_illegal(tmp_path: Path) -> None:
    found = history(tmp_path)
    found.moves[1][-1]["version"] = 5
    assert any("follows version 3" in sentence for sentence in judge(found).illegal)


def test_a_move_that_the_table_has_not_is_illegal(tmp_path: Path) -> None:
    found = history(tmp_path, "scheduled", "queued", "published")
    assert any("not in the table" in sentence for sentence in judge(found).illegal)


def test_a_state_that_its_trail_does_not_end_in_is_illegal(tmp_path: Path) -> None:
    found = history(tmp_path, delivery={"state": "failed", "platform_id": ""}, arrivals={"k": []})
    assert any("its last move is to published" in sentence for sentence in judge(found).illegal)


def test_an_arrival_after_a_cancel_is_illegal(tmp_path: Path) -> None:
    cancelled = {"answers": [answer("cancel", delivery=1)], "arrivals": {"k": [arrival()]}}
    verdict = judge(history(tmp_path, "scheduled", "cancelled", **cancelled))
    assert any("+50.00 s after it was cancelled" in sentence for sentence in verdict.illegal)


def test_two_sends_to_one_account_at_once_are_illegal(tmp_path: Path) -> None:
    sends = [send("k", 100.0, 101.0), send("l", 100.5, 100.6)]
    assert "at once" in judge(history(tmp_path, sends=sends)).illegal[0]


def test_a_send_during_a_hold_is_illegal(tmp_path: Path) -> None:
    sends = [send("k", 60.0, 60.1)]
    held = [answer("hold", at=50.0), answer("lift", at=70.0)]
    assert "after everything was held" in judge(history(tmp_path, sends=sends, answers=held)).illegal[0]
    lifted = [answer("hold", at=50.0), answer("lift", at=59.0)]
    assert judge(history(tmp_path, sends=sends, answers=lifted)).clean


def test_published_after_a_withdrawal_is_illegal(tmp_path: Path) -> None:
    answers = [answer("withdraw", interpretation=1)]
    assert "was withdrawn" in judge(history(tmp_path, answers=answers)).illegal[0]


def test_a_page_that_is_missing_or_other_is_lost(tmp_path: Path) -> None:
    placed = {"channel": "placed", "proof": "read back"}
    assert "not there" in judge(history(tmp_path, delivery=placed)).lost[0]
    page = tmp_path / "data" / "site" / "main" / "i" / "1" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_bytes(b"other")
    assert "not what was approved" in judge(history(tmp_path, delivery=placed)).lost[0]
    page.write_bytes(TEXT)
    assert judge(history(tmp_path, delivery=placed)).clean


def test_one_seed_is_one_plan() -> None:
    assert make_plan(7, "sqlite").as_json() == make_plan(7, "sqlite").as_json()
    assert make_plan(7, "sqlite").as_json() != make_plan(8, "sqlite").as_json()
