"""A piece's corrections (更正) as pages and feeds tell them: all of them, the newest first."""

from __future__ import annotations

from channels.manuscript import Imprint
from channels.site.characters import one_line
from channels.site.times import machine, minute


def corrections_told(imprint: Imprint) -> list[dict[str, str]]:
    """Of each correction its label (更正, or 第 2 次更正 where there are several), its time in words and for machines,
    and its reason.
    """
    several = len(imprint.corrections) > 1
    return [
        {
            "label": f"第{correction.number}次更正" if several else "更正",
            "text": minute(correction.at, imprint.zone),
            "machine": machine(correction.at, imprint.zone),
            "reason": one_line(correction.reason),
        }
        for correction in reversed(imprint.corrections)
    ]
