"""What a request must look like; anything else is refused as the platform refuses it, and a little more strictly."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.wechat_platform.state import Refused

ARTICLE = {
    "article_type": str,
    "title": str,
    "author": str,
    "digest": str,
    "content": str,
    "content_source_url": str,
    "thumb_media_id": str,
    "need_open_comment": int,
    "only_fans_can_comment": int,
    "pic_crop_235_1": str,
    "pic_crop_1_1": str,
}
_CROP = re.compile(r"(?:0|1|0\.\d+)(?:_(?:0|1|0\.\d+)){3}")
_RATIOS = {"pic_crop_235_1": 2.35, "pic_crop_1_1": 1.0}


def read(raw: bytes) -> dict[str, Any]:
    """The JSON object of a request. Chinese as \\u escapes would be stored as they are: here they are refused."""
    try:
        text = raw.decode("utf-8")
        data = json.loads(text)
    except ValueError as error:
        raise Refused(47001, "data format error") from error
    if not isinstance(data, dict) or re.search(r"\\u[0-9a-fA-F]{4}", text):
        raise Refused(47001, "data format error")
    return data


def exactly(data: dict[str, Any], required: dict[str, Any], optional: dict[str, Any] | None = None) -> None:
    """Refuse missing and unknown fields, and values of another type."""
    kinds = {**required, **(optional or {})}
    if required.keys() - data.keys() or data.keys() - kinds.keys():
        raise Refused(47001, f"data format error: {sorted(data.keys() ^ required.keys())}")
    for name, value in data.items():
        if not isinstance(value, kinds[name]) or (isinstance(value, bool) and kinds[name] is not bool):
            raise Refused(47001, f"data format error: {name}")


def article(data: Any, limits: dict[str, int], materials: dict[str, dict[str, Any]]) -> None:
    """Refuse an article of a draft that breaks a rule."""
    if not isinstance(data, dict):
        raise Refused(47001, "data format error: article")
    required = {name: ARTICLE[name] for name in ("title", "content", "thumb_media_id")}
    exactly(data, required, {name: kind for name, kind in ARTICLE.items() if name not in required})
    if data.get("article_type", "news") != "news":
        raise Refused(47001, "data format error: article_type")
    if not data["content"].strip():
        raise Refused(44003, "empty news data")
    _lengths(data, limits)
    if data["thumb_media_id"] not in materials:
        raise Refused(40007, "invalid media_id")
    for name, ratio in _RATIOS.items():
        if data.get(name):
            _crop(data[name], ratio, materials[data["thumb_media_id"]]["size"])


def _lengths(data: dict[str, Any], limits: dict[str, int]) -> None:
    too_long = (
        (45003, "title", len(data["title"]) > limits["title"]),
        (45110, "author", len(data.get("author", "")) > limits["author"]),
        (45004, "digest", len(data.get("digest", "")) > limits["digest"]),
        (45005, "url", len(data.get("content_source_url", "").encode()) > limits["source_url_bytes"]),
        (45002, "content", len(data["content"]) >= limits["content"]),
        (45002, "content", len(data["content"].encode()) >= limits["content_bytes"]),
    )
    if not data["title"].strip():
        raise Refused(45003, "title size out of limit")
    for code, name, over in too_long:
        if over:
            raise Refused(code, f"{name} size out of limit")


def _crop(text: str, ratio: float, size: tuple[int, int]) -> None:
    """`X1_Y1_X2_Y2` in 0..1, and of the picture's pixels a box of the right shape."""
    if not _CROP.fullmatch(text):
        raise Refused(53402, "invalid crop")
    left, top, right, bottom = (float(part) for part in text.split("_"))
    width, height = (right - left) * size[0], (bottom - top) * size[1]
    if width <= 0 or height <= 0 or abs(width / height / ratio - 1) > 0.02:
        raise Refused(53402, "invalid crop")
