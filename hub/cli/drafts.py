"""What commands that read a text file share: its mistakes, and findings placed in the file."""

from __future__ import annotations

import re
from dataclasses import replace

from channels.base import Finding
from channels.words import Words
from hub.cli.output import Output
from hub.editorial.front_matter import Draft
from hub.editorial.header import DraftError
from hub.rendering import Rendering

_BODY = re.compile(r"^body:(\d+)$")


def answer_mistakes(out: Output, error: DraftError) -> int:
    """Say every mistake with file, line and field; returns the exit code 1."""
    for mistake in error.mistakes:
        place = f"{error.where}:{mistake.line}" + (f" {mistake.field}" if mistake.field else "")
        out.error(
            Words(f"{place} {mistake.code} {mistake.words.zh}", f"{place} {mistake.code} {mistake.words.en}"),
        )
    out.document(
        {
            "mistakes": [
                {
                    "file": error.where,
                    "line": m.line,
                    "field": m.field,
                    "code": m.code,
                    "sentence": m.words.as_dict(),
                }
                for m in error.mistakes
            ]
        }
    )
    return 1


def findings_in_file(done: Rendering, draft: Draft) -> Rendering:
    """The rendering with body lines counted from the top of the file, where the editor will look for them."""
    return replace(done, findings=[in_file(f, draft) for f in done.findings])


def in_file(finding: Finding, draft: Draft) -> Finding:
    """The finding with its body line counted from the top of the file."""
    found = _BODY.match(finding.place)
    return replace(finding, place=f"body:{int(found.group(1)) + draft.body_line - 1}") if found else finding
