"""The one text format: Markdown with YAML front matter, to and from `Content`.

Scalars are taken as written (a title `2026` stays text, `no` stays "no"); only the fields' own types read them. Every
mistake is answered with file, line, field and what it should be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import ValidationError

from channels.manuscript import FORM_LABELS, VALIDITY_LABELS, Content
from channels.text.cleaning import clean, decode
from channels.text.markdown import images_in
from channels.words import Words
from hub.editorial.header import DraftError, Mistake, Reader
from hub.editorial.images import load_beside
from hub.editorial.variants import wrong_variants

# 60,000 characters of Chinese are 180 kB; beyond this it is no article.
MAX_TEXT_BYTES = 5 * 1024 * 1024
FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)
FORMS = {label: form.value for form, label in FORM_LABELS.items()}
VALIDITIES = {label: validity.value for validity, label in VALIDITY_LABELS.items()}
# A time without a zone is read in this one, the zone of every Chinese office.
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Draft:
    """A parsed text file: its content, and the line of the file on which the body begins (from 1)."""

    content: Content
    body_line: int


def read_draft(path: Path) -> Draft:
    """Read a text file and the images beside it. Raises DraftError with every mistake found, OSError when the file
    can't be read.
    """
    if path.stat().st_size > MAX_TEXT_BYTES:
        raise DraftError(
            str(path),
            [Mistake("FMT-101", 1, "", Words("文件超过 5 MB，不是一篇稿件。", "The file is over 5 MB: no article."))],
        )
    draft = parse_draft(decode(path.read_bytes()), where=str(path))
    images = load_beside(path.parent, [name for name, _alt, _line in images_in(draft.content.body)])
    return Draft(draft.content.model_copy(update={"images": images}), draft.body_line)


def parse_draft(text: str, *, where: str = "draft") -> Draft:
    """Parse the text (images aside). A text without front matter is all body, its title the first `# ` heading."""
    text = clean(text)
    fences = list(FENCE.finditer(text))
    if not (fences and fences[0].start() == 0):
        return _bare(text)
    if len(fences) < 2:
        raise DraftError(
            where,
            [Mistake("FMT-102", 1, "", Words("开头的“---”没有对应的结束行“---”。", "No closing “---” line."))],
        )
    header = text[fences[0].end() + 1 : fences[1].start()]
    body = text[fences[1].end() :].lstrip("\n")
    body_line = text.count("\n", 0, len(text) - len(body)) + 1
    data, lines = Reader(where).read(header)
    if wrong := wrong_variants(data.get("variants", {}), lines):
        raise DraftError(where, wrong)
    data["body"] = body.rstrip() + "\n" if body.strip() else ""
    return Draft(_validate(data, lines, where), body_line)


def _bare(text: str) -> Draft:
    text = text if text.endswith("\n") else text + "\n"
    found = re.match(r"\s*# +(.+?)[ #]*\n+", text)
    if not found:
        return Draft(Content(body=text), 1)
    body = text[found.end() :]
    return Draft(Content(title=found.group(1).strip(), body=body), text.count("\n", 0, found.end()) + 1)


def _validate(data: dict[str, Any], lines: dict[str, int], where: str) -> Content:
    data = _plain(data)
    try:
        return Content.model_validate(data)
    except ValidationError as error:
        mistakes = []
        for problem in error.errors():
            field = _field(problem["loc"])
            line = lines.get(field) or lines.get(field.rsplit(".", 1)[0]) or 1
            mistakes.append(Mistake("FMT-110", line, field, _expected(field, problem)))
        raise DraftError(where, mistakes) from error


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Chinese labels to codes, empty values dropped so that defaults hold, zone added to zoneless times."""

    def tidy(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: v for k, v in ((k, tidy(v)) for k, v in value.items()) if v not in ("", [], {})}
        return [tidy(v) for v in value] if isinstance(value, list) else value

    data = tidy(data)
    if "form" in data:
        data["form"] = FORMS.get(data["form"], data["form"])
    for policy in data.get("policies", []):
        if "validity" in policy:
            policy["validity"] = VALIDITIES.get(policy["validity"], policy["validity"])
    if "variants" in data:
        data["variants"] = [{"channel": key, **own} for key, own in data["variants"].items()]
    stream = data.get("livestream")
    for name in ("starts", "ends"):
        if stream and name in stream:
            stream[name] = _zoned(stream[name])
    return data


def _zoned(value: str) -> str:
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return value
    return (instant if instant.tzinfo else instant.replace(tzinfo=ZONE)).isoformat()


def _field(loc: tuple[int | str, ...]) -> str:
    field = ""
    for part in loc:
        field += f"[{part}]" if isinstance(part, int) else f".{part}" if field else part
    return field


def _expected(field: str, problem: Any) -> Words:
    name = field.rsplit(".", 1)[-1]
    if name in ("signed", "published", "effective"):
        return Words("应是日期，写作 2026-11-23。", "This should be a date, written 2026-11-23.")
    if name in ("starts", "ends"):
        return Words("应是时间，写作 2026-12-10T15:00:00+08:00。", "This should be a time, 2026-12-10T15:00:00+08:00.")
    if name == "form":
        return Words(f"应是其中之一：{'、'.join(FORMS)}。", f"This should be one of {', '.join(FORMS.values())}.")
    if name == "validity":
        return Words(f"应是其中之一：{'、'.join(VALIDITIES)}。", f"One of {', '.join(VALIDITIES.values())}.")
    if problem["type"] == "missing":
        return Words(f"缺少必填的 {name}。", f"The required {name} is missing.")
    return Words(f"值不合要求（{problem['msg']}）。", f"The value is not accepted ({problem['msg']}).")


def write_draft(content: Content) -> str:
    """The content as a text file. Parsed again it is the same content, but for images and database ids."""
    data = content.model_dump(mode="json", exclude={"body", "images"}, exclude_defaults=True)
    if content.form:
        data["form"] = content.form.label
    for entry in [*data.get("policies", []), *data.get("interpreters", []), data.get("livestream") or {}]:
        entry.pop("id", None)
    for entry, policy in zip(data.get("policies", []), content.policies, strict=True):
        entry["validity"] = policy.validity.label
    if variants := data.pop("variants", []):
        data["variants"] = {entry.pop("channel"): entry for entry in variants}
    header = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{header}---\n\n{content.body}"
