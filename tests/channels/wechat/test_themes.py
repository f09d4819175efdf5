"""Every theme keeps the platform's rules and the same words, whatever is in the article."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from channels.labels import label_of
from channels.wechat.article import write_article
from channels.wechat.comparing import images_of, text_of
from channels.wechat.lint import lint
from channels.wechat.settings import WechatSettings
from channels.wechat.themes import theme_names
from hub.setup import sample_contents
from tests.channels.wechat.conftest import ASKED, LIBRARY, manuscript
from tests.channels.wechat.test_golden import CALLOUTS

ARTICLES = [LIBRARY, ASKED, CALLOUTS, *(dict(content) for content in sample_contents())]


def test_there_are_four_and_each_has_a_name() -> None:
    label = label_of("theme", WechatSettings.model_fields["theme"])
    assert set(label.choices) == set(theme_names()) == {"official", "calm", "plain", "elder"}
    assert get_args(WechatSettings.model_fields["theme"].annotation) == ()


@pytest.mark.parametrize("theme", theme_names())
@pytest.mark.parametrize("content", ARTICLES, ids=lambda c: str(c["title"])[:12])
def test_it_breaks_no_rule(theme: str, content: dict[str, Any]) -> None:
    assert lint(write_article(manuscript(content), WechatSettings(theme=theme)).html) == []


@pytest.mark.parametrize("content", ARTICLES, ids=lambda c: str(c["title"])[:12])
def test_all_say_the_same(content: dict[str, Any]) -> None:
    made = [write_article(manuscript(content), WechatSettings(theme=theme)).html for theme in theme_names()]
    assert len({text_of(html) for html in made}) == 1
    assert len({images_of(html) for html in made}) == 1


def test_the_elder_theme_has_large_type_and_wide_lines() -> None:
    html = write_article(manuscript(LIBRARY), WechatSettings(theme="elder")).html
    assert "font-size:20px" in html
    sizes = [float(part.split("px")[0]) for part in html.split("font-size:")[1:]]
    assert min(sizes) >= 18
