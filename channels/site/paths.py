"""Where things live below the public site's root, and the names they are known by for good.

A place is a folder with a slash at its end ("i/12/"); a path is a file in one. Neither ever moves: readers' programs
don't follow a feed that does.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from channels.manuscript import Form, Manuscript, SiteInfo

HOME = ""
POLICIES = "p/"
SUBSCRIBE = "subscribe/"
SEARCH = "search/"
FIND = "find/blocks.json"
FIND_SCRIPT = "find/search.js"
SITEMAP = "sitemap.xml"
ROBOTS = "robots.txt"
RSS = "feed.xml"
ICON = "icon.png"
ATOM = "atom.xml"
SCRIPT = "site.js"
JSON = "feed.json"
RSS_SUMMARY = "feed-summary.xml"
ATOM_SUMMARY = "atom-summary.xml"
JSON_SUMMARY = "feed-summary.json"
FEED_STYLE = "feed.css"
OPML = "subscribe/feeds.opml"
# Stands in a withdrawn piece's folder: what was beside its page is gone for good (410), not merely missing.
GONE = ".gone"
# What RFC 3986 lets stand in each part; `%` because what is encoded already stays as it is.
_PATH_SAFE = "/:@!$&'()*+,;=~%"
_QUERY_SAFE = _PATH_SAFE + "?"


def article(manuscript: Manuscript) -> str:
    """The place of an article: `i/12/`; outside a database `i/d0123456789ab/`."""
    return f"i/{manuscript.identity.removeprefix('i')}/"


def policy(policy_id: int) -> str:
    """The place of a policy's page: `p/7/`."""
    return f"p/{policy_id}/"


def column(slug: str) -> str:
    """The place of a column's list: `c/jiedu/`."""
    return f"c/{slug}/"


def form(value: Form) -> str:
    """The place of a form's list: `f/qa/`."""
    return f"f/{value.value}/"


def page(place: str, number: int) -> str:
    """The place of a list's page `number`, counted from 1, the oldest: `c/jiedu/page-2/`."""
    return f"{place}page-{number}/"


def archive(number: int) -> str:
    """The file of a page of the site's whole history (RFC 5005), counted from 1, the oldest."""
    return f"atom-archive-{number}.xml"


def index(place: str) -> str:
    """The file that is a place's page."""
    return f"{place}index.html"


def root_of(place: str) -> str:
    """The relative way from a place back to the site's root: `../../` from `i/12/`, nothing from the root."""
    return "../" * place.count("/")


def address(site: SiteInfo, path: str) -> str:
    """The absolute address of a place or path, percent-encoded."""
    return uri(urljoin(site.base_url, path))


def tag_uri(site: SiteInfo, identity: str) -> str:
    """A name for good (RFC 4151), from the site's domain and first day and the thing's identity, never from an address.

    A feed entry whose id changes is a second, unread entry in every reader.
    """
    return f"tag:{_ascii_host(site.domain).lower()},{site.tag_date.isoformat()}:{quote(identity, safe=':-._~')}"


def uri(iri: str) -> str:
    """The address in ASCII (RFC 3987, 3.1): the host by IDNA, the rest percent-encoded. RSS takes nothing else."""
    parts = urlsplit(iri)
    return urlunsplit(
        (
            parts.scheme,
            _ascii_host(parts.netloc),
            quote(parts.path, safe=_PATH_SAFE),
            quote(parts.query, safe=_QUERY_SAFE),
            quote(parts.fragment, safe=_QUERY_SAFE),
        )
    )


def _ascii_host(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode("ascii")


def instant_before_all(site: SiteInfo) -> datetime:
    """A time for what has no item yet: midnight UTC of the site's first day."""
    return datetime.fromisoformat(f"{site.tag_date.isoformat()}T00:00:00+00:00")
