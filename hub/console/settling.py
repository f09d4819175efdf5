"""Two texts of one version: what differs in words, and whose words are taken, field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from hub.console.fields import LIVESTREAM, ROWS, TEXTS, Fields
from hub.editorial.diffing import Spans, diff

NAMES: dict[str, Any] = {
    "title": _("标题"),
    "short_title": _("短标题"),
    "summary": _("摘要"),
    "policies": _("政策文件"),
    "key_points": _("要点"),
    "body": _("正文"),
    "questions": _("问答"),
    "interpreters": _("解读人"),
    "livestream": _("直播"),
    "form": _("解读形式"),
    "column": _("栏目"),
    "area": _("区域"),
    "source": _("来源"),
    "keywords": _("关键词"),
    "variants": _("渠道稿"),
}


@dataclass(frozen=True)
class Difference:
    """A field that two editors wrote differently: the pieces, theirs as gone and mine as new."""

    name: str
    label: Any
    pieces: Spans


def differences(theirs: Fields, mine: Fields) -> list[Difference]:
    """The fields that differ, in the order of the form."""
    made = []
    for name, label in NAMES.items():
        old, new = _text(theirs, name), _text(mine, name)
        if old != new:
            made.append(Difference(name, label, diff(old, new)))
    return made


def _text(fields: Fields, name: str) -> str:
    if name in TEXTS:
        return fields.texts[name].rstrip()
    if name in ROWS:
        rows = ("\n".join(filter(None, (row[part] for part in ROWS[name]))) for row in fields.filled(name))
        return "\n\n".join(rows)
    if name == "livestream":
        return "\n".join(filter(None, (fields.livestream[part] for part in LIVESTREAM)))
    own = (pair for _key, words in sorted(fields.variants.items()) for pair in sorted(words.items()) if pair[1])
    # A key point that a channel goes without is a dash.
    return "\n\n".join("—" if name.endswith("-leave_out") else text for name, text in own)


def take(fields: Fields, chosen: Mapping[str, Any], theirs: Callable[[], Fields]) -> None:
    """Take the other editor's words in the fields for which `take-<field>` says "theirs"; asked for only then."""
    wanted = [name for name in NAMES if chosen.get(f"take-{name}") == "theirs"]
    if not wanted:
        return
    other = theirs()
    for name in wanted:
        if name in TEXTS:
            fields.texts[name] = other.texts[name]
        elif name in ROWS:
            fields.rows[name] = other.rows[name]
        elif name == "livestream":
            fields.livestream = other.livestream
        else:
            fields.variants = other.variants
    # Pictures are not chosen: those that either text shows are there.
    known = {row["name"] for row in fields.rows["images"]}
    fields.rows["images"] += [row for row in other.rows["images"] if row["name"] not in known]
