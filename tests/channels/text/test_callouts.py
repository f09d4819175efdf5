"""提示, 重要, 注意: quotations that begin with `[!提示]`, and what each way of reading makes of them."""

from __future__ import annotations

import pytest

from channels.text.markdown import images_in, outline, plain_blocks, prose, to_html
from channels.website.entry import item_of
from channels.website.pictures import Pictures
from channels.wechat.body import body_html
from channels.wechat.inline import Setting
from channels.wechat.links import References
from tests.channels.website.manuscripts import IMPRINT, manuscript

WARNING = "前文。\n\n> [!注意]\n> 逾期不补登。\n> 请及时办理。\n"


def box(kind: str, label: str, inner: str) -> str:
    title = f'<p class="callout-title"><strong>{label}</strong></p>'
    return f'<div class="callout callout-{kind}" role="note" aria-label="{label}">\n{title}\n{inner}\n</div>\n'


@pytest.mark.parametrize(
    ("word", "kind", "label"),
    [
        ("提示", "note", "提示"),
        ("NOTE", "note", "提示"),
        ("tip", "note", "提示"),
        ("重要", "important", "重要"),
        ("IMPORTANT", "important", "重要"),
        ("注意", "warning", "注意"),
        ("WARNING", "warning", "注意"),
        ("Caution", "warning", "注意"),
    ],
)
def test_chinese_words_and_those_of_github_mean_the_same(word: str, kind: str, label: str) -> None:
    assert to_html(f"> [!{word}]\n> 带好证件。\n") == box(kind, label, "<p>带好证件。</p>")


def test_it_holds_what_a_quotation_holds() -> None:
    html = to_html("> [!提示]\n>\n> 带好：\n>\n> - 户口簿\n")
    assert html == box("note", "提示", "<p>带好：</p>\n<ul>\n<li>户口簿</li>\n</ul>")


@pytest.mark.parametrize(
    "body",
    [
        "> [!提示]\n",
        "> [!公告]\n> 其他字样。\n",
        "> [!提示] 同一行还有字\n",
        "> 先有字\n> [!提示]\n",
        "[!提示]\n不在引文里。\n",
    ],
    ids=["nothing else", "another word", "not alone", "not first", "no quotation"],
)
def test_anything_else_stays_what_it_is(body: str) -> None:
    assert "callout" not in to_html(body)
    assert "[!" in to_html(body)


def test_read_as_text_it_says_what_it_is() -> None:
    assert plain_blocks(WARNING) == [(1, "前文。"), (4, "注意：逾期不补登。请及时办理。")]
    assert outline(f"## 办理\n\n{WARNING}")[0].below == ("前文。", "注意：逾期不补登。请及时办理。")


def test_its_lines_are_counted_and_its_wording_is_checked_as_ours() -> None:
    assert list(prose(WARNING)) == [(1, "前文。"), (4, "逾期不补登。"), (5, "请及时办理。")]
    assert images_in("> [!提示]\n> ![图](a.png)\n")[0].line == 2


def test_an_article_for_an_official_account_has_a_section_or_in_a_list_the_word() -> None:
    setting = Setting(References(), {}, lambda _image: "")
    assert body_html("> [!注意]\n> 逾期不补登。\n", setting) == (
        '<section class="callout"><p class="callout-head callout-warning">注意</p><p>逾期不补登。</p></section>'
    )
    assert "<strong>注意</strong></p>" in body_html("- 登记\n  > [!注意]\n  > 逾期不补登。\n", setting)


def test_a_feed_which_knows_no_boxes_has_the_word_and_the_text() -> None:
    made = manuscript(IMPRINT, body="> [!注意]\n> 逾期不补登。\n")
    html = item_of(made, Pictures.of(made.content)).html
    assert "<p><strong>注意</strong></p>\n<p>逾期不补登。</p>" in html
