"""Facts to look up, dates in order, a policy's words with their source, and the line about AI."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from channels.wechat.article import write_article
from channels.wechat.comparing import text_of
from channels.wechat.lint import lint
from channels.wechat.settings import WechatSettings
from channels.wechat.themes import theme_names
from tests.channels.wechat.conftest import manuscript, picture

Build = Callable[..., str]
DATES = "- 2026年5月4日：开始申报\n- 5月底前：社区初审\n- 2026年7月起：发放补贴"
QUOTE = "> 对七十周岁以上老年人，每餐补贴二元。\n>\n> ——《助餐办法》（锦府发〔2026〕3号）第五条"
FACTS = "| 问 | 答 |\n|---|---|\n| 谁能申请 | 六十岁以上居民 |\n| 补多少 | 每餐二元 |\n| 截止 | 5月31日 |"


def test_a_list_of_dates_is_a_timeline(article: Build) -> None:
    html = article(body=DATES)
    assert "list-style-type:none" in html
    assert "border-left:2px solid" in html
    assert text_of(html).startswith("2026年5月4日：开始申报")


@pytest.mark.parametrize(
    "body",
    [
        "- 2026年5月4日：一项",
        "- 5月4日：甲\n- 乙",
        "- 甲\n- 乙",
        "1. 5月4日：甲\n2. 5月5日：乙",
        "- 5月4日：甲\n  - 乙\n- 5月5日：丙",
    ],
)
def test_any_other_list_stays_a_list(article: Build, body: str) -> None:
    assert "list-style-type:none" not in article(body=body)


def test_a_quotation_says_where_it_is_from_at_its_end(article: Build) -> None:
    html = article(body=QUOTE)
    assert "text-align:right" in html
    assert "（锦府发〔2026〕3号）第五条</p></blockquote>" in html
    assert "text-align:right" not in article(body="> 只有引文。")
    assert "text-align:right" not in article(body="——《不在引文里》")


def test_a_table_of_two_columns_is_for_looking_up(article: Build) -> None:
    assert "vertical-align:top" in article(body=FACTS)
    assert "vertical-align:top" not in article(body="| 甲 | 乙 | 丙 |\n|---|---|---|\n| 1 | 2 | 3 |")


def test_pictures_made_with_ai_are_said(article: Build) -> None:
    plain = picture()
    made = plain.model_copy(update={"data": plain.data + b"TC260:AIGC"})
    body = "![图](photo.png)"
    assert "人工智能生成" in article(body=body, images=(made,))
    assert "人工智能生成" not in article(body=body, images=(plain,))
    assert "人工智能生成" not in article(body="没有用到。", images=(made,))


@pytest.mark.parametrize("theme", theme_names())
def test_no_shape_breaks_a_rule(theme: str) -> None:
    content = {"title": "题", "body": "\n\n".join((DATES, QUOTE, FACTS))}
    assert lint(write_article(manuscript(content), WechatSettings(theme=theme)).html) == []
