"""From the approved artefact to the article that the platform is sent: the same HTML, only that pictures have the
platform's addresses.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from channels.base import Artefact, File
from channels.wechat.comparing import marked

# The artefact's short texts, and what the platform calls them.
FIELDS = {"标题": "title", "作者": "author", "摘要": "digest", "原文链接": "content_source_url"}


@dataclass(frozen=True)
class Letter:
    """One artefact, addressed under a key."""

    artefact: Artefact
    key: str

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The article with pictures still under their own paths: what is there is compared with it."""
        texts = {FIELDS[label]: text for label, text in self.artefact.texts if label in FIELDS}
        texts["content_source_url"] = marked(texts.get("content_source_url", ""), self.key)
        content = self.artefact.file("article.html").data.decode()
        return {"article_type": "news", "author": "", "digest": "", **texts, "content": content}

    @cached_property
    def pictures(self) -> tuple[File, ...]:
        """The pictures of the body."""
        return tuple(f for f in self.artefact.files if f.path.startswith("images/"))

    def article(self, addresses: Mapping[str, str], cover: str, crops: Mapping[str, str]) -> dict[str, Any]:
        """The article as it is sent. Comments stay closed: who answers them is for the office to say."""
        content = self.plain["content"]
        for path, address in addresses.items():
            # In the finished HTML every attribute is in double quotes and no text holds one.
            content = content.replace(f'src="{path}"', f'src="{address}"')
        closed = {"need_open_comment": 0, "only_fans_can_comment": 0}
        return {**self.plain, "content": content, "thumb_media_id": cover, **closed, **crops}


def fingerprint(article: Mapping[str, Any]) -> str:
    """Equal for two articles if and only if the platform would be sent the same."""
    return hashlib.sha256(json.dumps(article, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]
