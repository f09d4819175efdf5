"""The article is what it was, byte for byte. `UPDATE_GOLDEN=1 pytest` writes the files anew: then read the diff."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from channels.wechat import CHANNEL
from channels.wechat.settings import WechatSettings
from tests.channels.wechat.conftest import ASKED, LIBRARY, manuscript

GOLDEN = Path(__file__).parents[2] / "golden" / "wechat"
SETTINGS = WechatSettings(author="锦溪发布", editor="言清和", disclaimer="以政策文件原文为准。")
CALLOUTS = {
    "title": "入学登记提示",
    "body": "> [!提示]\n> 网上登记**不分先后**。\n>\n> - 户口簿\n> - 房产证明\n\n"
    "1. 先登记\n   > [!注意]\n   > 逾期不补登。\n\n"
    "> [!WARNING]\n> 谨防冒充工作人员收费。\n\n> 原文：免试就近入学。\n>\n> > [!重要]\n> > 以原件为准。\n",
}
PLAIN = {"title": "关于春节期间服务安排的通知解读", "body": "春节期间，政务服务大厅正常办理业务。\n"}


@pytest.mark.parametrize(
    ("name", "content"), [("library", LIBRARY), ("asked", ASKED), ("plain", PLAIN), ("callouts", CALLOUTS)]
)
def test_the_article_is_the_golden_one(name: str, content: dict[str, Any]) -> None:
    html = CHANNEL.render(manuscript(content), SETTINGS).file("article.html").data
    path = GOLDEN / f"{name}.html"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_bytes(html)
    assert html.decode() == path.read_text(encoding="utf-8")
