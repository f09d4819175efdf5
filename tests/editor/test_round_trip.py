"""The editor stores clean Markdown: what was opened and not touched stays byte for byte, and what was touched means the
same to a reader.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from channels.text.markdown import to_html
from hub.editorial.front_matter import parse_draft
from tests.editor.conftest import Written
from tests.editor.reading import seen

Again = Callable[[str], Written]
SAMPLES = sorted((Path(__file__).parents[2] / "hub" / "samples").glob("*.md"))
DIFFICULT = (Path(__file__).parent / "difficult.md").read_text(encoding="utf-8").split("\n%%%\n")


def shown(body: str) -> list[tuple[str, str]]:
    return seen(to_html(body, image_url=lambda name: f"https://example.gov.cn/{name}"))


def check(again: Again, body: str) -> None:
    written = again(body)
    assert written.kept == (body if body.strip() else "")
    assert shown(written.fresh) == shown(body), written.fresh
    assert written.twice == written.fresh


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_the_samples(again: Again, path: Path) -> None:
    check(again, parse_draft(path.read_text(encoding="utf-8"), where=path.name).content.body)


@pytest.mark.parametrize("body", DIFFICULT, ids=range(len(DIFFICULT)))
def test_difficult_texts(again: Again, body: str) -> None:
    check(again, body)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("标题\n===\n\n* 一\n* 二\n", "# 标题\n\n- 一\n- 二\n"),
        ("__粗__ 与 _斜_\n", "**粗** 与 *斜*\n"),
        ("    代码\n", "```\n代码\n```\n"),
        ("折成\n两行\n", "折成两行\n"),
        ("a|b\n-|-\n1|2\n", "| a | b |\n| --- | --- |\n| 1 | 2 |\n"),
        (
            "[见这里][1]\n\n[1]: https://example.gov.cn/\n",
            "[见这里](https://example.gov.cn/)\n\n[1]: https://example.gov.cn/\n",
        ),
        ("零\u200b宽\ufeff字\n", "零宽字\n"),
        ("> [!提示]\n> 带证件\n", "> [!提示]\n> 带证件\n"),
    ],
)
def test_what_is_touched_is_written_plainly(again: Again, before: str, after: str) -> None:
    assert again(before).fresh == after


_WORDS = st.sampled_from(
    [
        "政策",
        "解读。",
        "“一证”",
        "（二）",
        "2027年",
        "word",
        "a_b",
        "x*y",
        "[2024]",
        "!",
        "1.",
        "#",
        "|",
        "<b>",
        "&amp;",
        "~~",
        "\\",
        "`",
        " ",
    ]
)
_TEXT = st.lists(_WORDS, min_size=1, max_size=6).map("".join)


def _around(mark: str) -> st.SearchStrategy[str]:
    return _TEXT.map(lambda text: f"{mark}{text}{mark}")


_INLINE = st.lists(
    st.one_of(
        _TEXT,
        *map(_around, ("**", "*", "_", "__", "***", "~~", "`", "``")),
        _TEXT.map(lambda text: f"[{text}](https://example.gov.cn/a_(b)?c=1&d=2)"),
        _TEXT.map(lambda text: f"![{text}](图.png)"),
        st.sampled_from(["[^1]", "甲\\\n乙", "\n", "<https://example.gov.cn/>", "&#35;", "甲&nbsp;乙"]),
    ),
    min_size=1,
    max_size=5,
).map("".join)
_LINES = st.one_of(
    _INLINE,
    st.tuples(
        st.sampled_from(
            [
                "# ",
                "## ",
                "### ",
                "- ",
                "* ",
                "  - ",
                "1. ",
                "3) ",
                "> ",
                "> > ",
                "> - ",
                "    ",
                "[^1]: ",
                "> [!注意]\n> ",
            ]
        ),
        _INLINE,
    ).map("".join),
    st.sampled_from(["", "", "---", "===", "```", "| a | b |\n| --- | ---: |\n| `1` | 2 |", "> ", "-", "***"]),
)
_BODY = st.lists(_LINES, min_size=1, max_size=8).map("\n".join)


# Shrinking a failing text takes minutes and tells little: the first one found is reported.
@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(body=_BODY)
def test_whatever_is_written(again: Again, body: str) -> None:
    check(again, body)
