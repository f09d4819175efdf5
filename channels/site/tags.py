"""The page tags of government websites (政府网站发展指引, 国办发〔2017〕47号): each once, none empty."""

from __future__ import annotations

from collections.abc import Iterable

from channels.manuscript import ColumnInfo, SiteInfo
from channels.site.characters import one_line

Tags = tuple[tuple[str, str], ...]


def site_tags(site: SiteInfo) -> Tags:
    """The site's level. SiteDomain is the host alone."""
    return filled(
        ("SiteName", site.name or site.domain),
        ("SiteDomain", site.domain),
        ("SiteIDCode", site.id_code),
    )


def column_tags(column: ColumnInfo) -> Tags:
    """The column's level; what the office left empty says the column's name."""
    name = one_line(column.name) or column.slug
    return filled(
        ("ColumnName", name),
        ("ColumnDescription", column.description or name),
        ("ColumnKeywords", column.keywords or name),
        ("ColumnType", column.type or name),
    )


def filled(*tags: tuple[str, str]) -> Tags:
    """The tags that say something, each on one line."""
    return tuple((name, text) for name, text in _one_line(tags) if text)


def _one_line(tags: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((name, one_line(content)) for name, content in tags)
