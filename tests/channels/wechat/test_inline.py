"""Running text: emphasis never nests, phone numbers stay whole, only the platform's own links stay links."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from channels.wechat.figures import unbroken
from channels.wechat.lint import lint


def test_emphasis_in_emphasis_is_one_element(article: Callable[..., str]) -> None:
    html = article(body="***要紧*** **[话](https://a.example/1)**")
    assert html.count("<strong") == 2
    assert "<em" not in html


def test_nothing_nests_in_the_deepest_place_there_is(article: Callable[..., str]) -> None:
    cell = "**[*要*`x`028-55500121~~文~~](https://mp.weixin.qq.com/s/a)**"
    html = article(body=f"- 表\n\n  | 甲 |\n  | --- |\n  | {cell} |\n")
    assert lint(html) == []
    assert "要x028-55500121文</a>" in html.split("<a ")[1]


def test_a_picture_in_a_link_to_an_article_says_its_words(article: Callable[..., str]) -> None:
    assert ">新馆</a>" in article(body="[![新馆](a.png)](https://mp.weixin.qq.com/s/a)")


@pytest.mark.parametrize("number", ["028-55500121", "0571-8550012", "400-800-1234", "028-55500121-801"])
def test_a_phone_number_is_kept_whole(number: str) -> None:
    assert unbroken(f"电话{number}。") == f'电话<span class="figures">{number}</span>。'


@pytest.mark.parametrize("text", ["2026-11-23", "第1028-555条", "12-34", "1-028-55500121", "028-555001219"])
def test_other_figures_are_left_alone(text: str) -> None:
    assert "<span" not in unbroken(text)


def test_a_phone_number_brings_no_markup_in() -> None:
    assert unbroken('<b>028-55500121"</b>') == '&lt;b&gt;<span class="figures">028-55500121</span>&#34;&lt;/b&gt;'
