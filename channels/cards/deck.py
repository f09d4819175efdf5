"""What the cards say: a manuscript shared out over a deck, before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from channels.cards.settings import CardsSettings
from channels.drawing import Block, Style, fit_text, split_text
from channels.manuscript import Content, Imprint, Manuscript
from channels.site.characters import one_line
from channels.text.clauses import cut, sentences
from channels.text.counting import characters
from channels.text.markdown import outline, plain_blocks
from channels.text.wording import date_words

# A film of forty cards runs about six minutes; nobody watches more.
MOST_CARDS = 40
# More of one text than this never comes onto forty cards, so it is not laid out to find that out.
_MOST_CHARACTERS = 6000
# A short body comes onto the cards whole; of a longer one each section gives its first sentences.
_WHOLE_CHARACTERS = 600
_LEAD_CHARACTERS = 100

HEADING = Style(76, 700, 1.28, balance=True)
BODY = Style(50, 400, 1.66)
# Texts that need one card are set as large as they fit, texts that are shared out keep one size on all their cards.
_ALONE, _SHARED = range(50, 73, 2), range(50, 57, 2)
_HEADING_SIZES = range(52, 81, 4)
_HEADING_HEIGHT = 340
# Pixels of a card's safe height that are neither heading nor body: numeral and running title, rule, footer.
_NUMERAL, _RULE, _FOOTER = 170, 100, 110


class Kind(StrEnum):
    """What a card is for."""

    COVER = "cover"
    CORRECTION = "correction"
    POINT = "point"
    QUESTION = "question"
    CLOSING = "closing"


@dataclass(frozen=True)
class Point:
    """A heading and its text, and the path in the manuscript they came from."""

    kind: Kind
    heading: str
    text: str
    place: str


@dataclass(frozen=True)
class Card:
    """One card. `number` counts the points or the questions of the deck; `part` of `parts` when one needs several.

    `size` is what the body is set in, in pixels.
    """

    kind: Kind
    title: str
    body: str = ""
    number: int = 0
    part: int = 1
    parts: int = 1
    size: int = BODY.size
    place: str = ""


@dataclass(frozen=True)
class Deck:
    """The cards in order. `derived` says that the points were taken from the body, since the editor wrote none;
    `left` is the number of cards for which there was no room."""

    cards: tuple[Card, ...]
    derived: bool
    left: int


def plan(manuscript: Manuscript, settings: CardsSettings) -> Deck:
    """The deck of a manuscript: cover, correction, points, questions, closing card; never more than `MOST_CARDS`."""
    content = manuscript.content
    points = [*_written(content), *_asked(content)]
    derived = not points
    counts = {Kind.POINT: 0, Kind.QUESTION: 0}
    cards: list[Card] = []
    for point in points or _derived(content):
        counts[point.kind] += 1
        cards.extend(_cards(point, counts[point.kind], settings))
    told = [card for point in _corrected(manuscript.imprint) for card in _cards(point, 0, settings)]
    room = MOST_CARDS - 2 - len(told)
    cover = Card(Kind.COVER, content.short_title or content.title, place=_cover_place(content))
    closing = Card(Kind.CLOSING, "咨询与依据", place="interpreters")
    return Deck((cover, *told, *cards[:room], closing), derived, max(0, len(cards) - room))


def _corrected(imprint: Imprint) -> Iterator[Point]:
    """A film is watched from its start: what was wrong in the one before stands right behind the cover."""
    zone = ZoneInfo(imprint.zone)
    said = [(date_words(c.at.astimezone(zone)), one_line(c.reason)) for c in reversed(imprint.corrections)]
    if len(said) == 1:
        yield Point(Kind.CORRECTION, said[0][0], said[0][1], "")
    elif said:
        lines = "\n".join(f"{day}：{reason}" for day, reason in said)
        yield Point(Kind.CORRECTION, f"共{len(said)}次更正", lines, "")


def _cover_place(content: Content) -> str:
    return "short_title" if content.short_title else "title"


def _written(content: Content) -> Iterator[Point]:
    for i, point in enumerate(content.key_points):
        if point.heading.strip() or point.text.strip():
            yield Point(Kind.POINT, point.heading.strip(), point.text.strip(), f"key_points[{i}]")


def _asked(content: Content) -> Iterator[Point]:
    for i, question in enumerate(content.questions):
        if question.q.strip() or question.a.strip():
            yield Point(Kind.QUESTION, question.q.strip(), question.a.strip(), f"questions[{i}]")


def _derived(content: Content) -> Iterator[Point]:
    """Points from the body: its main headings with their first sentences, else its paragraphs."""
    headings = outline(content.body)
    levels = sorted({heading.level for heading in headings})
    main = next((level for level in levels if sum(h.level == level for h in headings) > 1), None)
    if main is None:
        yield from _paragraphs(content.body)
        return
    for i, heading in enumerate(headings):
        if heading.level == main:
            after = (h for h in headings[i + 1 :] if h.level <= main)
            stop = next(after, None)
            section = headings[i : headings.index(stop) if stop else None]
            text = next((part.below for part in section if part.below), ())
            yield Point(Kind.POINT, heading.text, _lead("".join(text)), f"body:{heading.line}")


def _paragraphs(body: str) -> Iterator[Point]:
    blocks = [(line, text) for line, text in plain_blocks(body) if text.strip()]
    whole = sum(characters(text) for _, text in blocks) <= _WHOLE_CHARACTERS
    for line, text in blocks:
        yield Point(Kind.POINT, "", text if whole else _lead(text), f"body:{line}")


def _lead(text: str) -> str:
    """The first sentences that a card holds; a longer first sentence is cut at a clause."""
    kept = ""
    for sentence in sentences(text):
        if kept and len(kept + sentence) > _LEAD_CHARACTERS:
            break
        kept += sentence
    return cut(kept.strip(), 2 * _LEAD_CHARACTERS)


def _cards(point: Point, number: int, settings: CardsSettings) -> Iterator[Card]:
    heading, text = point.heading, point.text[:_MOST_CHARACTERS]
    if heading and heading_block(heading, settings) is None:
        # A heading that no card holds is a text.
        heading, text = "", f"{heading[:_MOST_CHARACTERS]}\n{text}".strip()
    width, height = settings.safe.width, body_height(heading, settings)
    parts = split_text(text, width, height, BODY) if text else ("",)
    sizes = _ALONE if len(parts) == 1 else _SHARED
    blocks = (fit_text(part, width, height, BODY, sizes) for part in parts)
    size = min((block.style.size for block in blocks if block), default=BODY.size)
    for i, part in enumerate(parts, start=1):
        yield Card(point.kind, heading, part, number, i, len(parts), size, point.place)


def heading_block(heading: str, settings: CardsSettings) -> Block | None:
    """The heading laid out for a card, or None when it is longer than a heading can be."""
    if not heading or len(heading) > 120:
        return None
    return fit_text(heading, settings.safe.width, _HEADING_HEIGHT, HEADING, _HEADING_SIZES)


def body_height(heading: str, settings: CardsSettings) -> int:
    """Pixels that the text below this heading may take on a card."""
    block = heading_block(heading, settings)
    taken = round(block.height) + _RULE if block else 0
    return settings.safe.height - _NUMERAL - taken - _FOOTER
