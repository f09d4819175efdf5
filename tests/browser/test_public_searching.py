"""The public site's script in a browser: elder mode along the way, and searching where only files are served."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.house import visitor
from tests.browser.test_axe import found
from tests.site.conftest import whole as whole_site
from tests.site.crawling import Whole

# The same site as in tests/site.
whole = whole_site
pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]
# GB/T 37668: letters of 18 pixels, lines of 1.3, targets of 60.
SMALL = """() => [...document.querySelectorAll("a, button, p, li, dd, dt, td, time, label, input")]
  .filter((e) => e.checkVisibility() && e.innerText && parseFloat(getComputedStyle(e).fontSize) < 18)
  .map((e) => e.outerHTML.slice(0, 80))"""
LOW = """() => [...document.querySelectorAll("nav a, button, .button, label:not(.hidden), .contents a, .list h2 a")]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 60)
  .map((e) => e.outerHTML.slice(0, 80))"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def address(whole: Whole) -> Iterator[str]:
    """The sample's site as files, from a server that knows nothing else."""
    handler = functools.partial(Quiet, directory=str(Path(whole.folder)))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(params=[False, True], ids=["desktop", "phone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A citizen's browser; an error of the script fails the test."""
    context = visitor(browser, phone=request.param)
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    yield opened
    context.close()
    assert troubles == []


def test_where_only_files_are_served_the_page_finds_by_itself(page: Page, address: str) -> None:
    page.goto(address)
    page.fill("#search", "农机 补贴")
    page.keyboard.press("Enter")
    page.wait_for_selector("#found li")
    assert "一图读懂锦溪区农机购置与应用补贴新标准" in page.locator("#found h2").all_inner_texts()
    assert page.input_value("#q") == "农机 补贴"
    assert "找到 1 条" in page.inner_text("#found [role=status]")
    assert "补贴" in page.locator("#found mark").all_inner_texts()
    assert found(page, {}) == []
    page.click("#found h2 a")
    assert page.locator("h1").inner_text() == "一图读懂锦溪区农机购置与应用补贴新标准"


def test_nothing_found_is_said_and_hostile_words_stay_words(page: Page, address: str) -> None:
    page.goto(f"{address}search/?q={quote('<img src=x onerror=alert(1)> [(')}")
    page.wait_for_selector("#found [role=status]:has-text('没有找到')")
    assert page.locator("#found img").count() == 0
    page.goto(f"{address}search/?q={quote('补贴')}&until=2000-01-01")
    page.wait_for_selector("#found [role=status]:has-text('没有找到')")


def test_elder_mode_is_large_goes_along_and_ends_where_it_began(page: Page, address: str) -> None:
    page.goto(f"{address}i/1/")
    page.check("#elder")
    assert page.evaluate(SMALL) == []
    assert page.evaluate(LOW) == []
    assert found(page, {}) == []
    page.click(".site a")
    assert page.url.endswith("?elder=1")
    expect(page.locator("#elder")).to_be_checked()
    assert page.evaluate(SMALL) == []
    page.fill("#search", "补贴")
    page.keyboard.press("Enter")
    page.wait_for_selector("#found li")
    expect(page.locator("#elder")).to_be_checked()
    page.uncheck("#elder")
    page.click(".site a")
    assert "elder" not in page.url
    expect(page.locator("#elder")).not_to_be_checked()
    assert page.evaluate("document.cookie + localStorage.length + sessionStorage.length") == "00"


def test_elder_mode_needs_no_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}i/1/")
    page.check("#elder")
    assert float(page.locator(".meta").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")) >= 18
    context.close()
