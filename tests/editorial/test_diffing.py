"""Differences in words lead from one text to the other and back; rows are found again wherever they went."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from channels.manuscript import Content, KeyPoint, PolicyRef, Question
from hub.editorial.comparing import Fate, Group, compare, rows_of
from hub.editorial.diffing import Op, after, before, changed, diff, words

# The dictionary is read at the first word that is parted.
words("预热")

chinese = st.text(alphabet="补贴每餐元老年人助，。；\n七十周岁6.20 aB", max_size=200)
anything = st.text(max_size=200)


@given(chinese | anything, chinese | anything)
def test_the_spans_are_both_texts(old: str, new: str) -> None:
    spans = diff(old, new)
    assert before(spans) == old
    assert after(spans) == new
    assert changed(spans) == (old != new)
    assert all(a.op is not b.op for a, b in pairwise(spans))
    assert all(s.text for s in spans)


@given(chinese, chinese, chinese)
def test_what_is_put_in_the_middle_is_what_is_new(start: str, middle: str, end: str) -> None:
    spans = diff(start + "\n" + end, start + "\n" + middle + end)
    assert len(after(spans)) - len(before(spans)) == len(middle)


@given(chinese | anything)
def test_words_together_are_the_text(text: str) -> None:
    assert "".join(words(text)) == text


def test_a_number_that_changed_is_a_word() -> None:
    spans = diff("第三档每餐补贴6.0元，由区财政承担。", "第三档每餐补贴6.2元，由区财政承担。")
    assert [s.text for s in spans if s.op is Op.GONE] == ["6.0"]
    assert [s.text for s in spans if s.op is Op.NEW] == ["6.2"]


def test_words_are_not_cut_in_the_middle() -> None:
    spans = diff("本区老年人可以申请。", "本区居民可以申请。")
    assert [s.text for s in spans if s.op is not Op.SAME] == ["老年人", "居民"]


def test_a_sentence_that_is_another_one_is_shown_whole() -> None:
    spans = diff("甲。凡年满七十周岁的居民均可申请。乙。", "甲。联系电话见文末附件表格。乙。")
    assert [s.op for s in spans] == [Op.SAME, Op.GONE, Op.NEW, Op.SAME]


def test_twenty_thousand_characters_that_are_all_one_paragraph_are_compared_in_a_breath() -> None:
    sentences = [f"第{n}条规定，年满{n % 90}周岁的居民每月补贴{n}元，由街道办事处负责审核，" for n in range(600)]
    old, new = "".join(sentences), "".join([*sentences[1:], "最后补充一条，"]).replace("审核", "核实")
    assert len(old) > 18_000
    spans = diff(old, new)
    assert (before(spans), after(spans)) == (old, new)
    assert any(s.op is Op.SAME and len(s.text) > 10 for s in spans)


def points(*headings: str, **texts: str) -> Content:
    return Content(title="题", key_points=tuple(KeyPoint(heading=h, text=texts.get(h, h * 3)) for h in headings))


def fates(old: Content, new: Content, group: str = "key_points") -> list[tuple[str, ...]]:
    [found] = [g for g in compare(old, new) if g.name == group]
    return [tuple(c.fate.value for c in row) for row in found.rows]


def test_a_row_that_only_moved_says_so() -> None:
    assert fates(points("甲一", "乙二", "丙三"), points("丙三", "甲一", "乙二")) == [
        ("moved", "moved"),
        ("same", "same"),
        ("same", "same"),
    ]


def test_a_row_that_came_and_one_that_went() -> None:
    assert fates(points("谁能享受", "怎么办理"), points("怎么办理", "向谁咨询")) == [
        ("gone", "gone"),
        ("same", "same"),
        ("new", "new"),
    ]


def test_a_row_that_was_rewritten_is_the_same_row() -> None:
    old = points("补贴标准", 补贴标准="第三档每餐补贴6.0元。")
    new = points("新增的一条", "补贴标准", 补贴标准="第三档每餐补贴6.2元。")
    assert fates(old, new) == [("new", "new"), ("same", "changed")]


def test_a_plain_field_is_itself_however_much_changed() -> None:
    assert fates(Content(title="养老助餐"), Content(title="义务教育招生"), "title") == [("changed",)]


def test_what_a_person_reads_of_a_policy_is_compared_and_the_databases_number_is_not() -> None:
    old = Content(title="题", policies=(PolicyRef(title="办法", number="锦溪府办发〔2026〕18号", id=1),))
    new = Content(title="题", policies=(PolicyRef(title="办法", number="锦溪府办发〔2026〕19号", id=2),))
    [row] = next(g for g in compare(old, new) if g.name == "policies").rows
    assert [c.label.zh for c in row if c.fate is Fate.CHANGED] == ["发文字号"]


contents = st.builds(
    Content,
    title=chinese,
    body=chinese,
    key_points=st.lists(st.builds(KeyPoint, heading=chinese, text=chinese), max_size=5).map(tuple),
    questions=st.lists(st.builds(Question, q=chinese, a=chinese), max_size=4).map(tuple),
)


@given(contents, contents)
def test_the_comparison_has_every_text_of_both_versions_once(old: Content, new: Content) -> None:
    groups = compare(old, new)
    assert _texts(groups, Op.NEW) == _said(old)
    assert _texts(groups, Op.GONE) == _said(new)


@given(contents)
def test_nothing_differs_between_a_version_and_itself(content: Content) -> None:
    assert not any(group.changed for group in compare(content, content))


def _said(content: Content) -> list[str]:
    return sorted(p.text for rows in rows_of(content).values() for row in rows for p in row)


def _texts(groups: list[Group], without: Op) -> list[str]:
    made = ("".join(s.text for s in c.spans if s.op is not without) for g in groups for row in g.rows for c in row)
    return sorted(text for text in made if text)
