"""What a channel shows when the editor wrote nothing for it alone: the common words, and where they are from."""

from __future__ import annotations

from channels.base import Derived
from channels.manuscript import Content, KeyPoint
from channels.text.clauses import summary_of


def title(content: Content) -> Derived:
    """The title."""
    return Derived(content.title.strip(), "title")


def short_title(content: Content) -> Derived:
    """The short title, else the title."""
    short = content.short_title.strip()
    return Derived(short, "short_title") if short else title(content)


def summary(content: Content) -> Derived:
    """The summary as written."""
    return Derived(content.summary.strip(), "summary")


def digest(content: Content, limit: int) -> Derived:
    """The summary, else the beginning of the text, cut to `limit`. A summary over the limit is counted whole."""
    if content.summary.strip():
        return Derived(" ".join(content.summary.split()), "summary")
    source = "body" if content.body.strip() else "key_points" if content.key_points else "questions"
    return Derived(summary_of(content, limit), source)


def key_points(content: Content) -> Derived:
    """The key points, one block each."""
    return Derived(points_text(content.key_points), "key_points")


def points_text(points: tuple[KeyPoint, ...]) -> str:
    """Key points as one text: a block each, the heading on its first line, blocks apart by an empty line."""
    return "\n\n".join("\n".join(filter(None, (p.heading.strip(), *p.text.split("\n")))) for p in points)
