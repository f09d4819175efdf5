"""Every screen stands still while it loads, and fits the narrowest phone, the elder mode and the widest screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from hub.console.appearance import COOKIE
from tests.browser.house import House, house, settled_and_unsettled, sign_in, switch_language, visitor
from tests.screens import SCREENS

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]

# Cumulative layout shift; Google calls up to 0.1 good.
STILL = 0.05
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value; })
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 400);
})"""
# How far the page is wider than its window, and by what: for the message.
WIDER = """() => document.documentElement.scrollWidth - innerWidth > 0
  ? [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
      .slice(0, 3).map((e) => e.outerHTML.slice(0, 100)) : []"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("layout") / "var") as running:
        settled_and_unsettled(running)
        yield running


def wander(page: Page, made: House, script: str) -> dict[str, object]:
    """What the script says of every screen, where it says anything."""
    found: dict[str, object] = {}
    paths = made.paths()
    for screen in sorted(SCREENS, key=lambda s: not s.open):
        if not screen.open and "inside" not in found:
            sign_in(page, made)
            found["inside"] = None
        page.goto(made.console + paths[screen.name])
        found[screen.name] = page.evaluate(script)
    return {name: said for name, said in found.items() if said}


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "phone", [pytest.param(False, id="desktop"), pytest.param(True, id="phone", marks=pytest.mark.long)]
)
def test_nothing_moves_while_a_screen_loads(browser: Browser, made: House, phone: bool) -> None:
    context = visitor(browser, phone=phone)
    shifts = wander(context.new_page(), made, SHIFTS)
    context.close()
    assert {name: value for name, value in shifts.items() if float(str(value)) > STILL} == {}


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("width", "elder", "language"),
    [
        pytest.param(360, False, "en", id="360 px in English"),
        pytest.param(390, True, "zh", id="elder mode", marks=pytest.mark.long),
    ],
)
def test_no_screen_is_wider_than_its_window(
    browser: Browser, made: House, width: int, elder: bool, language: str
) -> None:
    context = visitor(browser, phone=True, language=language)
    if elder:
        context.add_cookies([{"name": COOKIE, "value": "elder", "url": made.console}])
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 740})
    sign_in(page, made)
    switch_language(page, language)
    wider = {name: page.goto(made.console + path) and page.evaluate(WIDER) for name, path in made.paths().items()}
    context.close()
    assert {name: what for name, what in wider.items() if what} == {}
