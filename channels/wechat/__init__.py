"""WeChat official account: an article whose preview, copy and archive are one and the same HTML."""

from __future__ import annotations

import json
from collections.abc import Sequence

from channels.base import Artefact, File, Finding, Receipt, VariantField
from channels.folder import find_in_folder, probe_folder, replace_in_folder, retract_from_folder, send_to_folder
from channels.manuscript import Manuscript, Withdrawal
from channels.packing import zip_of
from channels.wechat.article import Article, write_article
from channels.wechat.checks import check_wechat
from channels.wechat.covers import cover_alt, square_cover, wide_cover
from channels.wechat.masthead import DIGEST, DRAFT, TITLE, collapsed, derived_digest, derived_title
from channels.wechat.preview import fields, preview_page
from channels.wechat.settings import WechatSettings
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

    def probe(self, settings: WechatSettings) -> Sequence[Finding]:
        """Whether the account's folder can be written."""
        return probe_folder(settings)

    def send(self, artefact: Artefact, settings: WechatSettings, key: str) -> Receipt:
        """Into the account's folder; raises NeedsHand without one, else as `channels.folder.send_to_folder`."""
        return send_to_folder(artefact, settings, key)

    def find(self, key: str, artefact: Artefact, settings: WechatSettings) -> Receipt | None:
        """The receipt of a package that is there whole, else None."""
        return find_in_folder(artefact, settings, key)

    def retract(self, receipt: Receipt, withdrawal: Withdrawal, settings: WechatSettings, key: str) -> Receipt:
        """Out of the folder, as `channels.folder.retract_from_folder`."""
        where = Words("公众平台的“发表记录”", "the platform's list of publications")
        return retract_from_folder(receipt, withdrawal, settings, key, where)

    def replace(self, artefact: Artefact, earlier: Receipt, settings: WechatSettings, key: str) -> Receipt:
        """The corrected package in the place of the earlier, as `channels.folder.replace_in_folder`."""
        return replace_in_folder(artefact, earlier, settings, key)


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
