"""Screens on paper: black on white whatever the screen's colours, and no controls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.house import House, house, settled_and_unsettled, sign_in, visitor
from tests.screens import SCREENS

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]

COLOURS = """() => ["--paper", "--ink"].map((name) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim())"""
# What can be pressed, but for what a form says by its fields.
PRESSED = """() => [...document.querySelectorAll("main button, form[role=search], .rail")]
  .filter((e) => e.checkVisibility()).map((e) => e.outerHTML.slice(0, 100))"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("printing") / "var") as running:
        settled_and_unsettled(running)
        yield running


@pytest.mark.timeout(600)
def test_a_dark_screen_is_printed_black_on_white_without_controls(browser: Browser, made: House) -> None:
    context = visitor(browser, dark=True)
    page = context.new_page()
    sign_in(page, made)
    page.emulate_media(media="print", color_scheme="dark")
    paths, troubles = made.paths(), {}
    for screen in (s for s in SCREENS if not s.open):
        page.goto(made.console + paths[screen.name])
        colours, pressed = page.evaluate(COLOURS), page.evaluate(PRESSED)
        if colours != ["#fff", "#000"] or pressed:
            troubles[screen.name] = (colours, pressed)
    context.close()
    assert troubles == {}
