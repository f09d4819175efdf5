"""An account's settings as they are stored: plain values, and secrets sealed by `hub.secretbox`.

A sealed secret is `{"sealed": "s1.…", "at": "2026-05-04T01:00:00+00:00"}`. It is opened by `opened`, for
`Services.settings` alone; everybody else sees that there is one, and since when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from hub.secretbox import SealError, SecretBox

SEALED, SINCE = "sealed", "at"
HIDDEN = "●●●"


@cache
def secret_names(model: type[BaseModel]) -> frozenset[str]:
    """The fields of a channel's Settings that are secrets."""
    return frozenset(name for name, info in model.model_fields.items() if _is_secret(info.annotation))


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or SecretStr in get_args(annotation)


def is_sealed(value: Any) -> bool:
    """Whether a stored value is a sealed secret."""
    return isinstance(value, dict) and value.keys() == {SEALED, SINCE}


def seal(box: SecretBox, channel: str, name: str, text: str, now: datetime) -> dict[str, str]:
    """A secret as it is stored. It opens for this field of this channel and for no other."""
    return {SEALED: box.seal(text, _about(channel, name)), SINCE: now.isoformat(timespec="seconds")}


def since(stored: Mapping[str, Any], name: str) -> datetime | None:
    """When the secret was last replaced; None when there is none."""
    value: Any = stored.get(name)
    return datetime.fromisoformat(value[SINCE]) if is_sealed(value) else None


def opened(box: SecretBox, channel: str, stored: dict[str, Any]) -> dict[str, Any]:
    """The settings with their secrets in clear. Raises ValidationError for those that can't be opened."""
    if not any(is_sealed(value) for value in stored.values()):
        return stored
    values, closed = dict(stored), []
    for name, value in stored.items():
        if not is_sealed(value):
            continue
        try:
            values[name] = box.open(value[SEALED], _about(channel, name))
        except SealError as error:
            closed.append(_detail(name, "sealed", error.words.zh, {"error": error}))
    if closed:
        raise ValidationError.from_exception_data(channel, closed, hide_input=True)
    return values


def plain(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The settings without their secrets: for tables, the trail, and what is told apart by them."""
    return {name: value for name, value in stored.items() if not is_sealed(value)}


def traced(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as the trail keeps them: of a secret, that there is one and since when."""
    return {name: {SINCE: value[SINCE]} if is_sealed(value) else value for name, value in stored.items()}


def reseal_all(box: SecretBox, channel: str, stored: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The settings sealed with the newest key, and how many secrets were; one that no key opens stays as it is."""
    made, count = dict(stored), 0
    for name, value in stored.items():
        if not is_sealed(value) or box.is_current(value[SEALED]):
            continue
        about = _about(channel, name)
        try:
            made[name] = value | {SEALED: box.seal(box.open(value[SEALED], about), about)}
        except SealError:
            continue
        count += 1
    return made, count


def without_values(error: ValidationError, secret: Iterable[Any]) -> ValidationError:
    """The error without what was put in, and with no secret in a sentence."""
    texts = [str(value) for value in secret if value]
    found = [
        _detail(e["loc"], e["type"], _hiding(e["msg"].removeprefix("Value error, "), texts), e.get("ctx", {}))
        for e in error.errors(include_input=False, include_url=False)
    ]
    return ValidationError.from_exception_data(error.title, found, hide_input=True)


def _hiding(message: str, texts: list[str]) -> str:
    for text in texts:
        message = message.replace(text, HIDDEN)
    return message


def _detail(place: Any, kind: str, message: str, context: dict[str, Any]) -> InitErrorDetails:
    # The sentence is a value of the template: a brace in it is a brace.
    made = PydanticCustomError(kind, "{sentence}", {**context, "sentence": message})
    return InitErrorDetails(type=made, loc=place if isinstance(place, tuple) else (place,), input=None)


def _about(channel: str, name: str) -> str:
    return f"setting:{channel}.{name}"
