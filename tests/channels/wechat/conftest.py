"""Invented manuscripts for an official account, small and in official Chinese, to be varied by each test."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image as Pictures

from channels.manuscript import (
    Content,
    Form,
    Image,
    Imprint,
    InterpreterRef,
    KeyPoint,
    LivestreamRef,
    Manuscript,
    PolicyRef,
    Question,
    Validity,
)
from channels.wechat import CHANNEL
from channels.wechat.settings import WechatSettings
from tests.wechat_platform.fixtures import far, platform

__all__ = ["far", "platform"]

Make = Callable[..., Manuscript]
BODY = """\
为方便居民就近借阅，区文化和旅游局制定了《办法》，[全文](https://library.example.gov.cn/guize.html)可在线查阅。

## 一、怎么借

1. **办证**：持身份证到任一分馆。
   - 老年人可以由家属代办
     - 代办需带双方证件
2. **借书**：每证可借*五册*，期限三十日[^1]。

> 原文：“通借通还，不收押金。”
>
> - 图书可在任一分馆归还

## 二、各馆时间

| 分馆 | 电话 | 座位（个） |
| --- | --- | ---: |
| 桐荫馆 | 028-55500701 | 120 |
| 荷堰馆 | 028-55500702 | 86 |

### （一）周末开放

周末照常开放，~~周一闭馆~~周二闭馆。预约见[图文](https://mp.weixin.qq.com/s/abcDEF)。

![新馆外观](photo.png "桐荫馆")

[^1]: 可以续借一次。
"""


def picture(name: str = "photo.png", kind: str = "PNG", size: tuple[int, int] = (48, 32)) -> Image:
    """A small readable picture."""
    buffer = io.BytesIO()
    Pictures.new("RGB", size, (179, 38, 30)).save(buffer, kind)
    data = buffer.getvalue()
    return Image(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        media_type=f"image/{kind.lower()}",
        width=size[0],
        height=size[1],
        data=data,
    )


LIBRARY = {
    "title": "《锦溪区公共图书馆通借通还办法》政策解读",
    "summary": "2027年1月起，全区公共图书馆实行通借通还，不收押金。",
    "body": BODY,
    "source": "锦溪区文化和旅游局",
    "policies": (
        PolicyRef(
            title="锦溪区公共图书馆通借通还办法",
            number="锦溪府办发〔2026〕31号",
            issuer="锦溪区人民政府办公室",
            signed=date(2026, 12, 1),
            effective=date(2027, 1, 1),
            validity=Validity.NOT_YET,
            url="https://jinxi.example.gov.cn/wenjian/2026-31/",
        ),
    ),
    "interpreters": (
        InterpreterRef(name="舒展卷", role="科长", office="锦溪区文化和旅游局公共服务科", phone="028-55500700"),
    ),
    "key_points": (KeyPoint(heading="一证通行", text="一张证在全区分馆都能用。"), KeyPoint(heading="免收押金")),
    "images": (picture(),),
}
ASKED = {
    "title": "锦溪区居民关心的停车收费问题答问",
    "form": Form.QA,
    "questions": (
        Question(q="夜间停车收费吗？", a="每日20时至次日8时免费。\n法定节假日全天免费。"),
        Question(q="“首半小时”怎么算？", a="30分钟以内免费。"),
    ),
    "livestream": LivestreamRef(
        topic="停车收费怎么调整",
        starts=datetime(2027, 3, 9, 15, 0, tzinfo=ZoneInfo("Asia/Shanghai")),
        ends=datetime(2027, 3, 9, 16, 0, tzinfo=ZoneInfo("Asia/Shanghai")),
        platform="微信视频号",
        room="https://live.example.gov.cn/room/309",
        host="言清和",
        guests=("路问津",),
    ),
}


def manuscript(content: dict[str, Any], **imprint: Any) -> Manuscript:
    """The content where it stands in the invented office."""
    stand = {"id": 7, "office": "锦溪区人民政府办公室", "published": datetime(2026, 12, 3, 1, 0, tzinfo=UTC)}
    return Manuscript(content=Content(**content), imprint=Imprint(**{**stand, **imprint}))


@pytest.fixture
def make() -> Make:
    """Builds the library's manuscript with the content's fields changed."""
    return lambda **changes: manuscript({**LIBRARY, **changes})


@pytest.fixture
def article() -> Callable[..., str]:
    """The article's HTML of a manuscript that has a title and the fields given."""

    def build(**content: Any) -> str:
        made = CHANNEL.render(manuscript({"title": "标题", **content}), WechatSettings())
        return made.file("article.html").data.decode()

    return build
