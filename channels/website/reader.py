"""The article as a program that reads feeds shows it: the very entry of the feed, in a neutral frame."""

from __future__ import annotations

from markupsafe import Markup

from channels.items import Item
from channels.manuscript import Manuscript
from channels.site import paths
from channels.site.characters import one_line
from channels.site.times import minute
from channels.templating import environment


def reader_page(item: Item, manuscript: Manuscript) -> bytes:
    """The page. Pictures are taken from beside it, since the site's are not there yet."""
    imprint = manuscript.imprint
    here = paths.address(imprint.site, item.place)
    shown = item.html.replace(f'src="{here}', 'src="')
    page = environment().get_template("channels/website/reader.html")
    told = {
        "feed": one_line(imprint.site.name),
        "title": one_line(item.title),
        "summary": one_line(item.summary),
        "author": one_line(item.author),
        "time": minute(item.published, imprint.zone),
        "changed": minute(item.updated, imprint.zone) if item.updated != item.published else "",
        "keywords": item.keywords,
        # The entry's content is cleaned where it is made.
        "content": Markup(shown),  # noqa: S704
    }
    return page.render(told).encode()
