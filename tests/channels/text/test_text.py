"""The shared text library: nothing illegal gets through, nothing is lost, nothing runs."""

from __future__ import annotations

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Severity
from channels.manuscript import Content, Manuscript, PolicyRef
from channels.text.checks import common_findings
from channels.text.clauses import cut, sentences, summary_of
from channels.text.cleaning import clean, decode
from channels.text.counting import characters, width
from channels.text.markdown import images_in, is_safe_link, links_in, outline, plain, raw_html_lines, to_html
from channels.text.numbers import is_legal, wrong_numbers


def codes(content: Content, **options: bool) -> list[tuple[str, str]]:
    """Code and place of every finding."""
    return [(f.code, f.place) for f in common_findings(Manuscript(content=content), **options)]


def test_illegal_characters_become_the_replacement_character() -> None:
    assert clean("a\x00b\ud800c\uffffd\re\r\nf\t") == "a\ufffdb\ufffdc\ufffdd\ne\nf\t"
    assert decode(b"\xef\xbb\xbf\xe6\xa0\x87\xff\xed\xa0\x80") == "标" + "\ufffd" * 4


@given(st.text(st.characters(exclude_categories=[])))
def test_clean_text_always_encodes_and_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    once.encode("utf-8")
    assert clean(once) == once


MARKS = st.lists(
    st.sampled_from([*"#*_~`[]()!<>|-:+1.\\^&; \n\t", "政策", "解读", "a", "[^1]", "[^1]: ", "![", "](", "</p>"])
)
HOSTILE = st.sampled_from(
    ["<script>x</script>", "<img src=x onerror=x>", "[a](javascript:x)", "&#12;", "&#x7f;", "\x00"]
)


@given(st.one_of(st.text(), MARKS.map("".join), st.tuples(MARKS.map("".join), HOSTILE).map("".join)))
def test_any_body_becomes_well_formed_html_without_scripts(body: str) -> None:
    html = to_html(body, image_url=lambda _name: "a.png", heading_id="h", footnote_prefix="p")
    fragment = html5lib.HTMLParser(strict=True).parseFragment(html)
    elements = [e for e in fragment.iter() if isinstance(e.tag, str)]
    assert not {e.tag.split("}")[-1] for e in elements} & {"script", "style", "iframe", "object", "form", "h1"}
    assert not [name for e in elements for name in e.attrib if name.startswith("on") or name == "style"]
    assert not [e for e in elements if e.get("href", "").lower().startswith(("javascript", "data", "vbscript"))]


@given(st.one_of(st.text(), MARKS.map("".join)))
def test_reading_any_body_never_fails(body: str) -> None:
    plain(body)
    outline(body)
    links_in(body)
    images_in(body)
    raw_html_lines(body)
    common_findings(Manuscript(content=Content(title="t", body=clean(body))))


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", " JavaScript:x", "data:text/html,x", "vbscript:x", "//evil.example", "file:///etc"],
)
def test_unsafe_addresses_are_no_links(address: str) -> None:
    assert not is_safe_link(address)
    assert "href" not in to_html(f"[x](<{address}>)")


def test_raw_html_is_shown_and_never_run() -> None:
    html = to_html("前<script>alert(1)</script>后\n\n<img src=x onerror=alert(1)>")
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_headings_go_below_the_pages_title_without_a_gap() -> None:
    html = to_html("# 甲\n\n###### 乙\n")
    assert "<h2>甲</h2>" in html
    assert "<h3>乙</h3>" in html
    assert '<h3 id="s-1">甲</h3>' in to_html("## 甲", heading_offset=2, heading_id="s")


