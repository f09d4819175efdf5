"""A form for any channel's settings, made from its `Settings` model: the one place that knows how a field looks.

What a model can have: texts, whole and other numbers, ticks, choices (Literal, Enum, or a text whose Label lists them),
lists of texts (a line each), and secrets, which are written and never read back.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from werkzeug.datastructures import MultiDict

from channels.labels import Label, label_of
from channels.text.cleaning import clean
from channels.words import Words
from hub.account_settings import since

# A text that may be longer than this gets a field of several lines.
LONG = 100


class Kind(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    LONG = "long"
    WHOLE = "whole"
    NUMBER = "number"
    TICK = "tick"
    CHOICE = "choice"
    LINES = "lines"
    SECRET = "secret"  # noqa: S105 (a kind of field)


@dataclass(frozen=True)
class Entry:
    """One field of the form: how it is called, what stands in it, what it may be, and what is wrong with it."""

    name: str
    kind: Kind
    label: Words
    hint: Words
    value: str
    choices: Sequence[tuple[str, Words]] = ()
    least: float | None = None
    most: float | None = None
    longest: int | None = None
    wrong: Words | None = None
    # Of a secret: when it was last replaced; None: there is none.
    since: datetime | None = None

    @property
    def ticked(self) -> bool:
        """Whether a tick is set."""
        return self.value == "1"


def entries(
    model: type[BaseModel],
    stored: Mapping[str, Any],
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, Words] | None = None,
) -> list[Entry]:
    """The fields in the order of the model. `typed` is what stood in a form that was refused, right or wrong."""
    return [_entry(name, info, stored, typed, (wrong or {}).get(name)) for name, info in model.model_fields.items()]


def texts(model: type[BaseModel], form: MultiDict[str, str]) -> dict[str, str]:
    """What was typed, as `entries` takes it to show it again; of a secret nothing."""
    kinds = {name: _kind(info) for name, info in model.model_fields.items()}
    return {name: clean(form.get(name, "")) for name, kind in kinds.items() if kind is not Kind.SECRET}


def typed_values(model: type[BaseModel], form: MultiDict[str, str]) -> dict[str, Any]:
    """What was typed, as the model validates it. A field left empty takes its default where empty can't be a value."""
    values: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        kind, text = _kind(info), clean(form.get(name, "")).strip()
        if kind is Kind.SECRET:
            continue
        if kind is Kind.TICK:
            values[name] = bool(text)
        elif kind is Kind.LINES:
            values[name] = [line.strip() for line in text.splitlines() if line.strip()]
        elif text or kind in (Kind.TEXT, Kind.LONG):
            values[name] = text
        elif info.is_required():
            values[name] = ""
    return values


def typed_secrets(model: type[BaseModel], form: MultiDict[str, str]) -> dict[str, str | None]:
    """The secrets that are to be replaced (a text) or cleared (None); those that stay are not in it."""
    found: dict[str, str | None] = {}
    for name, info in model.model_fields.items():
        if _kind(info) is not Kind.SECRET:
            continue
        if text := form.get(name, "").strip():
            found[name] = text
        elif form.get(f"{name}-clear"):
            found[name] = None
    return found


def _entry(
    name: str,
    info: FieldInfo,
    stored: Mapping[str, Any],
    typed: Mapping[str, str] | None,
    wrong: Words | None,
) -> Entry:
    label, kind = label_of(name, info), _kind(info)
    value = "" if kind is Kind.SECRET else typed.get(name, "") if typed is not None else _shown(info, stored.get(name))
    return Entry(
        name=name,
        kind=kind,
        label=label.name,
        hint=label.hint,
        value=value,
        choices=_choices(info, label),
        least=_bound(info, Ge, "ge"),
        most=_bound(info, Le, "le"),
        longest=_bound(info, MaxLen, "max_length") if kind is not Kind.LINES else None,
        wrong=wrong,
        since=since(stored, name) if kind is Kind.SECRET else None,
    )


def _shown(info: FieldInfo, value: Any) -> str:
    if value is None:
        value = info.get_default(call_default_factory=True)
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, list | tuple):
        return "\n".join(str(line) for line in value)
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def _kind(info: FieldInfo) -> Kind:
    """Raises TypeError for a field that no form can show; the contract test finds it."""
    bare = _bare(info.annotation)
    if bare is SecretStr:
        return Kind.SECRET
    if label_of("", info).choices or get_origin(bare) is Literal or (isinstance(bare, type) and issubclass(bare, Enum)):
        return Kind.CHOICE
    if get_origin(bare) in (list, tuple) and get_args(bare)[0] is str:
        return Kind.LINES
    longest = _bound(info, MaxLen, "max_length")
    plain = {bool: Kind.TICK, int: Kind.WHOLE, float: Kind.NUMBER, str: Kind.TEXT}
    if bare not in plain:
        raise TypeError(f"no form for {info.annotation!r}")
    return Kind.LONG if bare is str and longest is not None and longest > LONG else plain[bare]


def _bare(annotation: Any) -> Any:
    """The type without "or None"."""
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [part for part in get_args(annotation) if part is not type(None)]
        return rest[0] if len(rest) == 1 else annotation
    return annotation


def _choices(info: FieldInfo, label: Label) -> Sequence[tuple[str, Words]]:
    bare = _bare(info.annotation)
    if get_origin(bare) is Literal:
        values = [str(value) for value in get_args(bare)]
    elif isinstance(bare, type) and issubclass(bare, Enum):
        values = [str(member.value) for member in bare]
    else:
        values = list(label.choices)
    return [(value, label.choices.get(value, Words(value, value))) for value in values]


def _bound(info: FieldInfo, mark: type, attribute: str) -> Any:
    return next((getattr(m, attribute) for m in info.metadata if isinstance(m, mark)), None)
