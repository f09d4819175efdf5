"""Bold and italics beside Chinese, where there are no spaces; Latin text stays as CommonMark has it."""

from __future__ import annotations

import pytest

from channels.text.markdown import to_html


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("**全区通用。**不再", "<strong>全区通用。</strong>不再"),
        ("按**“一证”**办理", "按<strong>“一证”</strong>办理"),
        ("见**《办法》**第三条", "见<strong>《办法》</strong>第三条"),
        ("**（一）**条件", "<strong>（一）</strong>条件"),
        ("补贴**2元**、**6元**两档", "补贴<strong>2元</strong>、<strong>6元</strong>两档"),
        ("*重点*在此", "<em>重点</em>在此"),
        ("**60岁.**以上", "<strong>60岁.</strong>以上"),
        ("a **bold** word", "a <strong>bold</strong> word"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("snake_case_name", "snake_case_name"),
        ('foo**"bar"**baz', 'foo**"bar"**baz'),
    ],
)
def test_emphasis(body: str, html: str) -> None:
    assert to_html(body).strip() == f"<p>{html}</p>"
