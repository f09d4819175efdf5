"""axe-core finds nothing to complain of: on no screen, in neither language, light or dark, on a desktop or a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from hub import create_app
from tests.browser.house import House, house, settled_and_unsettled, sign_in, switch_language, visitor
from tests.screens import SCREENS, unlisted

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]

AXE = (Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
# Previews in frames are pages of the public site, which has tests of its own.
RUN = """(rules) => axe.run(document, {iframes: false, resultTypes: ["violations"], ...rules}).then((found) =>
  found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.html.slice(0, 160)}`)))"""

# Colours that are still on their way are no finding; they set out with the frame after the change.
SETTLED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  .then(() => Promise.allSettled(document.getAnimations().map((a) => a.finish() ?? a.finished)))"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The sample office with something on every screen."""
    with house(tmp_path_factory.mktemp("axe") / "var") as running:
        settled_and_unsettled(running)
        yield running


def found(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe finds on the page as it is now. The page's own policy stays as strict as it is."""
    page.evaluate(AXE)
    violations: list[str] = page.evaluate(RUN, rules)
    return violations


def test_every_screen_is_in_the_table(made: House) -> None:
    assert unlisted(create_app(made.services)) == [], "add a line to tests/screens.py"


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("language", "phone"),
    [
        pytest.param("zh", False, id="zh-desktop"),
        pytest.param("en", True, id="en-phone"),
        # The same screens once more: for `make browser`.
        pytest.param("en", False, id="en-desktop", marks=pytest.mark.long),
        pytest.param("zh", True, id="zh-phone", marks=pytest.mark.long),
    ],
)
def test_no_violation(browser: Browser, made: House, language: str, phone: bool) -> None:
    context = visitor(browser, phone=phone, language=language)
    page = context.new_page()
    troubles: dict[str, list[str]] = {}

    def look(name: str, path: str) -> None:
        page.goto(made.console + path)
        page.wait_for_load_state("load")
        light = found(page, {})
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        page.evaluate(SETTLED)
        dark = found(page, {"runOnly": ["color-contrast", "link-in-text-block"]})
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if light or dark:
            troubles[name] = light + [f"dark {d}" for d in dark]

    paths = made.paths()
    for screen in (s for s in SCREENS if s.open):
        look(screen.name, paths[screen.name])
    sign_in(page, made)
    switch_language(page, language)
    for screen in (s for s in SCREENS if not s.open):
        look(screen.name, paths[screen.name])
    context.close()
    assert troubles == {}
