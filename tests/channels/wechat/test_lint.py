"""Each rule of the platform is broken once, and the linter names it; what the platform keeps passes."""

from __future__ import annotations

import pytest

from channels.wechat.lint import lint
from channels.wechat.styles import after_inlining, allowed_style, before_inlining


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        ("<div>文</div>", "element"),
        ("<p>文</p><!-- 注 -->", "element"),
        ("<script>1</script>", "element"),
        ('<p class="a">文</p>', "attribute"),
        ('<p id="a">文</p>', "attribute"),
        ('<p onclick="a()">文</p>', "attribute"),
        ('<img src="https://a.example/x.png" data-w="9">', "image-host"),
        ('<img src="data:image/png;base64,AA" data-w="9">', "image-host"),
        ('<img src="images/../x.png" data-w="9">', "image-host"),
        ('<img src="images/01.png">', "image-width"),
        ('<a href="https://a.example/">文</a>', "link-host"),
        ('<a href="https://mp.weixin.qq.com.a.example/">文</a>', "link-host"),
        ('<p style="position:fixed">文</p>', "style"),
        ('<p style="background-color:url(https://a.example/)">文</p>', "style"),
        ('<p style="background-color:linear-gradient(red,blue)">文</p>', "style"),
        ('<p style="width:300px">文</p>', "style"),
        ('<p style="height:0">文</p>', "style"),
        ('<p style="opacity:0">文</p>', "style"),
        ('<p style="opacity:0.0">文</p>', "style"),
        ('<p style="text-align:start">文</p>', "style"),
        ('<p style="font-family:serif">文</p>', "style"),
        ('<p style="margin:0!important">文</p>', "style"),
        ('<p style="color:var(--a)">文</p>', "style"),
        ('<p style="line-height:0">文</p>', "line-height"),
        ('<p style="line-height:.9">文</p>', "line-height"),
        ('<p style="color:#000000">文</p>', "mid-contrast"),
        ('<p style="color:#ffffff">文</p>', "mid-contrast"),
        ('<p style="color:#d0402f">文</p>', "mid-contrast"),
        ('<p style="color:#d0402f;font-size:18px;font-weight:bold">文</p>', "mid-contrast"),
        ("<section>" * 10 + "</section>" * 10, "nesting"),
        ("<ul><li><ul><li>文</li></ul></li></ul>", "nested-list"),
        ("<table><tbody><tr><td>文</td></tr></tbody></table>", "table-scrolls"),
        (
            '<section style="background-color:#eee"><p style="background-color:#ddd">文</p></section>',
            "one-background",
        ),
        ("<section><p>文</section>", "well-nested"),
        ("<section>文", "well-nested"),
    ],
)
def test_a_broken_rule_is_named(html: str, rule: str) -> None:
    assert rule in {flaw.rule for flaw in lint(html)}


@pytest.mark.parametrize(
    "html",
    [
        '<section><p style="margin:0 0 16px">文</p></section>',
        "<section>" * 9 + "</section>" * 9,
        '<img src="https://mmbiz.qpic.cn/a/0" alt="" data-w="640">',
        '<p><a href="https://mp.weixin.qq.com/s/a">文</a></p>',
        '<section style="overflow-x:auto"><table><tbody><tr><td>文</td></tr></tbody></table></section>',
        '<p style="color:#d0402f;font-size:20px;font-weight:bold;opacity:.9;line-height:1">文</p>',
    ],
)
def test_what_the_platform_keeps_passes(html: str) -> None:
    assert lint(html) == []


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("color:#d0402f; margin:0 0 16px", "color:#d0402f;margin:0 0 16px"),
        ("background-color:url(https://a.example/x)", ""),
        ("background:url(x);color:red", ""),
        ("margin:expression(1);padding:4px", "padding:4px"),
        ("width:100%;width:300px", "width:100%"),
        ("color:#111111;color:#d0402f", "color:#d0402f"),
        ("color", ""),
    ],
)
def test_a_style_keeps_known_properties_with_known_values(style: str, kept: str) -> None:
    assert allowed_style(style) == kept


def test_the_first_pass_keeps_class_names_for_the_theme_and_the_last_takes_them_out() -> None:
    html = '<section class="a" id="b" onclick="c"><p class="d" style="color:#d0402f">文</p><div>句</div></section>'
    first = before_inlining(html)
    assert first == '<section class="a"><p class="d">文</p>句</section>'
    assert after_inlining(first) == "<section><p>文</p>句</section>"


def test_a_foreign_address_leaves_the_element_without_it() -> None:
    assert after_inlining('<img src="https://a.example/x.png" alt="图">') == '<img alt="图">'
    assert after_inlining('<a href="https://a.example/">文</a>') == "<a>文</a>"
