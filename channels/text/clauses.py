"""Cutting Chinese text where it may be cut: at the end of sentences and clauses."""

from __future__ import annotations

import re

from channels.manuscript import Content
from channels.text.reading import plain

_SENTENCE = re.compile(r"[^。！？!?…]*[。！？!?…]+[”’」』）)》〉】]*|[^。！？!?…]+$")
_CLAUSE_END = "。！？；，、：!?;,"


def sentences(text: str) -> list[str]:
    """The sentences; joined they are the text again."""
    return _SENTENCE.findall(text.replace("\n", ""))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of the text, ending at a clause mark where one is near; …… stands for the rest."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    room = limit - 2
    end = max((text.rfind(mark, room // 2, room) for mark in _CLAUSE_END), default=-1)
    kept = text[:end] if end > 0 else text[:room]
    return kept.rstrip(_CLAUSE_END) + "……"


def summary_of(content: Content, limit: int = 120) -> str:
    """The summary if there is one, else the start of the body, the key points or the answers, cut to `limit`."""
    for text in (
        content.summary,
        plain_start(content.body),
        "；".join(p.heading or p.text for p in content.key_points),
        " ".join(f"{q.q} {q.a}" for q in content.questions),
    ):
        if text.strip():
            return cut(text, limit)
    return ""


def plain_start(body: str) -> str:
    """The body's paragraphs as one line; lines without closing punctuation (headings) are left out."""
    lines = [
        line for line in plain(body).split("\n") if line.rstrip().endswith(("。", "！", "？", "；", "：", ".", "”"))
    ]
    return "".join(lines) or plain(body).replace("\n", " ")
