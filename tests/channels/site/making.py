"""Invented items for the public site's tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from channels.items import Item, ItemImage
from channels.manuscript import ColumnInfo, Form, PolicyRef, SiteInfo, Validity

SITE = SiteInfo(
    name="锦溪区人民政府门户网站",
    domain="www.jinxi.example",
    id_code="5199990001",
    base_url="https://www.jinxi.example/",
    tag_date=date(2026, 1, 1),
)
COLUMN = ColumnInfo()
OTHER = ColumnInfo(name="回应关切", slug="huiying", description="", keywords="", type="回应关切")
POLICY = PolicyRef(
    id=7,
    title="锦溪区供水价格管理办法",
    number="锦溪府发〔2026〕7号",
    issuer="锦溪区人民政府",
    signed=date(2026, 9, 1),
    effective=date(2026, 10, 1),
    validity=Validity.IN_FORCE,
    url="https://www.jinxi.example/wenjian/7",
)
MORNING = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)


def item(number: int, **changes: Any) -> Item:
    """The `number`th item, an hour after the one before."""
    published = MORNING + timedelta(hours=number)
    facts: dict[str, Any] = {
        "identity": f"i{number}",
        "place": f"i/{number}/",
        "title": f"水价怎么算（{number}）",
        "summary": "居民用水分三档计价。",
        "html": "<p>居民用水分三档计价。</p>",
        "published": published,
        "updated": published,
        "author": "锦溪区发展和改革局",
        "form": Form.QA,
        "column": "政策解读",
        "keywords": ("水价", "民生"),
        "policies": (POLICY,),
    }
    return Item(**(facts | changes))


def picture(path: str = "i/1/images/a.png") -> ItemImage:
    """A picture of an item."""
    return ItemImage(path=path, media_type="image/png", size=1234, alt="水价示意图")
