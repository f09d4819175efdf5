"""What holds for every screen: headers, languages, errors."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from channels.words import Words
from hub import create_app
from hub.console.appearance import THEMES
from hub.console.fields import Fields
from hub.console.more import GROUPS, RAIL
from hub.console.policies import TONES
from hub.console.reading import PAGE
from hub.console.shell import SEVERITIES, STATES, anchor
from hub.domain.states import State
from hub.health import Answer
from hub.services import Services
from tests.console.conftest import Visitor
from tests.fakes import write

ROOT = Path(__file__).parent.parent.parent
ENGLISH = ROOT / "hub" / "translations" / "en" / "LC_MESSAGES" / "messages.po"


def words() -> set[str]:
    """Every translatable string of the console, as it stands in the source."""
    found: set[str] = set()
    for folder, methods in (
        (ROOT / "hub" / "console", [("**.py", "python")]),
        (ROOT / "templates" / "console", [("**.html", "jinja2")]),
    ):
        for _file, _line, message, _comments, _context in extract_from_dir(
            str(folder), methods, keywords={"_": None, "gettext": None, "lazy_gettext": None}
        ):
            found.add(message if isinstance(message, str) else message[0])
    return found


def catalogue() -> Catalog:
    return read_po(io.BytesIO(ENGLISH.read_bytes()), locale="en")


def test_every_string_has_its_english_and_no_string_is_left_over() -> None:
    english = {m.id: m.string for m in catalogue() if m.id}
    assert words() == set(english)
    assert all(english.values())


def test_english_keeps_the_placeholders() -> None:
    for message in catalogue():
        places = re.compile(r"%\(\w+\)s")
        assert sorted(places.findall(message.id)) == sorted(places.findall(message.string)), message.id


def test_no_chinese_stands_in_a_template_outside_a_translation() -> None:
    chinese = re.compile(r"[\u4e00-\u9fff]")
    for path in (ROOT / "templates" / "console").glob("*.html"):
        if path.name == "plain_error.html":
            continue
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r"_\((['\"]).*?\1", "", text)
        left = [line for line in text.splitlines() if chinese.search(line)]
        # The product's mark, and the name of the language one switches to.
        allowed = ("brand-seal", "中文")
        assert not [line for line in left if not any(mark in line for mark in allowed)], path.name


def test_every_state_looks_different_without_colour() -> None:
    assert set(STATES) == set(State)
    shapes = [(str(word), shape) for word, shape, _tone in map(_plain, STATES.values())]
    assert len(set(shapes)) == len(State)


def _plain(look: tuple[object, str, str]) -> tuple[object, str, str]:
    return look[0]._args[0], look[1], look[2]  # type: ignore[attr-defined]  # the Chinese key of a lazy string


def test_the_language_is_chinese_until_it_is_switched(editor: Visitor) -> None:
    assert '<html lang="zh-CN">' in editor.get("").text
    page = editor.post("language", language="en", next="/console/deliveries").text
    assert '<html lang="en">' in page
    assert "Deliveries" in page
    assert "发布任务" not in page
    assert '<html lang="en">' in editor.get("accounts").text
    editor.post("language", language="xx")
    assert '<html lang="en">' in editor.get("").text


def test_a_stranger_with_an_english_browser_reads_english(stranger: Visitor) -> None:
    page = stranger.get("sign-in", headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    assert "Sign in to Yigao" in page


@pytest.mark.parametrize(
    "path",
    [
        "",
        "sign-in",
        "interpretations/new",
        "deliveries",
        "held",
        "holds",
        "accounts",
        "more",
        "policies",
        "interpreters",
        "interpreters/new",
        "words",
        "words/new",
        "policies/new",
        "policies/import",
        "policies/subjects",
        "nothing-here",
    ],
)
def test_every_screen_has_a_strict_policy_and_nothing_inline(editor: Visitor, path: str) -> None:
    answer = editor.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-src 'self'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=", answer.text)
    assert not re.search(r'(src|href)="(https?:)?//', answer.text)


@pytest.mark.parametrize(("language", "sentence"), [("zh", "没有这个页面"), ("en", "There is no such page")])
def test_an_error_page_has_a_sentence_and_a_code(editor: Visitor, language: str, sentence: str) -> None:
    editor.get("")
    editor.post("language", language=language)
    answer = editor.get("interpretations/999/edit")
    assert answer.status_code == 404
    assert "SYS-404" in answer.text
    assert sentence in answer.text


def test_an_address_nobody_serves_is_answered_by_the_console(editor: Visitor) -> None:
    answer = editor.get("nothing/here")
    assert answer.status_code == 404
    assert "SYS-404" in answer.text
    assert "rail" in answer.text
    assert editor.client.get("/console").location == "/console/"


def test_a_broken_view_shows_no_traceback(app: Flask, editor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.view_functions, "accounts.listing", lambda: 1 / 0)
    answer = editor.get("accounts")
    assert answer.status_code == 500
    assert "SYS-500" in answer.text
    assert "ZeroDivision" not in answer.text


def test_the_desk_pages_searches_and_puts_problems_first(house: Services, editor: Visitor) -> None:
    assert "这里放本单位的政策解读" in editor.get("").text
    for number in range(PAGE + 1):
        write(house, f"解读第{number}篇")
    first, second = editor.get("").text, editor.get("?page=2").text
    assert first.count('class="piece"') == PAGE
    assert second.count('class="piece"') == 1
    assert editor.get("?q=第7篇").text.count('class="piece"') == 1
    assert "没有找到" in editor.get("?q=100%25").text


def test_the_accounts_are_listed_with_their_place(editor: Visitor) -> None:
    page = editor.get("accounts").text
    for name in ("账号plain", "账号sender", "账号sited", "锦溪区", "还没有发布过"):
        assert name in page


@pytest.mark.parametrize(
    ("place", "id_"),
    [
        ("title", "title"),
        ("body:14", "body"),
        ("key_points[2].text", "key_points-2-text"),
        ("policies[0]", "policies-0"),
        ("livestream.starts", "livestream-starts"),
        ("images[a.b.png]", "images"),
        ("", "title"),
    ],
)
def test_the_field_of_a_place(place: str, id_: str) -> None:
    assert anchor(place) == id_


def test_a_fresh_form_shares_nothing_with_the_next() -> None:
    first = Fields()
    first.rows["policies"].append({"title": "甲"})
    assert Fields().rows["policies"] == []


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    sprite = set(json.loads((ROOT / "frontend" / "icons.json").read_text(encoding="utf-8")))
    text = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "templates" / "console").glob("*.html"))
    named = set(re.findall(r'icon\("([a-z0-9-]+)"', text)) | {shape for _, shape, _ in STATES.values()}
    named |= {shape for _, shape, _ in SEVERITIES.values()} | {shape for _, shape in THEMES.values()}
    named |= {entry[1] for entry in RAIL}
    named |= {entry.shape for _, entries in GROUPS for entry in entries}
    named |= {shape for shape, _ in TONES.values()}
    assert named == sprite


def test_what_is_not_well_is_said_on_every_page_and_nothing_is_said_while_all_is_well(house: Services) -> None:
    wrong: list[Answer] = []
    visitor = Visitor(create_app(house, troubles=lambda: wrong).test_client())
    visitor.sign_in()
    assert "系统有异常" not in visitor.get("").text
    wrong.append(Answer("clock", well=False, words=Words("时钟没有运行。", "The clock is not running.")))
    page = visitor.get("deliveries").text
    assert "时钟没有运行。" in page
    assert "没有内容会丢失" in page
