"""Pictures of every screen: `python -m tests.browser.screens --to DIR [--only NAME]`."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.house import House, chromium, house, settled_and_unsettled, sign_in, switch_language, visitor
from tests.screens import SCREENS, Screen

# Besides a desktop and a phone, a few are looked at where the space is extreme.
EXTREMES = {"4k": {"width": 3840, "height": 2160}, "360": {"width": 360, "height": 740}}
IN_EXTREMES = ("desk", "compose", "deliveries", "publish", "hand")


@dataclass(frozen=True)
class View:
    """How a screen is looked at."""

    language: str = "zh"
    size: str = "desktop"
    dark: bool = False

    def __str__(self) -> str:
        return f"{self.language}-{self.size}-{'dark' if self.dark else 'light'}"


VIEWS = [View(lang, size, dark) for lang in ("zh", "en") for size in ("desktop", "phone") for dark in (False, True)]


def compose(page: Page) -> None:
    """Wait for the first preview."""
    page.wait_for_selector("[data-channel] .preview-notes", state="attached", timeout=90_000)
    page.wait_for_load_state("networkidle")


def shoot(page: Page, made: House, screen: Screen, path: str, to: Path, view: View) -> None:
    """One screen, as a file named by screen and view."""
    page.goto(made.console + path)
    if screen.name == "compose":
        compose(page)
    page.wait_for_timeout(200)
    whole = view.size == "desktop" and screen.name != "compose"
    page.screenshot(path=to / f"{screen.name}-{view}.png", full_page=whole)
    if screen.name == "compose" and page.locator("#show-rack").is_visible():
        page.click("#show-rack")
        page.wait_for_timeout(200)
        page.screenshot(path=to / f"rack-{view}.png")


def shoot_all(browser: Browser, made: House, to: Path, only: str, views: list[View]) -> None:
    """The screens whose name with its view contains `only`."""
    paths = made.paths()
    for view in views:
        extreme = view.size in EXTREMES
        wanted = [s for s in SCREENS if only in f"{s.name}-{view}" and (not extreme or s.name in IN_EXTREMES)]
        if not wanted:
            continue
        context = visitor(browser, phone=view.size in ("phone", "360"), dark=view.dark, language=view.language)
        page = context.new_page()
        if extreme:
            page.set_viewport_size(EXTREMES[view.size])  # type: ignore[arg-type]
        for screen in sorted(wanted, key=lambda s: not s.open):
            if not screen.open and not context.cookies():
                sign_in(page, made)
                switch_language(page, view.language)
            shoot(page, made, screen, paths[screen.name], to, view)
        context.close()


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--only", default="", help="a part of the name, as in desk-zh-phone-dark")
    chosen = parser.parse_args()
    chosen.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, house(Path(folder) / "var") as made, chromium() as browser:
        settled_and_unsettled(made)
        shoot_all(browser, made, chosen.to, chosen.only, VIEWS + [View(size=size) for size in EXTREMES])


if __name__ == "__main__":
    main()
