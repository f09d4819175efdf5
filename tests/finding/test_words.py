"""A text as words that can be found, and a question in the same words."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.finding.excerpts import SHOWN, excerpt, marked
from hub.finding.words import MOST_WORDS, indexed, needles, question

TEXT = (
    "《锦溪区老年助餐服务补贴办法》（锦溪府办发〔2026〕18号文件），自2026年三月1日起施行，可用ＷｅＣｈａｔ或 App 查询。"
)


def finds(text: str, typed: str) -> bool:
    """Whether a full-text index of the one text finds it by what was typed."""
    database = sqlite3.connect(":memory:")
    database.execute('CREATE VIRTUAL TABLE t USING fts5 (words, tokenize = "unicode61 remove_diacritics 0")')
    database.execute("INSERT INTO t VALUES (?)", (indexed(text),))
    match = question(typed)
    return bool(match and database.execute("SELECT 1 FROM t WHERE t MATCH ?", (match,)).fetchone())


@pytest.mark.parametrize(
    "typed",
    [
        "老年助餐",
        "年助",
        "餐",
        "锦溪府办发〔2026〕18号",
        "〔2026〕18号文件",
        "18号",
        "月1日",
        "三月1日起施行",
        "wechat",
        "WeCh",
        "app",
        "老年 补贴",
        "  补贴　办法 ",
    ],
)
def test_what_stands_in_the_text_is_found(typed: str) -> None:
    assert finds(TEXT, typed)


@pytest.mark.parametrize(
    "typed", ["老人助餐", "助老", "8号", "202", "chat", "老年 医保", "", " ", "，。", '"', "*", "AND"]
)
def test_what_does_not_stand_there_is_not(typed: str) -> None:
    assert not finds(TEXT, typed)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_question_that_can_be_asked(typed: str) -> None:
    finds(TEXT, typed)


@given(
    st.text(alphabet="老年助餐服务补贴办法锦溪区政府的一二三", min_size=2, max_size=40),
    st.integers(min_value=0, max_value=39),
    st.integers(min_value=1, max_value=10),
)
def test_every_part_of_a_chinese_text_is_found(text: str, start: int, length: int) -> None:
    part = text[start % len(text) :][:length]
    assert finds(f"前{text}后", part)


def test_a_question_has_an_end() -> None:
    assert len(needles(" ".join(f"词{n}" for n in range(100)))) == MOST_WORDS


def test_the_words_are_marked_and_nothing_in_a_text_is_markup() -> None:
    assert str(marked("补贴<b>补贴</b>", ["补贴"])) == "<mark>补贴</mark>&lt;b&gt;<mark>补贴</mark>&lt;/b&gt;"
    assert str(marked("a.b", ["."])) == "a<mark>.</mark>b"
    assert str(marked("<i>", [])) == "&lt;i&gt;"


def test_an_excerpt_is_the_part_around_the_first_word() -> None:
    text = "前" * 500 + "补贴标准" + "后" * 500
    shown = excerpt(text, ["补贴"])
    assert "<mark>补贴</mark>标准" in shown
    assert shown.startswith("……前")
    assert shown.endswith("后……")
    assert str(excerpt("短文", ["没有"])) == "短文"
    assert len(excerpt("长" * 1000, ["没有"])) < SHOWN + 10
