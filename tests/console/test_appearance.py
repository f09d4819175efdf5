"""Light or dark, elder mode: chosen for a browser, and in the page as it comes from the server."""

from __future__ import annotations

import pytest

from tests.console.conftest import Visitor


def test_a_browser_that_chose_nothing_looks_like_its_device(editor: Visitor) -> None:
    page = editor.get("").text
    assert "data-theme" not in page
    assert 'content="light dark"' in page


def test_what_was_chosen_stays_and_is_in_the_page_from_the_server(editor: Visitor) -> None:
    editor.get("deliveries")
    answer = editor.post("appearance", theme="dark", next="/console/deliveries")
    assert answer.request.path == "/console/deliveries"
    assert '<html lang="zh-CN" data-theme="dark">' in answer.text
    page = editor.post("appearance", elder="1").text
    assert '<html lang="zh-CN" data-theme="dark" class="elder">' in page
    assert '<meta name="color-scheme" content="dark">' in page
    page = editor.post("appearance", theme="auto", elder="0").text
    assert '<html lang="zh-CN">' in page


def test_it_outlives_signing_out(editor: Visitor) -> None:
    editor.get("")
    editor.post("appearance", elder="1")
    assert 'class="elder"' in editor.post("sign-out").text


@pytest.mark.parametrize("cookie", ["x", "<script>", "dark" * 1000, 'elder"onload="x'])
def test_a_cookie_that_is_no_choice_of_ours_counts_as_none(editor: Visitor, cookie: str) -> None:
    editor.client.set_cookie("yigao-look", cookie, path="/console")
    assert '<html lang="zh-CN">' in editor.get("").text


def test_it_never_leads_out_of_the_console(editor: Visitor) -> None:
    editor.get("")
    assert (
        editor.post("appearance", follow=False, theme="dark", next="https://elsewhere.example/").location == "/console/"
    )
