"""The public site: a projection of published deliveries into files, and nothing else.

A piece's own folder is written by the delivery that publishes it (`place`). Lists, feeds and policy pages are made from
what is published (`refresh`), and all of it can be made from nothing to the same bytes (`hub.rebuilding`).
"""

from __future__ import annotations

from hub.site.places import first_site, lists_locked, locked, site_of
from hub.site.press import find, place, withdraw, withdrawal_of
from hub.site.refreshing import Pace, catch_up, refresh
from hub.site.wanting import behind, want, want_everywhere

__all__ = [
    "Pace",
    "behind",
    "catch_up",
    "find",
    "first_site",
    "lists_locked",
    "locked",
    "place",
    "refresh",
    "site_of",
    "want",
    "want_everywhere",
    "withdraw",
    "withdrawal_of",
]
