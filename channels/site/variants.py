"""The variants of every feed: three formats, each whole and as summaries."""

from __future__ import annotations

from typing import NamedTuple

from channels.site import paths


class Variant(NamedTuple):
    """One file of a feed. `brief` is the key of the format's variant of summaries."""

    key: str
    brief: str
    file: str
    media_type: str
    label: str

    @property
    def is_brief(self) -> bool:
        """Whether its entries carry their summaries only."""
        return self.key == self.brief


RSS = Variant("rss", "rss-summary", paths.RSS, "application/rss+xml", "RSS")
ATOM = Variant("atom", "atom-summary", paths.ATOM, "application/atom+xml", "Atom")
JSON = Variant("json", "json-summary", paths.JSON, "application/feed+json", "JSON Feed")
RSS_SUMMARY = Variant("rss-summary", "rss-summary", paths.RSS_SUMMARY, RSS.media_type, "RSS")
ATOM_SUMMARY = Variant("atom-summary", "atom-summary", paths.ATOM_SUMMARY, ATOM.media_type, "Atom")
JSON_SUMMARY = Variant("json-summary", "json-summary", paths.JSON_SUMMARY, JSON.media_type, "JSON Feed")
VARIANTS = (RSS, ATOM, JSON, RSS_SUMMARY, ATOM_SUMMARY, JSON_SUMMARY)
