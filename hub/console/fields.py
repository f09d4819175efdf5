"""The compose form as plain text, and its way to and from `Content`.

`Fields` holds what was typed, right or wrong, so that a page that comes back shows it unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from channels.base import Finding, Severity
from channels.manuscript import (
    VARIED,
    Content,
    Form,
    Image,
    InterpreterRef,
    KeyPoint,
    LivestreamRef,
    OwnPoint,
    PolicyRef,
    Question,
    Validity,
    Variant,
)
from channels.text.cleaning import clean
from channels.words import Words
from hub.artefacts import ArtefactStore
from hub.editorial.images import read_image

TEXTS = ("title", "short_title", "summary", "form", "column", "area", "source", "keywords", "body")
ROWS: dict[str, tuple[str, ...]] = {
    "policies": ("number", "title", "issuer", "signed", "published", "effective", "validity", "url"),
    "interpreters": ("name", "role", "office", "phone"),
    "key_points": ("heading", "text"),
    "questions": ("q", "a"),
    "images": ("name", "sha256"),
}
LIVESTREAM = ("topic", "starts", "ends", "platform", "room", "host", "guests", "replay")
DATES = ("signed", "published", "effective")
# The fields of a variant that are one text each.
PLAIN = tuple(name for name in VARIED if name != "key_points")
# A channel's own words: of a plain field, or of a part of a key point (`x0`, `x1`: those of the channel alone).
OWN_CARD = re.compile(r"key_points-(x?\d{1,4})-(heading|text|leave_out)")
VARIANT = re.compile(rf"variants-([a-z0-9_]{{1,30}})-(title|short_title|summary|{OWN_CARD.pattern})")
SEPARATORS = re.compile(r"[,，、;；\s]+")
# No text has as many; beyond it a request is an attack (`MAX_FORM_PARTS` refuses it whole).
MAX_ROWS = 1000


@dataclass
class Fields:
    """What stands in the form."""

    texts: dict[str, str] = field(default_factory=lambda: dict.fromkeys(TEXTS, ""))
    rows: dict[str, list[dict[str, str]]] = field(default_factory=lambda: {name: [] for name in ROWS})
    livestream: dict[str, str] = field(default_factory=lambda: dict.fromkeys(LIVESTREAM, ""))

    # Words of one channel's own, by channel and field; of a key point, `key_points-<place of its row>-<part>`.
    variants: dict[str, dict[str, str]] = field(default_factory=dict)

    def filled(self, name: str) -> list[dict[str, str]]:
        """The rows in which something was written."""
        return [self.rows[name][place] for place in self.places(name)]

    def places(self, name: str) -> list[int]:
        """Where the rows stand in which something was written."""
        return [n for n, row in enumerate(self.rows[name]) if any(v.strip() for v in row.values())]


def typed(form: Mapping[str, Any]) -> Fields:
    """What was typed into the form, cleaned of what no text may hold. Rows keep the order in which they stand."""
    fields = Fields()
    numbers: dict[str, dict[str, None]] = {name: {} for name in ROWS}
    for key in form:
        if own := VARIANT.fullmatch(key):
            fields.variants.setdefault(own[1], {})[own[2]] = clean(form.get(key, "")).strip()
        name, _, rest = key.partition("-")
        number = rest.partition("-")[0]
        if name in ROWS and number.isdigit():
            numbers[name][number] = None
    for name in TEXTS:
        fields.texts[name] = clean(form.get(name, ""))
    for name, parts in ROWS.items():
        fields.rows[name] = [
            {part: clean(form.get(f"{name}-{number}-{part}", "")).strip() for part in parts}
            for number in list(numbers[name])[:MAX_ROWS]
        ]
    fields.livestream = {part: clean(form.get(f"livestream-{part}", "")).strip() for part in LIVESTREAM}
    place_cards(fields, {number: place for place, number in enumerate(numbers["key_points"])})
    return fields


def place_cards(fields: Fields, places: Mapping[str, int]) -> None:
    """Give the channels' own words of key points the places of their rows; those of a row that went go with it."""
    for channel, words in fields.variants.items():
        kept: dict[str, str] = {}
        for name, text in words.items():
            card = OWN_CARD.fullmatch(name)
            if card is None or card[1].startswith("x"):
                kept[name] = text
            elif card[1] in places:
                kept[f"key_points-{places[card[1]]}-{card[2]}"] = text
        fields.variants[channel] = kept


