"""Taking a table of accounts in: first a plan, which says what would change and what is wrong in which line; then all
of it in one transaction, or nothing.

A line with a number (编号) changes that account, one without adds an account; what isn't in the table stays as it is.
Secrets are in no table and stay.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from channels.words import Words
from hub.account_settings import is_sealed, plain, secret_names
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.domain.states import OPEN
from hub.matrix import table
from hub.matrix.accounts import LONGEST
from hub.matrix.mistakes import mistakes_of
from hub.matrix.table import Line
from hub.models import Account, Delivery, Office
from hub.permissions import offices
from hub.services import Services
from hub.trail import event_of, note_all
from hub.workflow import Actor

TEXTS = {
    table.NAME: "name",
    table.REASON: "closed_reason",
    table.FILING: "filing",
    table.OWNER: "owner_name",
    table.PHONE: "owner_phone",
    table.BESIDE: "beside",
}
DAYS = {table.OPENED: "opened", table.CLOSED: "closed"}
FIELDS = (*TEXTS.values(), *DAYS.values(), "active", "settings")
NEW: dict[str, Any] = dict.fromkeys(TEXTS.values(), "") | {
    "opened": None,
    "closed": None,
    "active": True,
    "settings": {},
}
_LONGEST = {**LONGEST, "closed_reason": 200}
BATCH = 500


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and in which line and column."""

    line: int
    column: str
    words: Words


@dataclass(frozen=True)
class Change:
    """One account that the table changes (`id`), or adds (None)."""

    line: int
    id: int | None
    office_id: int
    office: str
    channel: str
    before: dict[str, Any]
    after: dict[str, Any]
    version: int = 0

    @property
    def columns(self) -> list[str]:
        """The columns in which it differs."""
        names = {field_: column for column, field_ in (TEXTS | DAYS).items()} | {
            "active": table.STATE,
            "settings": table.SETTINGS,
        }
        return [names[n] for n in FIELDS if self.before.get(n) != self.after[n]]


@dataclass
class Plan:
    """What taking the table in would do."""

    changes: list[Change] = field(default_factory=list)
    same: int = 0
    mistakes: list[Mistake] = field(default_factory=list)

    @property
    def added(self) -> int:
        """How many accounts are new."""
        return sum(change.id is None for change in self.changes)

    @property
    def mark(self) -> str:
        """Changes when anything of it does: what was looked at is what is done."""
        said = [(c.id, c.office_id, c.channel, c.version, c.after) for c in self.changes]
        return hashlib.sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()


def planned(services: Services, session: Session, actor: Actor, lines: Sequence[Line]) -> Plan:
    """What the lines would change, for whoever may manage those accounts; nothing is written."""
    return _Planning(services, session, actor).plan(lines)


def take_in(services: Services, *, actor: Actor, lines: Sequence[Line], mark: str, now: datetime) -> Plan:
    """Do what the plan with this `mark` says, all in one transaction. Raises Refusal when the plan is another by now,
    or when there is a mistake in it.
    """
    with services.db.writing() as session:
        plan = planned(services, session, actor, lines)
        if plan.mistakes:
            raise Refusal(
                "ACC-501", Words("表格里还有错误，没有导入。", "The table has mistakes; nothing was taken in.")
            )
        if plan.mark != mark:
            raise Refusal(
                "ACC-409",
                Words(
                    "预览之后账号有了别的改动，没有导入。",
                    "Accounts have changed since the preview; nothing was taken in.",
                ),
                Words("请重新预览。", "Look at the preview again."),
            )
        _apply(session, actor, plan.changes, now)
    return plan


def _apply(session: Session, actor: Actor, changes: Sequence[Change], now: datetime) -> None:
    old = [c for c in changes if c.id is not None]
    new = [c for c in changes if c.id is None]
    untested = {"tested_at": None, "tested": None, "sound": None}
    # What is switched off makes room first: one account per platform and unit holds at every moment.
    for batch in ([c for c in old if not c.after["active"]], [c for c in old if c.after["active"]]):
        rows = [
            {"id": c.id, **c.after, "version": c.version + 1}
            | (untested if c.before["settings"] != c.after["settings"] else {})
            for c in batch
        ]
        for first in range(0, len(rows), BATCH):
            # Rows of one statement set the same columns.
            for keys in sorted({tuple(sorted(r)) for r in rows[first : first + BATCH]}):
                some = [r for r in rows[first : first + BATCH] if tuple(sorted(r)) == keys]
                session.execute(update(Account), some)
    ids: list[int] = []
    areas = {office.id: office.area_id for office in session.execute(select(Office.id, Office.area_id))} if new else {}
    for first in range(0, len(new), BATCH):
        rows = [
            {"office_id": c.office_id, "area_id": areas[c.office_id], "channel": c.channel, **c.after}
            for c in new[first : first + BATCH]
        ]
        ids += session.scalars(insert(Account).returning(Account.id, sort_by_parameter_order=True), rows)
    note_all(session, [_event(actor, c, c.id or 0, now) for c in old])
    note_all(session, [_event(actor, c, id_, now) for c, id_ in zip(new, ids, strict=True)])


