"""How an announcement names the people on it."""

from __future__ import annotations

from collections.abc import Sequence

from channels.manuscript import InterpreterRef


def post_of(name: str, interpreters: Sequence[InterpreterRef]) -> str:
    """Office and role of the interpreter called `name`, or nothing."""
    return next((f"{person.office}{person.role}" for person in interpreters if person.name.strip() == name.strip()), "")
