"""Chinese line layout: the prohibitions of GB/T 15834 hold for any text, and nothing leaves its box."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.drawing.atoms import atoms
from channels.drawing.fitting import fit_text, fits, split_text
from channels.drawing.layout import Block, Style, set_text
from channels.drawing.spacing import CLOSING, NO_END, NO_START, OPENING, tidy

BODY = Style(50)
WIDTH = 836
PLAIN = ("政策", "解读", "的", "补贴", "办事指南", "Wi-Fi", "OK", " ", "\n", "——", "……")
ATOMS = ("川办函〔2021〕57号", "3.5万元", "2021年12月31日", "028-61880000", "90天")
WORDS = st.sampled_from([*PLAIN, *ATOMS, *"，。、；：？（）《》〈〉“”"])
TEXTS = st.lists(WORDS, max_size=80).map("".join)
WELL_MARKED = st.lists(
    st.tuples(
        st.sampled_from(["政策解读", "补贴3.5万元", "《工作方案》", "“解读人”", "（试行）"]),
        st.sampled_from("，。；、"),
    ).map("".join),
    min_size=1,
    max_size=40,
).map("".join)


def inside(block: Block, width: int) -> bool:
    """Every glyph's own square lies inside the box: an opening mark may hang its blank half over the left edge."""
    size = block.style.size
    for line in block.lines:
        for char, x in line.glyphs:
            left = x + (size / 2 if char in OPENING else 0)
            right = x + (size / 2 if char in CLOSING else 0)
            if left < -0.01 or right > width + 0.01 or line.width > width + 0.01:
                return False
    return True


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_nothing_overflows_and_nothing_is_lost(text: str) -> None:
    block = set_text(text, WIDTH, BODY)
    assert inside(block, WIDTH)
    assert "".join(line.text for line in block.lines) == "".join(tidy(p) for p in text.split("\n"))


@given(st.text(max_size=120))
@settings(max_examples=150, deadline=None)
def test_any_text_at_all_is_laid_out_inside_its_box(text: str) -> None:
    assert inside(set_text(text, WIDTH, BODY), WIDTH)


@given(WELL_MARKED, st.booleans(), st.integers(10, 20))
@settings(max_examples=200, deadline=None)
def test_no_prohibition_is_broken(text: str, balance: bool, columns: int) -> None:
    block = set_text(text, columns * 50, Style(50, balance=balance))
    for above, below in pairwise(line.text for line in block.lines):
        assert below[0] not in NO_START, (above, below)
        assert above[-1] not in NO_END, (above, below)
        assert not (above[-1] == below[0] and above[-1] in "—…")


@given(st.integers(2, 90), st.integers(10, 20), st.booleans())
@settings(max_examples=200, deadline=None)
def test_the_last_line_is_never_one_character(length: int, columns: int, balance: bool) -> None:
    text = ("深化政务公开的办法由区政府办公室负责解释" * 5)[:length]
    lines = set_text(text, columns * 50, Style(50, balance=balance)).lines
    assert len(lines[-1].text) > 1


@pytest.mark.parametrize(
    "atom",
    [
        "川办函〔2021〕57号",
        "市政府令第215号",
        "2021年12月31日",
        "3.5万元",
        "1,200元",
        "028-61880000",
        "90天",
        "Wi-Fi",
        "23个",
        "9:00—17:00",
    ],
)
def test_an_atom_is_never_cut(atom: str) -> None:
    for lead in range(1, 16):
        text = "据" + "了" * lead + atom + "的" * 9
        block = set_text(text, 800, BODY)
        assert any(atom in line.text for line in block.lines), [line.text for line in block.lines]


def test_words_before_a_document_number_are_no_part_of_it() -> None:
    text = "根据川办函〔2021〕57号和成府发〔2024〕5号、6号"
    assert [text[a:b] for a, b in atoms(text)] == ["川办函〔2021〕57号", "成府发〔2024〕5号、6号"]


def test_adjacent_marks_take_one_and_a_half_squares() -> None:
    plain, marked = (set_text(t, 2000, BODY).width for t in ("甲乙丙丁甲乙", "甲》，乙甲乙"))
    assert plain - marked == pytest.approx(25)


def test_marks_at_the_edges_of_a_line_lose_their_blank_half() -> None:
    (line,) = set_text("《工作方案》", 2000, BODY).lines
    assert (line.glyphs[0][1], line.width) == (pytest.approx(-25), pytest.approx(5 * 50))


def test_chinese_and_latin_stand_apart_by_at_most_a_quarter_and_not_at_the_edges() -> None:
    for text in ("用Wi-Fi吗", "用 Wi-Fi 吗"):
        (line,) = set_text(text, 2000, BODY).lines
        gap = line.glyphs[1][1] - 50
        assert 0 < gap <= 12.5
    assert set_text("Wi", 2000, BODY).lines[0].glyphs[0][1] == 0


def test_a_long_title_keeps_its_words_and_fits() -> None:
    title = (
        "《关于印发〈锦溪区老旧住宅加装电梯财政补贴实施细则（试行）〉的通知》"
        + "政策解读与办事问答汇编（二〇二六年第三季度修订版）"
    )
    block = fit_text(title, WIDTH, 760, Style(96, 700, 1.3, balance=True), range(56, 97, 4))
    assert block is not None
    assert inside(block, WIDTH)
    assert block.height <= 760


def test_a_balanced_title_has_lines_of_like_length() -> None:
    lines = set_text("老旧住宅加装电梯财政补贴政策解读", 750, Style(60, balance=True)).lines
    assert [len(line.text) for line in lines] == [8, 8]


@given(TEXTS)
# The segmenter sees no word's end between the numbers, and there is no mark: cut inside a "word" then.
@example("川办函〔2021〕57号" * 5)
@example("https://www.jinxi.gov.cn/" + "a1" * 300)
@settings(max_examples=100, deadline=None)
def test_the_parts_of_a_long_text_are_the_text(text: str) -> None:
    parts = split_text(text, WIDTH, 340, BODY)
    assert "".join(parts) == text
    assert all(fits(part, WIDTH, 340, BODY) for part in parts)


def test_a_long_text_is_cut_at_its_marks() -> None:
    text = "第一次申请补贴的家庭，先到社区登记；" * 12
    assert all(part[-1] in "；，" for part in split_text(text, WIDTH, 400, BODY))


def test_a_character_without_a_glyph_is_drawn_as_the_geta_mark() -> None:
    (line,) = set_text("甲😀乙", 2000, BODY).lines
    assert "".join(char for char, _ in line.glyphs) == "甲〓乙"