def _event(actor: Actor, change: Change, id_: int, now: datetime) -> dict[str, Any]:
    before, after = ({**side, "settings": plain(side.get("settings", {}))} for side in (change.before, change.after))
    made = event_of(
        actor,
        "account.imported",
        "accounts",
        now,
        before=before if change.id is not None else None,
        after=after,
        office_id=change.office_id,
    )
    return made | {"subject_id": id_}


class _Planning:
    """Reads all that the actor manages once, then judges line by line, then what the lines make together."""

    def __init__(self, services: Services, session: Session, actor: Actor) -> None:
        self.services = services
        self.session = session
        managed = offices(actor.user_id, Right.MANAGE) if actor.user_id is not None else select(Office.id)
        self.ways = table.all_ways(session)
        self.accounts = {row.id: row for row in session.execute(table.accounts_of(managed))}
        rows = session.execute(select(Office.id, Office.area_id, Office.name).where(Office.id.in_(managed)))
        self.offices = {(self.ways[area_id], name): id_ for id_, area_id, name in rows}
        self.validated: dict[str, dict[str, Any] | dict[str, Words]] = {}
        self.plan_ = Plan()

    def plan(self, lines: Sequence[Line]) -> Plan:
        """The plan for all lines."""
        seen: dict[int, int] = {}
        for line in lines:
            before = len(self.plan_.mistakes)
            change = self._line(line)
            if change is None or len(self.plan_.mistakes) > before:
                continue
            if change.id is not None and seen.setdefault(change.id, line.number) != line.number:
                self._wrong(line, table.ID, f"与第 {seen[change.id]} 行重复。", f"The same as line {seen[change.id]}.")
            elif change.id is not None and change.after == change.before:
                self.plan_.same += 1
            else:
                self.plan_.changes.append(change)
        self._together()
        self.plan_.mistakes.sort(key=lambda m: m.line)
        return self.plan_

    def _line(self, line: Line) -> Change | None:
        number = line.cells.get(table.ID, "")
        if number:
            row = self.accounts.get(int(number)) if number.isdecimal() and len(number) < 10 else None
            if row is None:
                self._wrong(
                    line, table.ID, f"没有编号为“{number}”的账号，或不归您管理。", "No account of yours has it."
                )
                return None
            before = {name: getattr(row, name) for name in FIELDS} | {"owner_name": row.owner_name}
            office_id, office, channel = row.office_id, row.office, row.channel
            self._must_be(line, table.CHANNEL, channel)
            self._must_be(line, table.OFFICE, office)
            return Change(
                line.number,
                row.id,
                office_id,
                office,
                channel,
                before,
                self._after(line, channel, before, row),
                row.version,
            )
        place = line.cells.get(table.AREA, ""), line.cells.get(table.OFFICE, "")
        channel = line.cells.get(table.CHANNEL, "")
        found = self.offices.get(place)
        if found is None:
            self._wrong(line, table.OFFICE, "没有这个区域和单位，或不归您管理。", "No such area and office of yours.")
        if channel not in self.services.channels:
            known = "、".join(self.services.channels)
            self._wrong(line, table.CHANNEL, f"没有这个渠道，可用：{known}。", f"No such channel; there are: {known}.")
        if found is None or channel not in self.services.channels:
            return None
        return Change(line.number, None, found, place[1], channel, {}, self._after(line, channel, NEW, None))

    def _must_be(self, line: Line, column: str, value: str) -> None:
        if line.cells.get(column, value) != value:
            self._wrong(line, column, f"不能改，应为“{value}”。", f"Can't be changed: it is {value!r}.")

    def _after(self, line: Line, channel: str, before: dict[str, Any], row: Any) -> dict[str, Any]:
        after = {name: before[name] for name in FIELDS}
        for column, name in TEXTS.items():
            if column in line.cells:
                after[name] = " ".join(line.cells[column].split())
                if len(after[name]) > _LONGEST[name]:
                    most = _LONGEST[name]
                    self._wrong(line, column, f"超过 {most} 字。", f"Over {most} characters.")
        if row is not None and row.user and after["owner_name"] == row.user:
            # A user who answers for it is shown by name, and stays.
            after["owner_name"] = before["owner_name"]
        for column, name in DAYS.items():
            if column in line.cells:
                after[name] = self._day(line, column)
        self._standing(line, before, after)
        if table.SETTINGS in line.cells and channel in self.services.channels:
            after["settings"] = self._settings(line, channel, before["settings"])
        if not after["name"]:
            self._wrong(line, table.NAME, "请填写账号名称。", "Give it a name.")
        return after

    def _standing(self, line: Line, before: dict[str, Any], after: dict[str, Any]) -> None:
        state = line.cells.get(table.STATE, "")
        if state not in ("", table.IN_USE, table.OFF):
            self._wrong(line, table.STATE, f"只能填“{table.IN_USE}”或“{table.OFF}”。", "Either 在用 or 停用.")
        elif state:
            after["active"] = state == table.IN_USE
        if not after["active"] and not after["closed_reason"] and before["active"]:
            self._wrong(line, table.REASON, "停用须写明原因。", "Switching it off needs a reason.")
        if after["active"]:
            after["closed"], after["closed_reason"] = None, ""

    def _day(self, line: Line, column: str) -> date | None:
        text = line.cells[column].replace("/", "-").replace(".", "-")
        if not text:
            return None
        try:
            year, month, day = (int(part) for part in text.split("-"))
            return date(year, month, day)
        except ValueError:
            self._wrong(line, column, f"日期有误：“{text}”，写法如 2026-11-23。", "Not a date; write 2026-11-23.")
            return None

    def _settings(self, line: Line, channel: str, before: dict[str, Any]) -> dict[str, Any]:
        text = line.cells[table.SETTINGS] or "{}"
        key = f"{channel} {text}"
        if key not in self.validated:
            self.validated[key] = self._validated(channel, text)
        found = self.validated[key]
        for name, words in found.items():
            if isinstance(words, Words):
                self._wrong(line, table.SETTINGS, f"{name}：{words.zh}", f"{name}: {words.en}")
                return before
        return found | {name: value for name, value in before.items() if is_sealed(value)}

    def _validated(self, channel: str, text: str) -> dict[str, Any] | dict[str, Words]:
        try:
            values = json.loads(text)
        except ValueError:
            values = None
        if not isinstance(values, dict):
            return {table.SETTINGS: Words('须是一段 JSON，如 {"folder": "公众号"}。', "A JSON object is needed.")}
        model = self.services.channels[channel].Settings
        names = secret_names(model)
        if names & values.keys():
            return {
                table.SETTINGS: Words(
                    "密钥不能写在表格里，请在账号页填写。", "No secret in a table: enter it on its page."
                )
            }
        try:
            valid = self.services.settings(channel, values)
        except ValidationError as error:
            return mistakes_of(error)
        made: dict[str, Any] = valid.model_dump(mode="json", exclude=set(names), exclude_defaults=True)
        return made

    def _together(self) -> None:
        """What no line says alone: one account per platform and unit, and one of a name."""
        changed = {c.id: c for c in self.plan_.changes if c.id is not None}
        kept = [
            (row.office_id, row.channel, row.name, row.active and not row.beside)
            for row in self.accounts.values()
            if row.id not in changed
        ]
        coming = [
            (c.office_id, c.channel, c.after["name"], c.after["active"] and not c.after["beside"])
            for c in self.plan_.changes
        ]
        names = Counter((o, ch, name) for o, ch, name, _ in (*kept, *coming))
        alone = Counter((o, ch) for o, ch, _, only in (*kept, *coming) if only)
        for change, (office, channel, name, only) in zip(self.plan_.changes, coming, strict=True):
            at = Line(change.line, {})
            if names[office, channel, name] > 1:
                self._wrong(at, table.NAME, "本单位在这个渠道有同名账号。", "The office has one of this name already.")
            elif only and alone[office, channel] > 1:
                self._wrong(
                    at,
                    table.BESIDE,
                    "本单位在这个平台已有账号；确需再开的，请填再开理由。",
                    "The office has one on this platform; one more needs a reason.",
                )
        self._without_open()

    def _without_open(self) -> None:
        """An account with deliveries on their way is switched off on its own page, where they are decided over."""
        closing = {c.id: c for c in self.plan_.changes if c.id and c.before["active"] and not c.after["active"]}
        ids = list(closing)
        for first in range(0, len(ids), BATCH):
            some = ids[first : first + BATCH]
            where = Delivery.account_id.in_(some), Delivery.state.in_(list(OPEN))
            for id_ in self.session.scalars(select(Delivery.account_id).where(*where).distinct()):
                self._wrong(
                    Line(closing[id_].line, {}),
                    table.STATE,
                    "还有没发出的发布任务，请到账号页停用。",
                    "Deliveries are on their way: switch it off on its page.",
                )

    def _wrong(self, line: Line, column: str, zh: str, en: str) -> None:
        self.plan_.mistakes.append(Mistake(line.number, column, Words(zh, en)))
