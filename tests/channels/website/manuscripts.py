"""Invented manuscripts for the website's tests."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, date, datetime
from typing import Any

from PIL import Image as Picture

from channels.manuscript import (
    ColumnInfo,
    Content,
    Correction,
    Form,
    Image,
    Imprint,
    InterpreterRef,
    KeyPoint,
    LivestreamRef,
    Manuscript,
    PolicyRef,
    Question,
    SiteInfo,
    Validity,
)

SITE = SiteInfo(
    name="锦溪区人民政府门户网站",
    domain="www.jinxi.example",
    id_code="5199990001",
    base_url="https://www.jinxi.example/",
    contact="主办：锦溪区人民政府",
)
IMPRINT = Imprint(
    id=12,
    office="锦溪区发展和改革局",
    published=datetime(2026, 11, 20, 1, 30, tzinfo=UTC),
    site=SITE,
    column=ColumnInfo(),
)
CORRECTION = Correction(at=datetime(2026, 11, 25, 2, 0, tzinfo=UTC), reason="第三档水价原写为6.0元，应为6.2元。")
SECOND = Correction(
    at=datetime(2026, 11, 27, 8, 30, tzinfo=UTC), reason="咨询电话原写为028-55500120，应为028-55500121。", number=2
)
BODY = """\
自2026年12月1日起，锦溪区居民用水实行新的阶梯价格。[^1]

## 一、为什么调整

上一次定价在2015年。详见[供水网](https://water.example.cn/价格?a=1&b=2)。

### （一）成本变化

![三档水价柱状图](water.png)

## 二、价格是多少

| 档次 | 年用水量 | 单价 |
| --- | --- | ---: |
| 第一档 | 180 立方米以内 | 2.9 元 |
| 第二档 | 181—260 立方米 | 4.1 元 |

## 三、什么时候执行

1. 12月1日起抄见的水量按新价计算。
2. 之前的按原价。

[^1]: 合表用户除外。
"""


def picture(name: str = "water.png", size: tuple[int, int] = (640, 360)) -> Image:
    """A small real picture."""
    buffer = io.BytesIO()
    Picture.new("RGB", size, (31, 95, 168)).save(buffer, "PNG")
    data = buffer.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    return Image(name=name, sha256=digest, media_type="image/png", width=size[0], height=size[1], data=data)


def content(**changes: Any) -> Content:
    """An interpretation that has everything."""
    facts: dict[str, Any] = {
        "title": "锦溪区居民阶梯水价政策解读",
        "summary": "自12月1日起居民用水分两档计价，九成家庭的支出不变。",
        "body": BODY,
        "form": Form.TEXT,
        "column": "政策解读",
        "source": "锦溪区发展和改革局",
        "keywords": ("水价", "民生"),
        "policies": (
            PolicyRef(
                id=7,
                title="锦溪区居民用水阶梯价格办法",
                number="锦溪府发〔2026〕7号",
                issuer="锦溪区人民政府",
                signed=date(2026, 10, 20),
                effective=date(2026, 12, 1),
                validity=Validity.NOT_YET,
                url="https://www.jinxi.example/wenjian/7.html",
            ),
        ),
        "interpreters": (
            InterpreterRef(name="水长清", role="科长", office="锦溪区发展和改革局价格科", phone="028-55500166"),
        ),
        "key_points": (KeyPoint(heading="谁受影响", text="年用水超过180立方米的家庭。"), KeyPoint(heading="怎么缴费")),
        "questions": (Question(q="人口多的家庭怎么办？", a="五人以上可以申请增加基数。\n凭户口簿办理。"),),
        "livestream": LivestreamRef(
            topic="水价怎么算",
            starts=datetime(2026, 12, 3, 7, 0, tzinfo=UTC),
            ends=datetime(2026, 12, 3, 8, 0, tzinfo=UTC),
            platform="云上锦溪",
            room="https://live.example.cn/room/7",
            host="钟晓",
            guests=("水长清",),
        ),
        "images": (picture(),),
    }
    return Content(**(facts | changes))


def manuscript(imprint: Imprint = IMPRINT, **changes: Any) -> Manuscript:
    """The interpretation in its place on the site."""
    return Manuscript(content=content(**changes), imprint=imprint)
