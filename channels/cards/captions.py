"""Captions: the cards' narration as timed cues, in SRT and WebVTT.

Two lines of 16 characters, a half-width one counting as half, 5/6 s to 7 s a cue, 4–6 characters a second (Netflix
Timed Text Style Guide, Simplified Chinese). Times are whole milliseconds.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from channels.cards.settings import CardsSettings
from channels.drawing.breaking import break_costs, break_lines
from channels.drawing.spacing import Metrics, tidy
from channels.text.counting import width

LINE = 16.0
LINES = 2
# A cue shorter than this many characters is held as long as if it had them, so that it can be read at all.
_LEAST_UNITS = 6.0
_CLAUSE = re.compile(r".*?[。！？；，：、!?;]+[”’」』）》〉】]*|.+$")
_DROPPED_AT_END = "，；。,; "


@dataclass(frozen=True)
class Cue:
    """One caption: start and end in milliseconds, and its lines."""

    start: int
    end: int
    lines: tuple[str, ...]


def seconds(narration: str, settings: CardsSettings) -> float:
    """How long a card stays: one second and the reading time, at least the shortest, in tenths rounded up."""
    needed = 1 + width(tidy(narration)) / settings.characters_per_second
    return max(settings.least_seconds, -(-round(needed * 1000) // 100) / 10)


def cues(narrations: Sequence[str], durations: Sequence[float]) -> list[Cue]:
    """The cues of all cards: each card's share its time by their length, so cards and captions change together."""
    starts = [0, *accumulate(round(duration * 1000) for duration in durations)]
    found: list[Cue] = []
    for i, narration in enumerate(narrations):
        texts = list(_cue_texts(narration))
        weights = [max(_LEAST_UNITS, sum(map(width, lines))) for lines in texts]
        span = starts[i + 1] - starts[i]
        whole = sum(weights) or 1.0
        edges = [starts[i] + round(span * at / whole) for at in (0, *accumulate(weights))]
        found.extend(Cue(edges[k], edges[k + 1], lines) for k, lines in enumerate(texts))
    return found


def _cue_texts(narration: str) -> Iterator[tuple[str, ...]]:
    """The narration in cues: whole clauses together while two lines hold them, longer clauses wrapped."""
    for paragraph in filter(None, map(tidy, narration.split("\n"))):
        held = ""
        for clause in _CLAUSE.findall(paragraph):
            if held and len(_wrapped(held + clause)) > LINES:
                yield from _in_pairs(_wrapped(held))
                held = ""
            held += clause
        yield from _in_pairs(_wrapped(held))


def _in_pairs(lines: list[str]) -> Iterator[tuple[str, ...]]:
    for i in range(0, len(lines), LINES):
        kept = [stripped for line in lines[i : i + LINES] if (stripped := line.strip().rstrip(_DROPPED_AT_END))]
        if kept:
            yield tuple(kept)


def _wrapped(text: str) -> list[str]:
    chars = tuple(text)
    widths = tuple(map(width, chars))
    none = (0.0,) * len(chars)
    metrics = Metrics(chars, widths, none, none, none)
    return [text[start:end] for start, end in break_lines(metrics, break_costs(text), LINE, balance=True)]


def to_srt(found: Iterable[Cue]) -> str:
    """SubRip: numbered cues, a comma before the milliseconds. Arrows in the text become the character, since players
    look for the ASCII one."""
    blocks = (
        f"{number}\n{_time(cue.start, ',')} --> {_time(cue.end, ',')}\n" + "\n".join(cue.lines).replace("-->", "→")
        for number, cue in enumerate(found, start=1)
    )
    return "\n\n".join(blocks) + "\n"


def to_vtt(found: Iterable[Cue]) -> str:
    """WebVTT (W3C): as SRT with a full stop in the times, and the text escaped."""
    blocks = (
        f"{_time(cue.start, '.')} --> {_time(cue.end, '.')}\n" + html.escape("\n".join(cue.lines), quote=False)
        for cue in found
    )
    return "\n\n".join(["WEBVTT", *blocks]) + "\n"


def _time(milliseconds: int, mark: str) -> str:
    whole, rest = divmod(milliseconds, 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{mark}{rest:03d}"
