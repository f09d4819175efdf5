"""What a channel's validation found, as sentences for a form in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from channels.labels import UnfitError
from channels.words import Words
from hub.secretbox import SealError

_NUMBER = Words("请填写数字。", "Enter a number.")
_WHOLE = Words("请填写整数。", "Enter a whole number.")
_CHOICE = Words("请从列出的选项中选择。", "Choose one of those listed.")

_SENTENCES: dict[str, Callable[[Mapping[str, Any]], Words]] = {
    "missing": lambda _c: Words("此项必填。", "This is needed."),
    "string_too_short": lambda c: Words(f"至少 {c['min_length']} 字。", f"At least {c['min_length']} characters."),
    "string_too_long": lambda c: Words(f"不超过 {c['max_length']} 字。", f"At most {c['max_length']} characters."),
    "string_pattern_mismatch": lambda _c: Words("格式不对，请看说明。", "Not in the form that the hint describes."),
    "too_long": lambda c: Words(f"不超过 {c['max_length']} 行。", f"At most {c['max_length']} lines."),
    "greater_than_equal": lambda c: Words(f"不能小于 {c['ge']:g}。", f"Not below {c['ge']:g}."),
    "greater_than": lambda c: Words(f"须大于 {c['gt']:g}。", f"Must be above {c['gt']:g}."),
    "less_than_equal": lambda c: Words(f"不能大于 {c['le']:g}。", f"Not above {c['le']:g}."),
    "less_than": lambda c: Words(f"须小于 {c['lt']:g}。", f"Must be below {c['lt']:g}."),
    "int_parsing": lambda _c: _WHOLE,
    "int_type": lambda _c: _WHOLE,
    "int_from_float": lambda _c: _WHOLE,
    "float_parsing": lambda _c: _NUMBER,
    "float_type": lambda _c: _NUMBER,
    "finite_number": lambda _c: _NUMBER,
    "literal_error": lambda _c: _CHOICE,
    "enum": lambda _c: _CHOICE,
    "extra_forbidden": lambda _c: Words("这个渠道没有此项设置。", "This channel has no such setting."),
}


def mistakes_of(error: ValidationError) -> dict[str, Words]:
    """The first mistake of each field; "" for what concerns several."""
    found: dict[str, Words] = {}
    for detail in error.errors(include_input=False, include_url=False):
        name = str(detail["loc"][0]) if detail["loc"] else ""
        found.setdefault(name, _words(detail["type"], detail["msg"], detail.get("ctx", {})))
    return found


def _words(kind: str, message: str, context: Mapping[str, Any]) -> Words:
    raised = context.get("error")
    if isinstance(raised, UnfitError | SealError):
        return raised.words
    made = _SENTENCES.get(kind)
    return made(context) if made else Words(message, message)