def of_content(content: Content, zone: ZoneInfo) -> Fields:
    """The form for a content."""
    plain = content.model_dump(mode="json")
    fields = Fields()
    fields.texts = {name: str(plain.get(name) or "") for name in TEXTS}
    fields.texts["keywords"] = "、".join(content.keywords)
    for name, parts in ROWS.items():
        fields.rows[name] = [{part: str(row[part] or "") for part in parts} for row in plain[name]]
    if stream := content.livestream:
        fields.livestream = {part: str(getattr(stream, part) or "") for part in LIVESTREAM}
        fields.livestream["starts"] = local_field(stream.starts, zone)
        fields.livestream["ends"] = local_field(stream.ends, zone) if stream.ends else ""
        fields.livestream["guests"] = "、".join(stream.guests)
    for variant in content.variants:
        words = {name: value for name, value in variant.own.items() if name != "key_points"}
        fields.variants[variant.channel] = words | _cards(variant, len(content.key_points))
    return fields


def _cards(variant: Variant, common: int) -> dict[str, str]:
    words: dict[str, str] = {}
    for number, point in enumerate(variant.key_points):
        place = f"key_points-{number}" if number < common else f"key_points-x{number - common}"
        parts = {"heading": point.heading, "text": point.text, "leave_out": "1" if point.leave_out else ""}
        words |= {f"{place}-{part}": text for part, text in parts.items() if text}
    return words


def as_plain(fields: Fields) -> dict[str, Any]:
    """The form as data that JSON can hold."""
    return asdict(fields)


def of_plain(plain: Mapping[str, Any]) -> Fields:
    """The form again. What an earlier program kept and this one doesn't know is left out."""
    fields = Fields()
    fields.texts.update({k: str(v) for k, v in plain.get("texts", {}).items() if k in TEXTS})
    for name, parts in ROWS.items():
        rows = plain.get("rows", {}).get(name, [])
        fields.rows[name] = [{part: str(row.get(part, "")) for part in parts} for row in rows]
    fields.livestream.update({k: str(v) for k, v in plain.get("livestream", {}).items() if k in LIVESTREAM})
    fields.variants = {
        key: {name: str(text) for name, text in own.items() if text and (name in PLAIN or OWN_CARD.fullmatch(name))}
        for key, own in plain.get("variants", {}).items()
    }
    return fields


def said(fields: Fields) -> dict[str, Any]:
    """What the form says, without empty rows and words: two forms that say the same are equal in it."""
    plain = as_plain(fields)
    plain["texts"] = {k: v.rstrip() for k, v in fields.texts.items() if v.strip() and k != "form"}
    plain["rows"] = {name: fields.filled(name) for name in ROWS if fields.filled(name)}
    plain["livestream"] = {k: v for k, v in fields.livestream.items() if v}
    own = {key: {k: v for k, v in words.items() if v} for key, words in fields.variants.items()}
    plain["variants"] = {key: words for key, words in own.items() if words}
    return plain


def local_field(instant: datetime, zone: ZoneInfo) -> str:
    """An instant as a datetime-local field takes it."""
    return instant.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def instant_of(text: str, zone: ZoneInfo) -> datetime | None:
    """The instant of a datetime-local field, None for one that can't be read."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        return None


def to_content(fields: Fields, zone: ZoneInfo, store: ArtefactStore) -> tuple[Content, list[Finding]]:
    """The content of the form, and what in it can't be read; such a value is left out of the content."""
    mistakes: list[Finding] = []
    texts = fields.texts
    content = Content(
        title=" ".join(texts["title"].split()),
        short_title=" ".join(texts["short_title"].split()),
        summary=texts["summary"].strip(),
        body=texts["body"].rstrip() + "\n" if texts["body"].strip() else "",
        form=Form(texts["form"]) if texts["form"] in list(Form) else Form.TEXT,
        column=texts["column"].strip(),
        area=texts["area"].strip(),
        source=texts["source"].strip(),
        keywords=tuple(filter(None, SEPARATORS.split(texts["keywords"]))),
        policies=tuple(_policy(n, row, mistakes) for n, row in enumerate(fields.filled("policies"))),
        interpreters=tuple(InterpreterRef(**row) for row in fields.filled("interpreters")),
        key_points=tuple(KeyPoint(**row) for row in fields.filled("key_points")),
        questions=tuple(Question(**row) for row in fields.filled("questions")),
        livestream=_livestream(fields.livestream, zone, mistakes),
        images=tuple(_images(fields.filled("images"), store)),
        variants=tuple(_variant(key, own, fields.places("key_points")) for key, own in fields.variants.items()),
    )
    return content, mistakes


