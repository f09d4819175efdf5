"""Two versions side by side: field by field in words; rows (key points, questions, policies) are found again, also
where they were moved to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from channels.manuscript import Content
from channels.words import Words
from hub.editorial.diffing import Op, Span, Spans, changed, diff


class Fate(StrEnum):
    """What became of a field or a row."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"
    MOVED = "moved"


@dataclass(frozen=True)
class Passage:
    """One piece of text of a version: where it stands (as findings name places), what it is called, what it says."""

    place: str
    label: Words
    text: str


@dataclass(frozen=True)
class Compared:
    """One passage of either version, or of both: `place` is that of the newer one, if it has it."""

    place: str
    label: Words
    spans: Spans
    fate: Fate


@dataclass(frozen=True)
class Group:
    """Passages that belong together: a field, or all rows of a kind."""

    name: str
    label: Words
    rows: tuple[tuple[Compared, ...], ...]

    @property
    def changed(self) -> bool:
        """Whether anything in it differs."""
        return any(c.fate is not Fate.SAME for row in self.rows for c in row)


# Rows at least this alike are one row that was rewritten, not one that went and one that came.
ALIKE = 0.45

FIELDS: Mapping[str, Words] = {
    "title": Words("标题", "Title"),
    "short_title": Words("短标题", "Short title"),
    "summary": Words("摘要", "Summary"),
    "policies": Words("政策文件", "Policies"),
    "key_points": Words("要点", "Key points"),
    "body": Words("正文", "Body"),
    "questions": Words("问答", "Questions and answers"),
    "interpreters": Words("解读人", "Interpreters"),
    "livestream": Words("直播", "Livestream"),
    "form": Words("解读形式", "Form"),
    "column": Words("栏目", "Column"),
    "area": Words("适用地区", "Region"),
    "source": Words("来源", "Source"),
    "keywords": Words("关键词", "Keywords"),
    "images": Words("图片", "Pictures"),
    "variants": Words("渠道稿", "Channel variants"),
}
PARTS: Mapping[str, Words] = {
    "heading": Words("标题", "Heading"),
    "text": Words("内容", "Text"),
    "q": Words("问", "Question"),
    "a": Words("答", "Answer"),
    "title": Words("标题", "Title"),
    "number": Words("发文字号", "Number"),
    "issuer": Words("发文机关", "Issued by"),
    "signed": Words("成文日期", "Signed"),
    "published": Words("发布日期", "Published"),
    "effective": Words("施行日期", "In force from"),
    "validity": Words("有效性", "Validity"),
    "url": Words("网址", "Address"),
    "name": Words("名称", "Name"),
    "role": Words("职务", "Role"),
    "office": Words("单位", "Office"),
    "phone": Words("电话", "Phone"),
    "topic": Words("主题", "Topic"),
    "starts": Words("开始", "Starts"),
    "ends": Words("结束", "Ends"),
    "platform": Words("平台", "Platform"),
    "room": Words("直播间", "Room"),
    "host": Words("主持人", "Host"),
    "guests": Words("嘉宾", "Guests"),
    "replay": Words("回放", "Replay"),
    "channel": Words("渠道", "Channel"),
    "short_title": FIELDS["short_title"],
    "summary": FIELDS["summary"],
    "body": FIELDS["body"],
    "sha256": Words("文件", "File"),
}
# What the machinery keeps beside the text.
_INNER = frozenset({"id", "media_type", "width", "height", "data"})

Row = tuple[Passage, ...]


def rows_of(content: Content) -> dict[str, list[Row]]:
    """Every text of a version by its field: a plain field is one row of one passage, empty ones are left out."""
    found: dict[str, list[Row]] = {}
    for name, label in FIELDS.items():
        if not hasattr(content, name):
            continue
        value = getattr(content, name)
        if name == "keywords" or not isinstance(value, tuple):
            found[name] = [row] if (row := _row(name, label, value)) else []
        else:
            found[name] = [row for n, each in enumerate(value) if (row := _row(f"{name}[{n}]", label, each))]
    return found