def test_tables_get_scopes_and_a_frame_that_a_keyboard_can_scroll() -> None:
    html = to_html("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert '<th scope="col">a</th>' in html
    assert '<td class="align-right">2</td>' in html
    assert '<div class="table-scroll" role="group" tabindex="0"' in html


def test_a_lone_image_is_a_figure_with_its_caption() -> None:
    html = to_html(
        '![窗口](<窗 口.png> "办事窗口")', image_url={"窗 口.png": "images/1.png"}.get, image_size=lambda _n: (3, 4)
    )
    assert html == (
        '<figure><img src="images/1.png" alt="窗口" width="3" height="4"><figcaption>办事窗口</figcaption></figure>\n'
    )


def test_footnotes_of_two_texts_on_one_page_stay_apart() -> None:
    first, second = (to_html("甲[^1]\n\n[^1]: 注", footnote_prefix=p) for p in ("a", "b"))
    assert 'href="#fn-a-1"' in first
    assert 'id="fn-a-1"' in first
    assert 'id="fn-b-1"' in second


def test_images_and_links_are_found_with_their_lines_and_names_as_written() -> None:
    body = "第一行\n第二行 ![图](<图 一.png>)\n\n- 项\n- [站](https://例子.cn/路) 和 [坏](javascript:x)\n"
    assert images_in(body) == [("图 一.png", "图", 2)]
    assert links_in(body) == [("https://例子.cn/路", "站", 5), ("javascript:x", "坏", 5)]


def test_a_line_break_in_chinese_is_nothing_and_between_latin_words_a_space() -> None:
    assert plain("第一行\n第二行\n\none\ntwo") == "第一行第二行\none two"
    assert "第一行第二行" in to_html("第一行\n第二行")


def test_the_outline_holds_what_stands_below_each_heading() -> None:
    found = outline("# 甲\n\n一。\n\n二。\n\n## 乙\n\n- 三\n- 四\n")
    assert [(h.level, h.text, h.line, h.below) for h in found] == [
        (1, "甲", 1, ("一。", "二。")),
        (2, "乙", 7, ("三", "四")),
    ]


@given(st.text("政策解读，。！？；：abc”」", max_size=80))
def test_sentences_joined_are_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text


@given(st.text("政策解读，。！？；：abc ", max_size=300), st.integers(10, 200))
def test_a_cut_text_fits(text: str, limit: int) -> None:
    assert len(cut(text, limit)) <= limit


def test_a_missing_summary_is_made_of_sentences_not_headings() -> None:
    assert summary_of(Content(title="t", body="## 小标题\n\n这是第一句。\n")) == "这是第一句。"


def test_counting() -> None:
    assert characters("政策 ab\n") == 4
    assert width("政策ab") == 3.0


@pytest.mark.parametrize("number", ["川办函〔2021〕57号", "蓉府发〔2024〕5号、6号", "蓉川市人民政府令第215号"])
def test_legal_document_numbers(number: str) -> None:
    assert is_legal(number)
    assert wrong_numbers(number) == []


@pytest.mark.parametrize(
    "number",
    ["川办函[2021]57 号", "川办函（2021）57号", "川办函〔2021〕第57号", "川办函〔2021〕057号", "川办函 〔2021〕 57号"],
)
def test_a_wrong_document_number_is_answered_with_the_right_one(number: str) -> None:
    assert not is_legal(number)
    assert [w.right for w in wrong_numbers(number)] == ["川办函〔2021〕57号"]


def test_document_numbers_are_checked_in_policies_and_body_but_not_in_quotes_and_code() -> None:
    body = "依据川办函[2021]57 号。\n\n> 引文川办函[2021]57 号\n\n`川办函[2021]57号`\n"
    content = Content(title="t", body=body, policies=(PolicyRef(title="p", number="川办函(2021)57号"),))
    assert [place for code, place in codes(content) if code == "DOC-101"] == ["policies[0].number", "body:1"]


def test_an_empty_draft_is_stopped_and_says_both_reasons() -> None:
    findings = common_findings(Manuscript(content=Content()))
    assert [f.code for f in findings if f.severity is Severity.BLOCK] == ["TXT-101", "TXT-102"]


def test_pictures_matter_only_to_channels_that_show_them() -> None:
    content = Content(title="t", body="甲\n\n![](a.png)\n")
    assert ("IMG-102", "body:3") in codes(content)
    assert ("IMG-103", "body:3") in codes(content)
    assert not [c for c, _ in codes(content, images=False) if c.startswith("IMG")]


def test_a_number_is_quoted_without_the_words_before_it_and_never_inside_a_quotation() -> None:
    assert [w.found for w in wrong_numbers("现根据锦溪府办发[2026]18 号和财社(2026)３号")] == [
        "锦溪府办发[2026]18 号",
        "财社(2026)３号",
    ]
    assert codes(Content(title="t", body="原文为“锦溪府办发[2026]18 号”。")) == [("PUB-101", "")]


def test_code_in_the_body_and_bad_addresses_are_told_with_their_lines() -> None:
    body = "甲\n<b>乙</b>\n\n`<i>`\n\n[丙](javascript:x) 低于<2000元\n"
    assert codes(Content(title="t", body=body))[:2] == [("TXT-104", "body:2"), ("TXT-105", "body:6")]


def test_replaced_characters_are_told_where_they_stand() -> None:
    content = Content(title="甲\ufffd", body="乙\n\n丙\ufffd")
    assert codes(content)[:2] == [("TXT-103", "body:3"), ("TXT-103", "title")]


@pytest.mark.parametrize("unit", ["[", "![", "^[", "“", "<a", "<", "*", "~", "# ", "&#12;", "川发〔2021〕", "0", "\n"])
def test_sixty_thousand_of_one_mark_are_answered(unit: str) -> None:
    body = (unit * 60_000)[:60_000]
    common_findings(Manuscript(content=Content(title="t", body=body)))
    to_html(body)


def test_a_number_of_thousands_of_digits_is_no_document_number() -> None:
    assert wrong_numbers("川发[2021]" + "9" * 5000 + "号") == []
