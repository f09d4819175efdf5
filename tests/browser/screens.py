"""Pictures of every screen: `python -m tests.browser.screens --to DIR [--only NAME | --curated]`."""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from hub.console.appearance import COOKIE
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
    elder: bool = False

    def __str__(self) -> str:
        return f"{self.language}-{self.size}-{'dark' if self.dark else 'light'}{'-elder' if self.elder else ''}"


VIEWS = [View(lang, size, dark) for lang in ("zh", "en") for size in ("desktop", "phone") for dark in (False, True)]

HEAD = """# The screens

Made by `make pictures` from the sample office, so they are what the product shows today. Every screen in both
languages, light and dark, on a desktop and a phone: `make screens`, into `build/screens`.
"""
CURATED = (
    ("desk", View(), "The desk: what waits, what goes out, what fell silent"),
    ("compose", View(), "Composing, with every channel's live preview beside it"),
    ("review", View(), "Reviewing: what is signed is exactly what goes out"),
    ("schedule", View(), "The calendar: dragged to another day, or dropped on the accounts"),
    ("deliveries", View(), "Deliveries by interpretation, with the state of every channel"),
    ("deliveries", View(dark=True, language="en"), "The same in English, in the dark"),
    ("delivery", View(), "One delivery: receipt, files, attempts, history"),
    ("hand", View(), "A channel a person posts: the code for the editor's phone"),
    ("hand-page", View(size="phone"), "The hand-over page on that phone"),
    ("accounts", View(), "The matrix: areas, offices, accounts"),
    ("publish", View(), "Choosing accounts and a time"),
    ("holds", View(), "Stopping everything, and quiet times"),
    ("policies", View(), "Policies, with their validity and their interpretations"),
    ("phone", View(), "A changed phone: every page that follows by itself, every copy a hand must mend"),
    ("users", View(), "Users and their roles, by office or area"),
    ("audit", View(), "The audit log, chained and verified"),
    ("desk", View(size="phone"), "The desk on a phone"),
    ("desk", View(elder=True), "Elder mode 长者模式"),
)


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


@contextmanager
def looking(browser: Browser, made: House, view: View) -> Iterator[Callable[[bool], Page]]:
    """A browser for the view; gives its page, for a screen that is open to anybody or not. Signs in when it must."""
    context = visitor(browser, phone=view.size in ("phone", "360"), dark=view.dark, language=view.language)
    if view.elder:
        context.add_cookies([{"name": COOKIE, "value": "elder", "url": made.console}])
    page = context.new_page()
    if view.size in EXTREMES:
        page.set_viewport_size(EXTREMES[view.size])  # type: ignore[arg-type]
    inside = False

    def ready(open_: bool) -> Page:
        nonlocal inside
        if not open_ and not inside:
            sign_in(page, made)
            switch_language(page, view.language)
            inside = True
        return page

    yield ready
    context.close()


def shoot_all(browser: Browser, made: House, to: Path, only: str, views: list[View]) -> None:
    """The screens whose name with its view contains `only`."""
    paths = made.paths()
    for view in views:
        few = view.size in EXTREMES or view.elder
        wanted = [s for s in SCREENS if only in f"{s.name}-{view}" and (not few or s.name in IN_EXTREMES)]
        with looking(browser, made, view) as ready:
            for screen in sorted(wanted, key=lambda s: not s.open):
                shoot(ready(screen.open), made, screen, paths[screen.name], to, view)


def curate(browser: Browser, made: House, to: Path) -> None:
    """The few pictures that are kept with the documentation, small, and the page that shows them."""
    known = {screen.name: screen for screen in SCREENS}
    paths = made.paths()
    lines = [HEAD]
    for name, view, title in CURATED:
        screen = known[name]
        target = to / f"{name}-{view}.png"
        with looking(browser, made, view) as ready:
            page = ready(screen.open)
            page.goto(made.console + paths[name])
            if name == "compose":
                compose(page)
            page.wait_for_timeout(300)
            data = page.screenshot()
        with Image.open(io.BytesIO(data)) as picture:
            # Flat colours: a palette of 256 loses nothing that the eye finds, and three quarters of the bytes.
            picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
        lines.append(f"## {title}\n\n![{title}]({target.name})\n")
    (to / "README.md").write_text("\n".join(lines), encoding="utf-8")


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--only", default="", help="a part of the name, as in desk-zh-phone-dark")
    parser.add_argument("--curated", action="store_true", help="the few that docs/screens keeps, and its page")
    chosen = parser.parse_args()
    chosen.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, house(Path(folder) / "var") as made, chromium() as browser:
        settled_and_unsettled(made)
        if chosen.curated:
            curate(browser, made, chosen.to)
        else:
            further = [View(elder=True), View(size="phone", elder=True), *(View(size=size) for size in EXTREMES)]
            shoot_all(browser, made, chosen.to, chosen.only, VIEWS + further)


if __name__ == "__main__":
    main()
