"""WeChat official account: an article whose preview, copy and archive are one and the same HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from channels.base import Accepted, Allowance, Artefact, File, Finding, Heard, NeedsHand, Receipt, Remark, VariantField
from channels.folder import find_in_folder, probe_folder, replace_in_folder, retract_from_folder, send_to_folder
from channels.manuscript import Manuscript, Withdrawal
from channels.packing import zip_of
from channels.wechat import following
from channels.wechat.article import Article, write_article
from channels.wechat.checks import check_wechat
from channels.wechat.covers import cover_alt, square_cover, wide_cover
from channels.wechat.hearing import hear
from channels.wechat.letter import Letter
from channels.wechat.masthead import DIGEST, DRAFT, TITLE, collapsed, derived_digest, derived_title
from channels.wechat.posting import Posting
from channels.wechat.preview import fields, preview_page
from channels.wechat.probing import client_of, probe_platform
from channels.wechat.refusals import translated
from channels.wechat.settings import WechatSettings
from channels.wechat.shelf import Shelf
from channels.words import Words

_HTML = "text/html; charset=utf-8"


class Wechat:
    """An article with its covers and pictures, as files to paste and as an archive; delivered into a folder."""

    key = "wechat"
    name = Words("微信公众号", "WeChat official account")
    Settings = WechatSettings
    varied = (
        VariantField("title", Words("标题", "Title"), derived_title, TITLE, ground=DRAFT),
        VariantField("summary", Words("摘要", "Digest"), derived_digest, DIGEST, collapsed, DRAFT),
    )
    # A package is there whole or not at all, and looking for it is sure: sends may share their commits.
    batch = 20

    def check(self, manuscript: Manuscript, settings: WechatSettings) -> list[Finding]:
        """The findings all channels share, and the platform's own (WEC-101 to WEC-190). Pure."""
        return check_wechat(manuscript, settings)

    def render(self, manuscript: Manuscript, settings: WechatSettings) -> Artefact:
        """`index.html` (preview and copying), `article.html` (the fragment), covers, pictures, `article.zip`. Pure."""
        article = write_article(manuscript, settings)
        head, alt = article.masthead, cover_alt(article.masthead)
        files = (
            File("article.html", article.html.encode(), _HTML),
            File("cover.png", wide_cover(head, manuscript, settings.theme), "image/png", alt),
            File("cover-square.png", square_cover(head, manuscript, settings.theme), "image/png", alt),
            *(File(path, image.data, image.media_type, alt) for path, image, alt in article.pictures),
        )
        packed = zip_of([*((f.path, f.data) for f in files), ("meta.json", _meta(article))])
        page = File("index.html", preview_page(article).encode(), _HTML)
        return Artefact(
            channel=self.key,
            files=(page, *files, File("article.zip", packed, "application/zip")),
            entry=page.path,
            texts=tuple((label, text) for label, text, _limit in fields(article)),
        )

    def allowances(self, settings: WechatSettings) -> Sequence[Allowance]:
        """The calls of today; none for an account without the interface."""
        if not settings.far or settings.far_end is None or not settings.secret.get_secret_value():
            return ()
        return client_of(settings).allowances()

    def probe(self, settings: WechatSettings) -> Sequence[Finding]:
        """Whether the platform knows us and lets us in; without AppID, whether the account's folder can be written."""
        return probe_platform(settings) if settings.far else probe_folder(settings)

    def send(self, artefact: Artefact, settings: WechatSettings, key: str) -> Receipt | Accepted:
        """Through the interface as `channels.wechat.posting`; without AppID into the account's folder, or NeedsHand."""
        if not settings.far:
            return send_to_folder(artefact, settings, key)
        with translated():
            return _posting(settings, artefact, key).post(publish=settings.after_draft == "publish")

    def find(self, key: str, artefact: Artefact, settings: WechatSettings) -> Receipt | Accepted | None:
        """What the platform has of an earlier try; the receipt of a package that is there whole."""
        if not settings.far:
            return find_in_folder(artefact, settings, key)
        return _posting(settings, artefact, key).look()

    def confirm(self, artefact: Artefact, settings: WechatSettings, key: str) -> Receipt | Accepted:
        """How the platform's task stands; what is out is read back."""
        return following.confirm(_posting(settings, artefact, key))

    def watch(self, receipt: Receipt, settings: WechatSettings, key: str) -> Remark | None:
        """Whether what we published through the interface still stands there."""
        if not settings.far or following.placed(receipt) is None:
            return None
        return following.watch(client_of(settings), key)

    def hear(self, settings: WechatSettings, query: Mapping[str, str], body: bytes) -> Heard | None:
        """Whether an event is the platform's, and of a publication."""
        now = settings.far_end.memory.now() if settings.far_end else datetime.now(UTC)
        return hear(settings.event_token.get_secret_value(), query, body, now)

    def retract(self, receipt: Receipt, withdrawal: Withdrawal, settings: WechatSettings, key: str) -> Receipt:
        """Deleted at the platform, or out of the folder; what a person posted is a person's task."""
        if settings.far and settings.package(receipt) is None:
            with translated():
                return following.retract(Shelf(client_of(settings)), receipt, withdrawal)
        where = Words("公众平台的“发表记录”", "the platform's list of publications")
        return retract_from_folder(receipt, withdrawal, settings, key, where)

    def replace(self, artefact: Artefact, earlier: Receipt, settings: WechatSettings, key: str) -> Receipt | Accepted:
        """The corrected package in the place of the earlier; what is published at the platform a person corrects."""
        if settings.far:
            raise NeedsHand("WEC-351", following.CORRECT_BY_HAND)
        return replace_in_folder(artefact, earlier, settings, key)


def _posting(settings: WechatSettings, artefact: Artefact, key: str) -> Posting:
    client = client_of(settings)
    return Posting(client, Letter(artefact, key), client.far_end.memory.steps(key))


def _meta(article: Article) -> bytes:
    """What a tool that takes up the archive needs beside the files, under the platform's own names."""
    head = article.masthead
    data = {
        "title": head.title,
        "digest": head.digest,
        "author": head.author,
        "content_source_url": article.source_url,
    }
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


CHANNEL = Wechat()
