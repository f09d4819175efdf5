"""A running sample office and a Chromium for each module of browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.house import House, chromium, house, sign_in, visitor


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium a module."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The sample office, running, with nothing published."""
    with house(tmp_path_factory.mktemp("office") / "var") as running:
        yield running


@pytest.fixture(params=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, made: House) -> Iterator[Page]:
    """The editor's browser, signed in, at each size; what it logs as an error fails the test."""
    context = visitor(browser, phone=request.param == "phone")
    opened = context.new_page()
    troubles: list[str] = []
    # A preview's own scripts are kept from running, and a signed-out request is refused: the browser says so itself.
    opened.on(
        "console",
        lambda m: (
            troubles.append(f"{m.text} {m.location}")
            if m.type == "error"
            and not any(
                known in m.text
                for known in ("Blocked script execution", *(f"status of {n}" for n in (400, 401, 409, 422)))
            )
            else None
        ),
    )
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    sign_in(opened, made)
    yield opened
    context.close()
    assert troubles == []
