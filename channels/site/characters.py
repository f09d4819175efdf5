"""Text that XML, HTML and iCalendar can all carry."""

from __future__ import annotations

from channels.text.cleaning import clean


def legal(text: str) -> str:
    """The text with every character that XML 1.0 forbids replaced by U+FFFD and line ends as LF.

    Here for what doesn't come from a manuscript: one such character in one entry makes a whole feed unreadable.
    """
    return clean(text)


def one_line(text: str) -> str:
    """`legal` text with every run of white space, line ends included, as one space, and none at the ends."""
    return " ".join(clean(text).split())


def untagged(title: str) -> str:
    """A title for RSS, where readers differ on whether `<` begins markup: full-width signs can't be taken for it."""
    return one_line(title).replace("<", "＜").replace(">", "＞")
