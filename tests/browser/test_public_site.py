"""The public site in a browser: nothing for axe to find, nothing wider than a phone, nothing that moves, little to
load, and nothing from anybody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request

from tests.browser.house import House, house, visitor
from tests.browser.test_axe import SETTLED, found
from tests.browser.test_layout import SHIFTS, STILL, WIDER
from tests.site.crawling import Whole

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]

NARROW = {"width": 320, "height": 640}
# What a first visit to a page may ask the network for, pictures aside.
REQUESTS, BYTES = 4, 80_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The sample office, with every sample on its site."""
    with house(tmp_path_factory.mktemp("public") / "var", working=False) as running:
        running.publish_samples()
        running.work()
        yield running


@pytest.fixture(scope="module")
def places(made: House) -> list[str]:
    """One page of each kind, and every article: numbers in a place are the kind's."""
    folder = next(p for p in Path(made.services.config.site_folder).iterdir() if p.is_dir())
    kinds = {re.sub(r"^(p|c|f)/[^/]+/", r"\1/", place): place for place in Whole(folder, made.address).pages}
    return sorted(kinds.values())


@pytest.mark.timeout(600)
@pytest.mark.parametrize("phone", [pytest.param(False, id="desktop"), pytest.param(True, id="phone")])
def test_axe_finds_nothing(browser: Browser, made: House, places: list[str], phone: bool) -> None:
    context = visitor(browser, phone=phone)
    page = context.new_page()
    troubles: dict[str, list[str]] = {}
    for place in places:
        page.goto(made.address + place)
        light = found(page, {})
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        page.evaluate(SETTLED)
        dark = found(page, {"runOnly": ["color-contrast", "link-in-text-block"]})
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if light or dark:
            troubles[place] = light + [f"dark {d}" for d in dark]
    context.close()
    assert troubles == {}


def test_nothing_is_wider_than_a_small_phone(browser: Browser, made: House, places: list[str]) -> None:
    context = visitor(browser, phone=True)
    page = context.new_page()
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    wider = {}
    for place in places:
        page.goto(made.address + place)
        if found_wider := page.evaluate(WIDER):
            wider[place] = found_wider
    context.close()
    assert wider == {}


def test_nothing_moves_while_a_page_loads(browser: Browser, made: House, places: list[str]) -> None:
    context = visitor(browser, phone=True)
    page = context.new_page()
    shifts = {}
    for place in places:
        page.goto(made.address + place)
        shifts[place] = page.evaluate(SHIFTS)
    context.close()
    assert {place: value for place, value in shifts.items() if value > STILL} == {}


def test_a_page_asks_for_little_and_for_nothing_elsewhere(browser: Browser, made: House, places: list[str]) -> None:
    for place in places:
        context = visitor(browser, phone=True)
        asked, sizes = _visit(context, made.address + place)
        context.close()
        here = urlsplit(made.address).netloc
        assert {urlsplit(r.url).netloc for r in asked if not r.url.startswith("data:")} == {here}, place
        plain = [r for r in asked if r.resource_type != "image"]
        assert len(plain) <= REQUESTS, (place, [r.url for r in plain])
        assert sum(sizes) < BYTES, (place, sizes)


def test_a_page_is_read_without_scripts(browser: Browser, made: House, places: list[str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for place in places:
        page.goto(made.address + place)
        assert page.locator("h1").is_visible(), place
        assert len(page.locator("main").inner_text()) > 20, place
    context.close()


def test_a_reader_at_the_keyboard_begins_with_the_text(browser: Browser, made: House, places: list[str]) -> None:
    context = visitor(browser)
    page = context.new_page()
    for place in places:
        page.goto(made.address + place)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#main", place
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main", place
    context.close()


def _visit(context: BrowserContext, address: str) -> tuple[list[Request], list[int]]:
    page: Page = context.new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 (it marks what it is given)
    page.goto(address)
    page.wait_for_load_state("load")
    sizes = [r.sizes()["responseBodySize"] for r in asked if r.resource_type != "image" and r.response() is not None]
    return asked, sizes
