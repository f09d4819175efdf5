"""Punctuation and numerals: what is wrong is shown with its correction, and what is quoted is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Finding
from channels.manuscript import Content, Manuscript, PolicyRef
from channels.text.checks import common_findings
from channels.text.masking import own_body, own_words
from channels.text.style import RULES, style_findings
from channels.text.words_check import Word, check_words


def mended(body: str) -> str:
    """The body with every fix made, the last first."""
    lines = body.split("\n")
    fixes = [f.fix for f in style_findings(Content(title="题", body=body)) if f.fix]
    for fix in sorted(fixes, key=lambda fix: (fix.place, fix.at), reverse=True):
        number = int(fix.place.split(":")[1]) - 1
        line = lines[number]
        assert line[fix.at :].startswith(fix.old)
        lines[number] = line[: fix.at] + fix.new + line[fix.at + len(fix.old) :]
    return "\n".join(lines)


def codes(findings: list[Finding]) -> list[str]:
    return [f.code for f in findings]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("凡年满七十周岁,均可申请.", "凡年满七十周岁，均可申请。"),
        ("时间:15:00", "时间：15:00"),
        ("依据《办法》,办理", "依据《办法》，办理"),
        ("老人(含外地)可领", "老人（含外地）可领"),
        ("可以领，，领完为止。。", "可以领，领完为止。"),
        ("社区、街道等...", "社区、街道等……"),
        ("办法--试行", "办法——试行"),
        ("《甲》、《乙》", "《甲》《乙》"),
        ("共１２３人", "共123人"),
        ("自2026年十月一日起", "自2026年10月1日起"),
        ("2026年十二月三十一日", "2026年12月31日"),
        ("补助3万5千元", "补助3.5万元"),
        ("每周星期3开放", "每周星期三开放"),
    ],
)
def test_what_is_wrong_is_offered_right(wrong: str, right: str) -> None:
    assert mended(wrong) == right
    assert list(style_findings(Content(title="题", body=right))) == []


@pytest.mark.parametrize(
    "text",
    [
        "> 引用的原文,照录.",
        "他说“原文,照录(原样)”。",
        "命令`甲,乙`照录",
        "见https://x.example/a,b:c",
        "信箱a@x.example，照录",
        "![图](a,b.png)",
        "[链接](https://x.example/甲,乙)",
        "```\n代码,照录\n```",
        "1,000 元；15:30；A.B",
        "《关于甲,乙的通知》照录",
    ],
)
def test_quotations_addresses_and_code_are_never_corrected(text: str) -> None:
    assert mended(text) == text


@given(st.text(alphabet="文字，。,.;:?!()（）“”《》`>-[]!12３\n ", max_size=60))
def test_a_correction_is_found_at_its_place_and_making_all_of_them_ends(body: str) -> None:
    once = mended(body)
    for _ in range(8):
        if mended(once) == once:
            break
        once = mended(once)
    assert mended(once) == once


@given(st.text(max_size=200))
def test_masking_keeps_every_character_in_its_place(text: str) -> None:
    for masked in (own_words(text), own_body(text)):
        assert len(masked) == len(text)
        assert [n for n, c in enumerate(masked) if c == "\n"] == [n for n, c in enumerate(text) if c == "\n"]


def test_every_rule_has_its_source() -> None:
    assert all(rule.ground.startswith("GB/T") for rule in RULES)
    assert len({rule.code for rule in RULES}) == len(RULES)


def test_a_document_number_comes_with_its_correction() -> None:
    content = Content(
        title="题",
        body="正文。\n\n根据川办函第[2021]57 号文件办理。\n",
        policies=(PolicyRef(title="办法", number="川办函[2021]57 号"),),
    )
    fixes = [f.fix for f in common_findings(Manuscript(content=content)) if f.code == "DOC-101"]
    assert [(f.place, f.old, f.new) for f in fixes if f] == [
        ("policies[0].number", "川办函[2021]57 号", "川办函〔2021〕57号"),
        ("body:3", "川办函第[2021]57 号", "川办函〔2021〕57号"),
    ]


WORDS = (
    Word("老人家", "老年人", "规范用语", "本办词语表"),
    Word("老人", "老年人"),
    Word("残废"),
    Word("社区", "社区（村）"),
)


def test_an_offices_own_words_are_found_the_longer_first() -> None:
    found = check_words(Content(title="老人家的饭", body="残废的老人。\n\n“老人”照录。到社区（村）或社区。\n"), WORDS)
    assert [(f.place, f.sentence.zh.split("”")[0][3:]) for f in found] == [
        ("title", "老人家"),
        ("body:1", "残废"),
        ("body:1", "老人"),
        ("body:3", "社区"),
    ]
    assert found[0].ground == "本办词语表"
    assert found[1].fix is None
    assert found[3].fix
    assert found[3].fix.at == 14


def test_no_words_no_findings() -> None:
    assert check_words(Content(title="老人"), ()) == []
