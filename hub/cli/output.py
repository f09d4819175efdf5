"""How the command line speaks: lines for people on the terminal, one JSON document for machines."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from typing import Any

import click

from channels.base import Finding, Severity
from channels.words import NO_WORDS, Words

MARKS = {Severity.BLOCK: "✗", Severity.WARN: "!", Severity.NOTE: "·", Severity.SKIP: "–"}
COLOURS = {Severity.BLOCK: "red", Severity.WARN: "yellow", Severity.NOTE: None, Severity.SKIP: None}


class Output:
    """Speaks one language; with `machine` set people's lines are silent and `document` prints the answer."""

    def __init__(self, *, language: str = "zh", machine: bool = False) -> None:
        self.language = language
        self.machine = machine

    @classmethod
    def from_environment(cls, *, machine: bool = False) -> Output:
        """Chinese unless `YIGAO_LANGUAGE` says `en`."""
        language = os.environ.get("YIGAO_LANGUAGE", "zh")
        return cls(language="en" if language.lower().startswith("en") else "zh", machine=machine)

    def say(self, words: Words, *, colour: str | None = None) -> None:
        """A line for people."""
        if not self.machine:
            click.secho(words.in_(self.language), fg=colour)

    def error(self, words: Words, suggestion: Words = NO_WORDS) -> None:
        """A sentence on the error stream, with what to do about it."""
        line = words.in_(self.language)
        hint = suggestion.in_(self.language)
        click.secho(f"{line} {hint}".rstrip(), fg="red", err=True)

    def findings(self, channel: str, findings: Iterable[Finding], where: str = "") -> None:
        """Each finding on a line: mark, code, channel, place, sentence, suggestion, ground. `where` names the file."""
        for finding in findings:
            place = f"{where}:{finding.place}" if where else finding.place
            ground = finding.ground and Words(f"依据：{finding.ground}", f"Ground: {finding.ground}").in_(self.language)
            parts = (
                f"  {MARKS[finding.severity]} {finding.code} [{channel}] {place}",
                finding.sentence.in_(self.language),
                finding.suggestion.in_(self.language),
                ground,
            )
            if not self.machine:
                line = " ".join(part for part in parts if part)
                click.secho(line, fg=COLOURS[finding.severity], err=finding.severity is Severity.BLOCK)

    def document(self, data: Any) -> None:
        """The answer for machines, when one was asked for."""
        if self.machine:
            json.dump(data, sys.stdout, ensure_ascii=False, indent=2)
            sys.stdout.write("\n")
