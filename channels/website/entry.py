"""The article as lists and feeds show it: its full content with every address absolute."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin

import nh3
from markupsafe import Markup

from channels.items import Item, ItemImage
from channels.manuscript import Manuscript
from channels.site import paths
from channels.site.characters import legal
from channels.templating import environment
from channels.text.markdown import to_html
from channels.website.pictures import Pictures
from channels.website.view import description_of, keywords_of, source_of, view

# Less than a page may have: the elements and attributes that feed readers and the W3C validator let pass.
_BLOCKS = {"blockquote", "figcaption", "figure", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"}
_TABLES = {"table", "tbody", "td", "th", "thead", "tr"}
_TAGS = _BLOCKS | _TABLES | {"a", "br", "code", "em", "img", "s", "strong", "sup"}
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt", "width", "height"}, "ol": {"start"}}
_HREF = re.compile(r'(<a href=")([^"]*)(")')


def item_of(manuscript: Manuscript, pictures: Pictures) -> Item:
    """The item; stored when the article is published."""
    content, imprint = manuscript.content, manuscript.imprint
    place = paths.article(manuscript)
    told = view(manuscript)
    return Item(
        identity=manuscript.identity,
        place=place,
        title=told["title"],
        summary=description_of(manuscript),
        html=_content(manuscript, pictures, place),
        published=manuscript.pub_date,
        updated=manuscript.revised,
        author=source_of(manuscript),
        form=content.form,
        column=imprint.column.name,
        area=content.area,
        keywords=keywords_of(manuscript),
        policies=content.policies,
        image=_image(pictures, place),
        livestream=content.livestream,
        correction=imprint.correction,
        interpreters=content.interpreters,
        sequence=manuscript.sequence,
    )


def _content(manuscript: Manuscript, pictures: Pictures, place: str) -> str:
    site = manuscript.imprint.site
    page = paths.address(site, place)

    def picture(name: str) -> str | None:
        path = pictures.path(name)
        return page + path if path else None

    told = view(manuscript)
    policies = [
        {
            "title": p.title,
            "address": paths.address(site, p.place) if p.place else p.original,
            "facts": p.facts,
            "validity": p.validity,
        }
        for p in told["policies"]
    ]
    body = to_html(manuscript.content.body, image_url=picture, image_size=pictures.size, footnote_prefix="f")
    made = (
        environment()
        .get_template("channels/website/content.html")
        .render(
            {
                **told,
                "policies": policies,
                "body": Markup(body),  # noqa: S704 (sanitised by to_html)
            }
        )
    )
    cleaned = nh3.clean(legal(made), tags=_TAGS, attributes=_ATTRIBUTES, link_rel=None)
    return _HREF.sub(lambda found: found[1] + _absolute(page, found[2]) + found[3], cleaned)


def _absolute(page: str, href: str) -> str:
    """The link's address seen from the page. A note's mark leads to the page, where its target is."""
    try:
        return html.escape(paths.uri(urljoin(page, html.unescape(href))))
    except ValueError:
        return html.escape(page)


def _image(pictures: Pictures, place: str) -> ItemImage | None:
    file = next(iter(pictures.files()), None)
    if file is None:
        return None
    return ItemImage(path=place + file.path, media_type=file.media_type, size=len(file.data), alt=file.alt)
