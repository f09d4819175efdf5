"""One manuscript with a livestream, to be varied by each test."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from channels.manuscript import (
    Content,
    Imprint,
    InterpreterRef,
    KeyPoint,
    LivestreamRef,
    Manuscript,
    PolicyRef,
    SiteInfo,
)

CHINA = ZoneInfo("Asia/Shanghai")
Make = Callable[..., Manuscript]


def _stream(**changes: Any) -> LivestreamRef:
    given = {
        "topic": "走进直播间：春耕农资价格怎么稳、质量谁来管",
        "starts": datetime(2027, 3, 9, 15, 0, tzinfo=CHINA),
        "ends": datetime(2027, 3, 9, 16, 30, tzinfo=CHINA),
        "platform": "微信视频号",
        "room": "https://live.example.gov.cn/room/309",
        "host": "言清和",
        "guests": ("田有禾", "路问津"),
    }
    return LivestreamRef(**{**given, **changes})


@pytest.fixture
def make() -> Make:
    """Builds the manuscript; keyword arguments change its livestream, `content` and `imprint` the rest."""

    def build(
        content: dict[str, Any] | None = None, imprint: dict[str, Any] | None = None, **stream: Any
    ) -> Manuscript:
        site = SiteInfo(
            name="锦溪区人民政府门户网站",
            domain="jinxi.example.gov.cn",
            id_code="5199990001",
            base_url="https://jinxi.example.gov.cn/",
        )
        whole = {
            "title": "《锦溪区农资保供稳价工作方案》政策解读",
            "summary": "春耕期间，种子、化肥、农药价格每周公布，发现哄抬价格可以当场举报。",
            "body": "区农业农村局每周一公布农资价格。",
            "source": "锦溪区农业农村局",
            "column": "政策解读",
            "policies": (
                PolicyRef(title="锦溪区农资保供稳价工作方案", number="锦溪府办发〔2027〕3号", signed=date(2027, 2, 20)),
            ),
            "interpreters": (
                InterpreterRef(name="田有禾", role="科长", office="锦溪区农业农村局农机管理科", phone="028-55500143"),
            ),
            "key_points": (KeyPoint(heading="价格每周公布"), KeyPoint(heading="质量随时抽检")),
            "livestream": _stream(**stream),
        }
        stand = {
            "id": 12,
            "office": "锦溪区人民政府办公室",
            "published": datetime(2027, 3, 1, 1, 0, tzinfo=UTC),
            "site": site,
        }
        return Manuscript(
            content=Content(**{**whole, **(content or {})}), imprint=Imprint(**{**stand, **(imprint or {})})
        )

    return build


@pytest.fixture
def golden() -> Callable[[Path, bytes], None]:
    """Compares bytes with a golden file; `UPDATE_GOLDEN=1` writes it anew."""

    def compare(path: Path, data: bytes) -> None:
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        assert data == path.read_bytes()

    return compare
