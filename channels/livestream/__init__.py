"""The livestream channel (直播预告): announcement page, text, poster, calendar event and feed entry."""

from __future__ import annotations

from collections.abc import Sequence

from channels.base import Artefact, File, Finding, VariantField
from channels.items import Item, ItemImage
from channels.livestream.announcement import (
    KEY,
    Announcement,
    announce,
    announcement_text,
    headline,
    identity_of,
    place_of,
)
from channels.livestream.checks import check_livestream
from channels.livestream.event import event
from channels.livestream.page import card_of, content_html, headline_of, page_file
from channels.livestream.poster import poster, poster_alt, qr_target
from channels.livestream.settings import LivestreamSettings
from channels.manuscript import Form, LivestreamRef, Manuscript
from channels.packing import zip_of
from channels.site.characters import legal
from channels.site.entries import entry_document
from channels.site.share import share_card
from channels.text import deriving
from channels.text.checks import common_findings
from channels.words import Words


class Livestream:
    """Announces the manuscript's livestream; a place `live/<id>/` on the public site."""

    key = KEY
    name = Words("直播预告", "Livestream announcement")
    Settings = LivestreamSettings
    varied = (
        VariantField("summary", Words("页面导语", "Introduction"), deriving.summary),
        VariantField("key_points", Words("直播看点", "What it is about"), deriving.key_points),
    )

    def check(self, manuscript: Manuscript, settings: LivestreamSettings) -> Sequence[Finding]:  # noqa: ARG002 (the protocol)
        """LIV-100 alone for a manuscript without livestream, which is skipped; else LIV-101 and up, then what all
        channels say.
        """
        findings = check_livestream(manuscript)
        return (
            findings
            if manuscript.content.livestream is None
            else [*findings, *common_findings(manuscript, images=False)]
        )

    def render(self, manuscript: Manuscript, settings: LivestreamSettings) -> Artefact:
        """Page, poster, text, event and feed entry, and an archive of what a person posts by hand."""
        stream, told = _told(manuscript)
        picture = _poster(told, settings)
        item = _item(manuscript, told, stream, picture)
        text = File("announcement.txt", _utf8(announcement_text(told)), "text/plain; charset=utf-8")
        calendar = File("event.ics", event(told, stream, manuscript, settings), "text/calendar; charset=utf-8")
        archive = zip_of((file.path, file.data) for file in (picture, text, calendar))
        files = (
            page_file(manuscript, stream, told, picture),
            picture,
            text,
            calendar,
            File("item.atom", entry_document(manuscript.imprint.site, item), "application/atom+xml"),
            File("livestream.zip", archive, "application/zip"),
            *(() if manuscript.imprint.id is None else (share_card(card_of(manuscript, told)),)),
        )
        return Artefact(self.key, files, entry="index.html", texts=_texts(told))

    def item(self, manuscript: Manuscript, settings: LivestreamSettings) -> Item:
        """The announcement in lists and feeds."""
        stream, told = _told(manuscript)
        return _item(manuscript, told, stream, _poster(told, settings))


def _told(manuscript: Manuscript) -> tuple[LivestreamRef, Announcement]:
    stream = manuscript.content.livestream
    if stream is None:
        raise ValueError("no livestream: check() skips such a manuscript")
    return stream, announce(manuscript, stream)


def _poster(told: Announcement, settings: LivestreamSettings) -> File:
    alt = legal(poster_alt(told, qr_target(told, settings)))
    return File("poster.png", poster(told, settings), "image/png", alt)


def _item(manuscript: Manuscript, told: Announcement, stream: LivestreamRef, picture: File) -> Item:
    content, imprint = manuscript.content, manuscript.imprint
    place = place_of(manuscript)
    return Item(
        identity=identity_of(manuscript),
        place=place,
        title=headline_of(told),
        summary=f"{told.when}，{told.platform}。" if told.platform else f"{told.when}。",
        html=content_html(manuscript, stream, told, picture),
        published=manuscript.pub_date,
        updated=manuscript.revised,
        author=told.signature,
        form=Form.LIVESTREAM,
        column=imprint.column.name,
        area=content.area,
        keywords=content.keywords,
        policies=content.policies,
        image=ItemImage(
            path=f"{place}{picture.path}", media_type=picture.media_type, size=len(picture.data), alt=picture.alt
        ),
        livestream=stream,
        calendar=f"{place}event.ics",
        correction=imprint.correction,
        interpreters=content.interpreters,
        sequence=manuscript.sequence,
    )


def _image(place: str, picture: File) -> ItemImage:
    return ItemImage(path=place + picture.path, media_type=picture.media_type, size=len(picture.data), alt=picture.alt)


def _texts(told: Announcement) -> tuple[tuple[str, str], ...]:
    texts = (
        ("标题", headline(told)),
        ("预告文字", announcement_text(told)),
        ("预告页面", told.page_url),
        ("观看地址", told.room_url),
    )
    return tuple((label, legal(text)) for label, text in texts if text)


def _utf8(text: str) -> bytes:
    return legal(text).encode()


CHANNEL = Livestream()
