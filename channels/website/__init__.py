"""The website channel (政府网站): the article page on the public site and its entry in lists and feeds."""

from __future__ import annotations

from collections.abc import Sequence

from channels.base import Artefact, File, Finding, VariantField, View
from channels.items import Item
from channels.manuscript import Manuscript
from channels.site.share import share_card
from channels.site.shell import HTML
from channels.text import deriving
from channels.text.checks import common_findings
from channels.website.checks import website_findings
from channels.website.entry import item_of
from channels.website.page import article_page, card_of
from channels.website.pictures import Pictures
from channels.website.reader import reader_page
from channels.website.settings import WebsiteSettings
from channels.words import Words

# `summary_of` cuts the beginning of a text that stands for a missing summary.
SUMMARY = 120


class Website:
    """An accessible static article page; a place `i/<id>/` on the public site."""

    key = "website"
    name = Words("政府网站", "Public website")
    Settings = WebsiteSettings
    varied = (
        VariantField("title", Words("标题", "Title"), deriving.title),
        VariantField("summary", Words("摘要", "Summary"), lambda content: deriving.digest(content, SUMMARY)),
    )

    def check(self, manuscript: Manuscript, settings: WebsiteSettings) -> Sequence[Finding]:  # noqa: ARG002 (the protocol)
        """What all channels say, then what a government website must have (WEB-101 and up)."""
        return [*common_findings(manuscript), *website_findings(manuscript)]

    def render(self, manuscript: Manuscript, settings: WebsiteSettings) -> Artefact:
        """The page and the body's pictures, linked relatively: the folder works from any host and from a disk. The card
        for shared links only where the page has an address to share.
        """
        pictures = Pictures.of(manuscript.content)
        page = File("index.html", article_page(manuscript, settings, pictures), HTML)
        card = () if manuscript.imprint.id is None else (share_card(card_of(manuscript)),)
        return Artefact(self.key, (page, *pictures.files(), *card), entry=page.path)

    # Readers meet an article on the site and, as an entry, in programs that read feeds.
    first_view = Words("网页", "Page")

    def views(self, manuscript: Manuscript, settings: WebsiteSettings) -> Sequence[View]:
        """The feed's entry, as a program that reads feeds shows it."""
        pictures = Pictures.of(manuscript.content)
        page = File("entry.html", reader_page(self.item(manuscript, settings), manuscript), HTML)
        entry = Artefact(self.key, (page, *pictures.files()), entry=page.path)
        return [View(Words("订阅条目", "Feed entry"), entry)]

    def item(self, manuscript: Manuscript, settings: WebsiteSettings) -> Item:  # noqa: ARG002 (the protocol)
        """The article in lists and feeds."""
        return item_of(manuscript, Pictures.of(manuscript.content))


CHANNEL = Website()
