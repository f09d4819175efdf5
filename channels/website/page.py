"""The article page: one self-contained HTML file with the government page tags."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

from channels.manuscript import Manuscript
from channels.short_links import address_in
from channels.site import linked, paths
from channels.site.characters import one_line
from channels.site.share import PATH as SHARE_CARD
from channels.site.share import Card
from channels.site.shell import Crumb, Frame, column_feed, form_feed, page, site_feed
from channels.site.social import social_tags
from channels.site.tags import Tags, column_tags, filled, site_tags
from channels.site.times import machine, minute
from channels.text.markdown import to_html
from channels.website.pictures import Pictures
from channels.website.settings import WebsiteSettings
from channels.website.view import description_of, keywords_of, source_of, view

# The prefix of the ids of the body's headings and footnotes.
ANCHOR = "s"
# Pieces in a column of this ColumnType (政府网站发展指引, 国办发〔2017〕47号) tell how to get something done.
SERVICE_COLUMN = "办事服务"
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
        social=_social(manuscript, frame),
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
    short = address_in(manuscript, "")
    return Frame(imprint.site, content.title, tags, paths.article(manuscript), crumbs, feeds, short=short)


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
    """The body's first picture, else the share card."""
    first = next(iter(pictures.shown), None)
    address = _address(manuscript)
    return address and address + ((pictures.path(first) or "") if first is not None else SHARE_CARD)


def _contents(body: str) -> list[dict[str, Markup]]:
    """The body's top headings with the ids they have on the page; the text is what the page shows, without its tags."""
    return [
        {"anchor": Markup(found["id"]), "text": Markup(_TAG.sub("", found["text"]))}  # noqa: S704 (from to_html)
        for found in _TOP_HEADING.finditer(body)
    ]


def _social(manuscript: Manuscript, frame: Frame) -> Tags:
    """Open Graph, for the card that a shared link becomes."""
    imprint = manuscript.imprint
    address = _address(manuscript)
    return (
        *social_tags(
            imprint.site,
            title=frame.title,
            description=description_of(manuscript),
            address=address,
            image=address and address + SHARE_CARD,
            alt=card_of(manuscript).alt,
            kind="article",
        ),
        *filled(
            ("article:published_time", machine(manuscript.pub_date, imprint.zone)),
            ("article:modified_time", machine(manuscript.revised, imprint.zone) if imprint.correction else ""),
        ),
    )


def card_of(manuscript: Manuscript) -> Card:
    """What the card of a shared link says."""
    content, imprint = manuscript.content, manuscript.imprint
    return Card(
        label=f"{one_line(imprint.column.name)}·{content.form.label}",
        title=one_line(content.title),
        below=source_of(manuscript),
        site=one_line(imprint.site.name),
    )


def _linked_data(manuscript: Manuscript, frame: Frame, pictures: Pictures) -> dict[str, Any]:
    """The article, the way to it, and what it answers, offers and announces."""
    content, imprint = manuscript.content, manuscript.imprint
    seen = view(manuscript)
    stream = content.livestream
    return linked.graph(
        _article(manuscript, frame, pictures),
        linked.breadcrumbs(frame.site, frame.steps),
        linked.questions((question["q"], question["lines"]) for question in seen["questions"]),
        _service(manuscript) if one_line(imprint.column.type) == SERVICE_COLUMN else None,
        linked.event(
            stream,
            imprint.zone,
            url=_address(manuscript),
            image="",
            description=description_of(manuscript),
            organizer=seen["office"] or seen["source"],
        )
        if stream and seen["livestream"]["facts"]
        else None,
    )


def _article(manuscript: Manuscript, frame: Frame, pictures: Pictures) -> linked.Thing:
    content, imprint = manuscript.content, manuscript.imprint
    office = linked.office(imprint.office or source_of(manuscript))
    return linked.told(
        kind="Article",
        headline=one_line(frame.title),
        description=description_of(manuscript),
        inLanguage=imprint.site.language,
        datePublished=machine(manuscript.pub_date, imprint.zone),
        dateModified=machine(manuscript.revised, imprint.zone),
        author=office,
        publisher=office,
        keywords=list(keywords_of(manuscript)),
        about=[
            linked.told(kind="Legislation", name=one_line(p.title), legislationIdentifier=one_line(p.number))
            for p in content.policies
        ],
        mainEntityOfPage=_address(manuscript),
        image=_image_address(manuscript, pictures),
    )


def _service(manuscript: Manuscript) -> linked.Thing:
    people = view(manuscript)["interpreters"]
    return linked.service(
        manuscript.imprint.site,
        name=one_line(manuscript.content.title),
        description=description_of(manuscript),
        provider=manuscript.imprint.office or source_of(manuscript),
        phones=[person["phone"] for person in people if person["phone"]],
    )
