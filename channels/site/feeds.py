"""A feed in all its variants: a head, the newest entries as they are stored, a tail.

Entries are made once for each piece (`channels.site.entries`) and joined here, so that a publication costs a feed no
generation. No clock: every date comes from the items, so the same items are the same bytes and a server's ETag holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from channels.items import Item
from channels.site import feed_heads, paths
from channels.site.entries import Fragment, fragments, moment
from channels.site.feed_info import FeedInfo
from channels.site.variants import ATOM, RSS, VARIANTS, Variant

__all__ = ["ENTRIES", "FULL_CONTENT_BYTES", "Entry", "FeedInfo", "Joined", "atom", "document", "newest", "rss"]

# What readers fetch each time; older items stay on the list pages.
ENTRIES = 50
# Readers refuse feeds over 5 MB. Full entries beyond this many bytes carry their summary only.
FULL_CONTENT_BYTES = 4_000_000


class Entry(NamedTuple):
    """One piece as a feed takes it: when it last changed, and for each variant its size in bytes."""

    updated: datetime
    sizes: dict[str, int]


@dataclass(frozen=True)
class Joined:
    """What a feed is joined of: bytes of its own, and the stored fragments between, each (entry's number, variant)."""

    head: bytes
    entries: tuple[tuple[int, str], ...]
    between: bytes
    tail: bytes


def newest(items: Iterable[Item]) -> list[Item]:
    """The items in the one order of every list and feed: newest first, by identity where the times are equal."""
    return sorted(items, key=lambda item: (item.published, item.identity), reverse=True)


def document(feed: FeedInfo, variant: Variant, entries: Sequence[Entry]) -> Joined:
    """What the variant of the feed is joined of; `entries` are the newest, newest first."""
    updated = max((entry.updated for entry in entries), default=paths.instant_before_all(feed.site))
    head, between, tail = feed_heads.frame(feed, variant, updated)
    return Joined(head, tuple(_fitting(variant, entries)), between, tail)


def archive(feed: FeedInfo, number: int, entries: Sequence[Entry]) -> Joined:
    """What a page of the feed's history is joined of: ENTRIES entries that are never more, the newest first."""
    updated = max(entry.updated for entry in entries)
    head, between, tail = feed_heads.archive(feed, number, updated)
    return Joined(head, tuple(_fitting(ATOM, entries)), between, tail)


def full_archives(told: int) -> int:
    """How many pages of history a feed of so many pieces and notices has; none while the feed shows all of them."""
    return told // ENTRIES if told > ENTRIES else 0


def _fitting(variant: Variant, entries: Sequence[Entry]) -> Iterable[tuple[int, str]]:
    room = FULL_CONTENT_BYTES
    for number, entry in enumerate(entries):
        size = entry.sizes[variant.key]
        fits = variant.key == variant.brief or size <= room
        room -= size if fits else entry.sizes[variant.brief]
        yield number, variant.key if fits else variant.brief


def whole(feed: FeedInfo, variant: Variant, items: Iterable[Item]) -> bytes:
    """The whole document of these items."""
    shown = newest(items)[:ENTRIES]
    made = [fragments(feed.site, item) for item in shown]
    entries = [Entry(moment(i), {f.variant: len(f.data) for f in some}) for i, some in zip(shown, made, strict=True)]
    return joined(document(feed, variant, entries), made)


def joined(plan: Joined, made: Sequence[Sequence[Fragment]]) -> bytes:
    """The bytes of the plan; `made` are the fragments of each entry."""
    data = [{f.variant: f.data for f in some} for some in made]
    return plan.head + plan.between.join(data[number][key] for number, key in plan.entries) + plan.tail


def rss(feed: FeedInfo, items: Iterable[Item]) -> bytes:
    """The RSS 2.0 document of the newest items."""
    return whole(feed, RSS, items)


def atom(feed: FeedInfo, items: Iterable[Item]) -> bytes:
    """The Atom document (RFC 4287) of the newest items."""
    return whole(feed, ATOM, items)


def files_of(feed: FeedInfo) -> Iterable[tuple[Variant, str]]:
    """Each variant with the path of its file."""
    return ((variant, feed.place + variant.file) for variant in VARIANTS)