def _variant(channel: str, own: dict[str, str], places: Sequence[int]) -> Variant:
    given: dict[str, Any] = {name: text.strip() for name, text in own.items() if name in PLAIN}
    for name in ("title", "short_title"):
        given[name] = " ".join(given.get(name, "").split())
    alone = {card[1] for name in own if (card := OWN_CARD.fullmatch(name)) and card[1].startswith("x")}
    points = [_own_point(own, str(place)) for place in places]
    more = [_own_point(own, place) for place in sorted(alone, key=lambda place: int(place[1:]))]
    return Variant(channel=channel, key_points=(*points, *(p for p in more if p.heading or p.text)), **given)


def _own_point(own: Mapping[str, str], place: str) -> OwnPoint:
    heading, text, left = (own.get(f"key_points-{place}-{part}", "") for part in ("heading", "text", "leave_out"))
    return OwnPoint(heading=" ".join(heading.split()), text=text.strip(), leave_out=bool(left))


def _policy(number: int, row: dict[str, str], mistakes: list[Finding]) -> PolicyRef:
    given: dict[str, Any] = {name: row[name] for name in ("number", "title", "issuer", "url")}
    for name in DATES:
        if row[name]:
            try:
                given[name] = date.fromisoformat(row[name])
            except ValueError:
                place = f"policies[{number}].{name}"
                mistakes.append(_mistake("EDT-101", place, _DATE, row[name]))
    # Left open, the record's own validity stands: an amended policy must not become "in force" by a preset.
    if row["validity"] in list(Validity):
        given["validity"] = row["validity"]
    return PolicyRef(**{k: v for k, v in given.items() if v or k == "title"})


def _livestream(row: dict[str, str], zone: ZoneInfo, mistakes: list[Finding]) -> LivestreamRef | None:
    if not any(row.values()):
        return None
    starts = instant_of(row["starts"], zone)
    ends = instant_of(row["ends"], zone) if row["ends"] else None
    if row["ends"] and ends is None:
        mistakes.append(_mistake("EDT-102", "livestream.ends", _TIME, row["ends"]))
    if starts is None:
        mistakes.append(_mistake("EDT-102", "livestream.starts", _TIME, row["starts"]))
        return None
    return LivestreamRef(
        topic=row["topic"],
        starts=starts,
        ends=ends,
        platform=row["platform"],
        room=row["room"],
        host=row["host"],
        guests=tuple(filter(None, SEPARATORS.split(row["guests"]))),
        replay=row["replay"],
    )


def _images(rows: Iterable[dict[str, str]], store: ArtefactStore) -> Iterable[Image]:
    """The pictures that were uploaded before; one that isn't there any more is left out, and the checks say so."""
    for row in rows:
        try:
            data = store.get(row["sha256"])
        except (ValueError, OSError):
            continue
        yield _measured(row["sha256"], store).model_copy(update={"name": row["name"], "data": data})


@lru_cache(maxsize=512)
def _measured(sha256: str, store: ArtefactStore) -> Image:
    """Decoding a photograph takes longer than all the rest of a preview; its bytes never change."""
    return read_image("", store.get(sha256)).model_copy(update={"data": b""})


_DATE = (Words("日期", "date"), "2026-11-23")
_TIME = (Words("时间", "time"), "2026-11-23 15:00")


def _mistake(code: str, place: str, kind: tuple[Words, str], value: str) -> Finding:
    words, example = kind
    said = Words(f"{words.zh}有误：“{value}”。", f"Not a {words.en}: {value!r}.")
    if not value:
        said = Words(f"缺少{words.zh}。", f"The {words.en} is missing.")
    return Finding(code, Severity.BLOCK, place, said, Words(f"写法如 {example}。", f"Write it like {example}."))
