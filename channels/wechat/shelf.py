"""What stands at the platform already: our drafts, what is published, pictures in the library. Questions only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from channels.wechat.client import Client
from channels.wechat.refusals import UNKNOWN_MEDIA, Refusal

PAGE = 20
# As far back as is looked: what was sent a moment ago stands at the front.
_DEEPEST = 100


@dataclass(frozen=True)
class Standing:
    """A published article: its publication, its place in it from 1, and the article."""

    article_id: str
    index: int
    article: dict[str, Any]

    @property
    def url(self) -> str:
        """Its address."""
        return str(self.article.get("url", ""))

    @property
    def deleted(self) -> bool:
        """Whether it was deleted and is still listed."""
        return bool(self.article.get("is_deleted"))


@dataclass(frozen=True)
class Shelf:
    """One account's drafts, publications and pictures."""

    client: Client

    def drafts(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The newest drafts: id and first article."""
        for item in self._pages("draft/batchget", no_content=0):
            articles = item.get("content", {}).get("news_item", [])
            if articles:
                yield str(item["media_id"]), articles[0]

    def has_draft(self, media_id: str) -> bool:
        """Whether the draft is there; it is not when it was deleted, nor when it was published."""
        try:
            self.client.call("draft/get", media_id=media_id)
        except Refusal as refusal:
            if refusal.errcode == UNKNOWN_MEDIA:
                return False
            raise
        return True

    def published(self) -> Iterator[Standing]:
        """The newest published articles that were not deleted."""
        return (standing for standing in self.listed() if not standing.deleted)

    def listed(self) -> Iterator[Standing]:
        """The newest published articles, deleted ones among them."""
        for item in self._pages("freepublish/batchget", no_content=0):
            for index, article in enumerate(item.get("content", {}).get("news_item", []), 1):
                yield Standing(str(item["article_id"]), index, article)

    def picture(self, name: str) -> str:
        """The media id of a picture in the library by its file's name; "" when it is not among the newest."""
        found = self._pages("material/batchget_material", type="image")
        return next((str(item["media_id"]) for item in found if item.get("name") == name), "")

    def _pages(self, call: str, **how: Any) -> Iterator[dict[str, Any]]:
        for offset in range(0, _DEEPEST, PAGE):
            page = self.client.call(call, offset=offset, count=PAGE, **how)
            items = page.get("item") or []
            yield from items
            if offset + len(items) >= page.get("total_count", 0) or not items:
                return
