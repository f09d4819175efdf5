"""The article page: one self-contained HTML file with the government page tags."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

from channels.manuscript import Manuscript
from channels.site import paths
from channels.site.characters import one_line
from channels.site.shell import Crumb, Frame, column_feed, form_feed, page, site_feed
from channels.site.tags import Tags, column_tags, filled, site_tags
from channels.site.times import machine, minute
from channels.text.markdown import to_html
from channels.website.pictures import Pictures
from channels.website.settings import WebsiteSettings
from channels.website.view import description_of, keywords_of, source_of, view

# The prefix of the ids of the body's headings and footnotes.
ANCHOR = "s"
_TOP_HEADING = re.compile(rf'<h2 id="(?P<id>{ANCHOR}-\d+)">(?P<text>.+?)</h2>')
_TAG = re.compile(r"<[^>]*>")
_EAGER_IMAGE = re.compile(r"<img (?![^>]*\bloading=)")


def article_page(manuscript: Manuscript, settings: WebsiteSettings, pictures: Pictures) -> bytes:
    """The page. Outside a database it stands alone: no link to a place that isn't there."""
    frame = _frame(manuscript, pictures)
    body = to_html(
        manuscript.content.body,
        image_url=pictures.path,
        image_size=pictures.size,
        footnote_prefix="f",
        heading_id=ANCHOR,
    )
    column = manuscript.imprint.column
    return page(
        "channels/website/article.html",
        frame,
        **view(manuscript),
        summary=one_line(manuscript.content.summary),
        body=Markup(_unhurried(body.strip())),  # noqa: S704 (sanitised by to_html)
        contents=_contents(body) if settings.contents else [],
        column=Crumb(one_line(column.name) or column.slug, paths.column(column.slug)),
        social=_social(manuscript, frame, pictures),
        linked_data=_linked_data(manuscript, frame, pictures),
    )


def _unhurried(body: str) -> str:
    """Pictures load when they come near. A `<` in a text or an attribute is escaped, so this meets the tags alone."""
    return _EAGER_IMAGE.sub('<img loading="lazy" decoding="async" ', body)


def _frame(manuscript: Manuscript, pictures: Pictures) -> Frame:
    content, imprint = manuscript.content, manuscript.imprint
    tags = (*site_tags(imprint.site), *column_tags(imprint.column), *_article_tags(manuscript, pictures))
    if imprint.id is None:
        return Frame(imprint.site, content.title, tags, None)
    feeds = (
        site_feed(imprint.site),
        column_feed(imprint.site, imprint.column),
        form_feed(imprint.site, content.form),
    )
    crumbs = (Crumb(one_line(imprint.column.name) or imprint.column.slug, paths.column(imprint.column.slug)),)
    return Frame(imprint.site, content.title, tags, paths.article(manuscript), crumbs, feeds)


def _article_tags(manuscript: Manuscript, pictures: Pictures) -> Tags:
    """The article's level. What needs a public address is left out where there is none."""
    imprint = manuscript.imprint
    return filled(
        ("ArticleTitle", manuscript.content.title),
        ("PubDate", minute(manuscript.pub_date, imprint.zone)),
        ("ContentSource", source_of(manuscript)),
        ("Keywords", ",".join(keywords_of(manuscript))),
        ("Author", imprint.office),
        ("Description", description_of(manuscript)),
        ("Image", _image_address(manuscript, pictures)),
        ("Url", _address(manuscript)),
    )


def _address(manuscript: Manuscript) -> str:
    if manuscript.imprint.id is None:
        return ""
    return paths.address(manuscript.imprint.site, paths.article(manuscript))


def _image_address(manuscript: Manuscript, pictures: Pictures) -> str:
    first = next(iter(pictures.shown), None)
    address = _address(manuscript)
    return address + (pictures.path(first) or "") if first is not None and address else ""


def _contents(body: str) -> list[dict[str, Markup]]:
    """The body's top headings with the ids they have on the page; the text is what the page shows, without its tags."""
    return [
        {"anchor": Markup(found["id"]), "text": Markup(_TAG.sub("", found["text"]))}  # noqa: S704 (from to_html)
        for found in _TOP_HEADING.finditer(body)
    ]


def _social(manuscript: Manuscript, frame: Frame, pictures: Pictures) -> Tags:
    """Open Graph, for the card that a shared link becomes."""
    imprint = manuscript.imprint
    return filled(
        ("og:type", "article"),
        ("og:title", frame.title),
        ("og:description", description_of(manuscript)),
        ("og:site_name", imprint.site.name),
        ("og:locale", imprint.site.language.replace("-", "_")),
        ("og:url", _address(manuscript)),
        ("og:image", _image_address(manuscript, pictures)),
        ("article:published_time", machine(manuscript.pub_date, imprint.zone)),
        ("article:modified_time", machine(manuscript.revised, imprint.zone) if imprint.correction else ""),
    )


def _linked_data(manuscript: Manuscript, frame: Frame, pictures: Pictures) -> dict[str, Any]:
    """schema.org Article, with the policies it is about."""
    content, imprint = manuscript.content, manuscript.imprint
    office = {"@type": "GovernmentOrganization", "name": one_line(imprint.office) or source_of(manuscript)}
    published = machine(manuscript.pub_date, imprint.zone)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": one_line(frame.title),
        "description": description_of(manuscript),
        "inLanguage": imprint.site.language,
        "datePublished": published,
        "dateModified": machine(manuscript.revised, imprint.zone),
        "author": office,
        "publisher": office,
        "keywords": list(keywords_of(manuscript)),
        "about": [
            {"@type": "Legislation", "name": one_line(p.title), "legislationIdentifier": one_line(p.number)}
            for p in content.policies
        ],
        "mainEntityOfPage": _address(manuscript),
        "image": _image_address(manuscript, pictures),
    }
    return {name: value for name, value in data.items() if value}
