"""An account's changes, field by field: what it was, what it is. Of a secret only that it changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.labels import label_of
from channels.words import Words
from hub.account_settings import SINCE, secret_names
from hub.models import Area, Event, User

NOTHING = Words("（空）", "(empty)")
USUAL = Words("（默认）", "(as usual)")
YES, NO = Words("是", "yes"), Words("否", "no")
REPLACED, SET, CLEARED = Words("已更换", "replaced"), Words("已设置", "set"), Words("已清除", "cleared")
FIELDS: dict[str, Words] = {
    "name": Words("名称", "Name"),
    "area_id": Words("服务区域", "Area"),
    "filing": Words("备案号", "Filing number"),
    "owner_id": Words("负责人", "Who answers for it"),
    "owner_name": Words("负责人姓名", "Name of who answers for it"),
    "owner_phone": Words("联系电话", "Telephone"),
    "opened": Words("开通日期", "Opened"),
    "beside": Words("再开一个的理由", "Reason for one more"),
    "active": Words("在用", "In use"),
    "closed": Words("停用日期", "Closed"),
    "closed_reason": Words("停用原因", "Reason for closing"),
    "cancelled": Words("同时取消的任务", "Deliveries cancelled with it"),
}


@dataclass(frozen=True)
class Changed:
    """One field of one change. `before` is None where the whole of it is said by `after`, as of a secret."""

    label: Words
    before: Words | None
    after: Words


@dataclass(frozen=True)
class Told:
    """An event with what it changed; nothing is listed of what was made, for all of it was new."""

    event: Event
    changes: Sequence[Changed]


def told(session: Session, events: Sequence[Event], model: type[BaseModel] | None) -> list[Told]:
    """The events of an account, each with its fields. `model` are its channel's Settings; None: the channel is gone."""
    names = _Names(session, events)
    return [Told(event, list(_changes(event, model, names))) for event in events]


class _Names:
    """What the ids in the events are called; two queries, however many there are."""

    def __init__(self, session: Session, events: Sequence[Event]) -> None:
        sides = [side for event in events for side in (event.before, event.after) if side]
        self.by_field: dict[str, dict[int, str]] = {}
        for name, model in (("area_id", Area), ("owner_id", User)):
            ids = {side[name] for side in sides if isinstance(side.get(name), int)}
            of_ids: Any = select(model.id, model.name).where(model.id.in_(ids))
            self.by_field[name] = dict(session.execute(of_ids).all()) if ids else {}

    def say(self, name: str, value: Any) -> Words:
        """The value as people read it."""
        if isinstance(value, bool):
            return YES if value else NO
        if value in (None, "", []):
            return NOTHING
        if isinstance(value, list):
            value = "、".join(str(part) for part in value)
        text = self.by_field.get(name, {}).get(value, str(value)) if isinstance(value, int) else str(value)
        return Words(text, text)


def _changes(event: Event, model: type[BaseModel] | None, names: _Names) -> Iterator[Changed]:
    if event.before is None or event.after is None:
        return
    before, after = dict(event.before), dict(event.after)
    if event.kind == "account.settings":
        yield from _settings(before, after, model, names)
        return
    settings = before.pop("settings", None) or {}, after.pop("settings", None) or {}
    for name in [*before, *(n for n in after if n not in before)]:
        label = FIELDS.get(name, Words(name, name))
        yield Changed(label, names.say(name, before.get(name)), names.say(name, after.get(name)))
    yield from _settings(*settings, model, names)


def _settings(
    before: Mapping[str, Any], after: Mapping[str, Any], model: type[BaseModel] | None, names: _Names
) -> Iterator[Changed]:
    """Only what differs from the channel's defaults is stored: a field that is missing is as it usually is."""
    fields, secrets = (model.model_fields, secret_names(model)) if model else ({}, frozenset())
    for name in [*before, *(n for n in after if n not in before)]:
        if before.get(name) == after.get(name) and (name in before) == (name in after):
            continue
        label = label_of(name, fields[name]).name if name in fields else Words(name, name)
        sides = before.get(name), after.get(name)
        if name in secrets or any(isinstance(side, dict) and side.keys() == {SINCE} for side in sides):
            yield Changed(label, None, REPLACED if all(sides) else SET if sides[1] else CLEARED)
        else:
            was, is_ = (names.say("", side[name]) if name in side else USUAL for side in (before, after))
            yield Changed(label, was, is_)
