"""What the public site's lists, policy pages and feeds show of one published piece."""

from __future__ import annotations

from pydantic import AwareDatetime

from channels.manuscript import Correction, Form, Frozen, InterpreterRef, LivestreamRef, PolicyRef, Withdrawal


class ItemImage(Frozen):
    """A picture that stands for the piece; `path` is relative to the site's root."""

    path: str
    media_type: str
    size: int
    alt: str = ""


class Recording(Frozen):
    """The piece's sound or film: a path relative to the site's root, or an absolute address elsewhere; `size` in bytes
    as far as it is known.
    """

    address: str
    media_type: str
    size: int = 0


class Item(Frozen):
    """One piece on the site, as data: made by a channel when it renders, stored with the delivery.

    `identity` is unique in the site and never changes (`i12`, `live12`): the feeds' guid is a `tag:` URI made of it.
    `place` is the folder of its page below the site's root, with a slash at the end (`i/12/`). `html` is the full
    content for feeds: clean, well nested, every address absolute. `published` never changes; `updated` does.
    `correction` is the latest. `sequence` counts the changes since it was first published. With `withdrawn` the place
    holds a notice instead of the piece.
    """

    identity: str
    place: str
    title: str
    summary: str
    html: str
    published: AwareDatetime
    updated: AwareDatetime
    author: str
    form: Form
    column: str
    area: str = ""
    keywords: tuple[str, ...] = ()
    policies: tuple[PolicyRef, ...] = ()
    image: ItemImage | None = None
    recording: Recording | None = None
    livestream: LivestreamRef | None = None
    calendar: str = ""
    correction: Correction | None = None
    interpreters: tuple[InterpreterRef, ...] = ()
    sequence: int = 0
    withdrawn: Withdrawal | None = None