def _row(place: str, label: Words, value: Any) -> Row:
    if hasattr(value, "model_dump"):
        parts = ((part, getattr(value, part)) for part in type(value).model_fields if part not in _INNER)
        made = (Passage(f"{place}.{part}", PARTS.get(part, label), said(v)) for part, v in parts)
        return tuple(p for p in made if p.text)
    return (Passage(place, label, text),) if (text := said(value)) else ()


def said(value: Any) -> str:
    """A value as a person reads it."""
    if value is None:
        return ""
    if hasattr(value, "label"):
        return str(value.label)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M %Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return "、".join(said(v) for v in value)
    return str(value)


def compare(old: Content, new: Content) -> list[Group]:
    """Every field of either version, in the order in which a reader meets them."""
    was, is_ = rows_of(old), rows_of(new)
    groups = []
    for name, label in FIELDS.items():
        before, after = was.get(name, []), is_.get(name, [])
        if before or after:
            groups.append(Group(name, label, tuple(_rows(before, after))))
    return groups


def _rows(old: Sequence[Row], new: Sequence[Row]) -> Iterator[tuple[Compared, ...]]:
    """The new rows in their order, each beside the old one it was; those that went, where they stood."""
    pairs = _paired(old, new)
    kept = _in_order([i for i in pairs if i is not None])
    going = sorted(set(range(len(old))) - {i for i in pairs if i is not None})
    for j, i in enumerate(pairs):
        while going and i is not None and i in kept and going[0] < i:
            yield tuple(_whole(p, Op.GONE) for p in old[going.pop(0)])
        if i is None:
            yield tuple(_whole(p, Op.NEW) for p in new[j])
        else:
            yield tuple(_parts(old[i], new[j], moved=i not in kept))
    for i in going:
        yield tuple(_whole(p, Op.GONE) for p in old[i])


def _paired(old: Sequence[Row], new: Sequence[Row]) -> list[int | None]:
    """For each new row the old one that it was: the very same, else the one most alike, else none."""
    texts, wanted = ([_text(r) for r in rows] for rows in (old, new))
    free = dict.fromkeys(range(len(old)))
    pairs: list[int | None] = [None] * len(new)
    for j, text in enumerate(wanted):
        same = next((i for i in free if texts[i] == text), None)
        if same is not None:
            pairs[j] = same
            del free[same]
    if len(old) == len(new) == 1 and free and pairs[0] is None and len(old[0]) == 1:
        # A plain field is itself, however much was rewritten.
        return [0]
    for j, text in enumerate(wanted):
        if pairs[j] is None and free:
            best = max(free, key=lambda i: (_likeness(texts[i], text), -abs(i - j)))
            if _likeness(texts[best], text) >= ALIKE:
                pairs[j] = best
                del free[best]
    return pairs


def _text(row: Row) -> str:
    return "\n".join(p.text for p in row)


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one[:2000], other[:2000])
    return 0.0 if matcher.real_quick_ratio() < ALIKE else matcher.quick_ratio()


def _in_order(indexes: Sequence[int]) -> frozenset[int]:
    """The longest run of rows that kept their order; the others were moved."""
    best: list[list[int]] = []
    for index in indexes:
        longest: list[int] = max((run for run in best if run[-1] < index), key=len, default=[])
        best.append([*longest, index])
    return frozenset(max(best, key=len) if best else ())


def _parts(old: Row, new: Row, *, moved: bool) -> Iterator[Compared]:
    """The passages of one row in both versions."""
    was = {_part(p): p for p in old}
    for passage in new:
        before = was.pop(_part(passage), None)
        spans = diff(before.text if before else "", passage.text)
        fate = Fate.CHANGED if changed(spans) else Fate.MOVED if moved else Fate.SAME
        yield Compared(passage.place, passage.label, spans, fate)
    for passage in was.values():
        yield _whole(passage, Op.GONE)


def _part(passage: Passage) -> str:
    return passage.place.rpartition(".")[2] if "." in passage.place else ""


def _whole(passage: Passage, op: Op) -> Compared:
    fate = Fate.NEW if op is Op.NEW else Fate.GONE
    return Compared(passage.place, passage.label, (Span(op, passage.text),), fate)
