"""Markdown for channels: parse it, render it, read it. One import for what the smaller modules hold."""

from channels.text.clauses import cut, sentences, summary_of
from channels.text.html import to_html
from channels.text.reading import (
    BodyImage,
    BodyLink,
    Heading,
    images_in,
    links_in,
    outline,
    plain,
    plain_blocks,
    prose,
    raw_html_lines,
)
from channels.text.tokens import is_safe_link, parse, safe_link

__all__ = [
    "BodyImage",
    "BodyLink",
    "Heading",
    "cut",
    "images_in",
    "is_safe_link",
    "links_in",
    "outline",
    "parse",
    "plain",
    "plain_blocks",
    "prose",
    "raw_html_lines",
    "safe_link",
    "sentences",
    "summary_of",
    "to_html",
]
