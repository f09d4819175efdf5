"""Plain requests to the simulated platform, as its documentation writes them; nothing of ours in between."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
from PIL import Image

from tests.wechat_platform import APPID, SECRET, Far


@cache
def image(form: str = "PNG", size: tuple[int, int] = (900, 383), *, noise: bool = False) -> bytes:
    """A picture; with `noise` one that hardly packs."""
    out = io.BytesIO()
    (Image.effect_noise(size, 90) if noise else Image.new("RGB", size, (179, 38, 30))).save(out, form)
    return out.getvalue()


@dataclass
class Caller:
    """Calls the platform with one token."""

    far: Far
    token: str = ""

    def __post_init__(self) -> None:
        self.token = self.token or self.stable_token()["access_token"]

    def stable_token(self, **changes: Any) -> dict[str, Any]:
        asked = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET, **changes}
        return self._json(self.far.http.post(f"{self.far.base}/cgi-bin/stable_token", json=asked))

    def call(self, name: str, **data: Any) -> dict[str, Any]:
        return self.raw(name, json.dumps(data, ensure_ascii=False).encode())

    def raw(self, name: str, body: bytes) -> dict[str, Any]:
        return self._json(self.far.http.post(self._url(name), content=body))

    def uploadimg(self, data: bytes) -> dict[str, Any]:
        return self._json(self.far.http.post(self._url("media/uploadimg"), files={"media": ("a.png", data)}))

    def cover(self, data: bytes | None = None, name: str = "cover.png") -> dict[str, Any]:
        url = self._url("material/add_material") + "&type=image"
        return self._json(self.far.http.post(url, files={"media": (name, data or image())}))

    def article(self, **changes: Any) -> dict[str, Any]:
        made = {"article_type": "news", "title": "标题", "content": "<p>正文。</p>", **changes}
        return {"thumb_media_id": self.cover()["media_id"], **made} if "thumb_media_id" not in made else made

    def draft(self, **changes: Any) -> str:
        return str(self.call("draft/add", articles=[self.article(**changes)])["media_id"])

    def published(self, **changes: Any) -> dict[str, Any]:
        done = self.call("freepublish/submit", media_id=self.draft(**changes))
        return self.call("freepublish/get", publish_id=done["publish_id"])

    def _url(self, name: str) -> str:
        return f"{self.far.base}/cgi-bin/{name}?access_token={self.token}"

    @staticmethod
    def _json(response: httpx.Response) -> dict[str, Any]:
        answer: dict[str, Any] = response.json()
        return answer
