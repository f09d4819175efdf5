"""An invented site with columns, policies and items."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from channels.items import Item, ItemImage
from channels.manuscript import ColumnInfo, Correction, Form, PolicyRef, SiteInfo, Validity

AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
SITE = SiteInfo(
    name="锦溪区人民政府",
    domain="jinxi.example.gov.cn",
    id_code="5101990001",
    base_url="https://jinxi.example.gov.cn/",
    contact="锦溪区人民政府办公室主办",
)
COLUMNS = (
    ColumnInfo(),
    ColumnInfo(name="回应关切", slug="huiying", description="对群众关心问题的回应。", type="回应关切"),
)
POLICIES = (
    PolicyRef(
        id=7,
        title="锦溪区老年助餐服务补贴办法",
        number="锦溪府办发〔2026〕18号",
        issuer="锦溪区人民政府办公室",
        signed=date(2026, 10, 12),
        effective=date(2026, 11, 1),
        url="https://jinxi.example.gov.cn/文件/18",
    ),
    PolicyRef(id=8, title="锦溪区农机购置补贴实施细则", validity=Validity.AMENDED),
    PolicyRef(id=9, title="锦溪区入学工作办法", validity=Validity.NOT_YET),
)


def item(number: int, **changes: object) -> Item:
    """The item `i<number>`, one hour older for each number."""
    published = AT - timedelta(hours=number)
    facts: dict[str, object] = {
        "identity": f"i{number}",
        "place": f"i/{number}/",
        "title": f"助餐补贴怎么领（{number}）",
        "summary": "每餐补贴二元至六元，结账时直接抵扣。",
        "html": f"<p>第{number}篇：带身份证到社区登记。</p>",
        "published": published,
        "updated": published,
        "author": "锦溪区民政局",
        "form": list(Form)[number % len(Form)],
        "column": "政策解读",
        "keywords": ("老年助餐", "补贴"),
        "policies": (POLICIES[number % 3],),
    }
    return Item.model_validate(facts | changes)


def pictured(number: int) -> Item:
    """An item with a picture, corrected two days later."""
    image = ItemImage(path=f"i/{number}/images/a.png", media_type="image/png", size=2048, alt="补贴流程图")
    correction = Correction(at=AT + timedelta(days=2), reason="补贴标准写错")
    return item(number, image=image, correction=correction, updated=correction.at)
