"""Pictures of every screen: `python -m tests.browser.screens --to DIR [--only NAME]`."""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page
from sqlalchemy import select

from hub.domain.states import SETTLED, State
from hub.editorial.importing import import_content
from hub.models import Account, Delivery, Interpretation
from hub.publishing.scheduling import schedule
from hub.setup import sample_contents
from hub.workflow import Actor
from tests.browser.house import House, chromium, house, sign_in, visitor


def ids(made: House) -> tuple[int, int, int]:
    """An interpretation, a published delivery, and one that a person must post."""
    with made.services.db.reading() as session:
        piece = session.scalars(select(Interpretation.id).order_by(Interpretation.id)).first() or 0
        delivery = session.scalars(select(Delivery.id).where(Delivery.channel == "cards").order_by(Delivery.id)).first()
        hand = session.scalars(select(Delivery.id).where(Delivery.state == State.AWAITING_HAND)).first()
        return piece, delivery or 0, hand or 0


def unsettled(made: House) -> None:
    """Something for the desk that waits for a person, and something that is still to come."""
    now = datetime.now(UTC)
    actor = Actor("cli:test")
    accounts = made.accounts()
    with made.services.db.writing() as session:
        by_hand = session.scalars(
            select(Account).where(Account.id.in_(accounts), Account.settings != {}).order_by(Account.id)
        ).first()
        if by_hand is not None:
            by_hand.settings = {**by_hand.settings, "folder": ""}
    for number, (title, at) in enumerate((("秋冬季森林防火政策问答", None), ("城乡居民医保缴费标准解读", 1))):
        content = sample_contents()[number + 1].model_copy(update={"title": title, "short_title": title})
        saved = import_content(made.services, actor=actor, office_id=made.office_id, content=content, now=now)
        due = now + timedelta(days=at) if at else None
        chosen = accounts[:3] if at else [by_hand.id if by_hand else accounts[0]]
        schedule(made.services, actor=actor, revision_id=saved.revision_id, account_ids=chosen, at=due, now=now)


def settle(made: House) -> None:
    """Wait until nothing is under way."""
    soon = datetime.now(UTC) + timedelta(hours=1)
    moving = select(Delivery.id).where(Delivery.state.not_in(SETTLED), Delivery.due_at < soon)
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with made.services.db.reading() as session:
            if session.scalars(moving).first() is None:
                return
        time.sleep(0.3)


def compose(page: Page) -> None:
    """Wait for the first preview."""
    page.wait_for_selector("[data-channel] .preview-notes", state="attached", timeout=30_000)
    page.wait_for_load_state("networkidle")


def shoot(browser: Browser, made: House, to: Path, only: str) -> None:
    """Every screen in both languages, light and dark, on a desktop and a phone."""
    piece, delivery, hand = ids(made)
    screens = {
        "sign-in": "sign-in",
        "desk": "",
        "compose-new": "interpretations/new",
        "compose": f"interpretations/{piece}/edit",
        "publish": f"interpretations/{piece}/publish",
        "deliveries": "deliveries",
        "delivery": f"deliveries/{delivery}",
        "hand": f"deliveries/{hand}",
        "held": "held",
        "holds": "holds",
        "accounts": "accounts",
        "missing": "nothing-here",
    }
    for language in ("zh", "en"):
        for phone in (False, True):
            for dark in (False, True):
                context = visitor(browser, phone=phone, dark=dark, language=language)
                page = context.new_page()
                for name, path in screens.items():
                    where = f"{name}-{language}-{'phone' if phone else 'desktop'}-{'dark' if dark else 'light'}"
                    if only and only not in where:
                        continue
                    if name != "sign-in" and not context.cookies():
                        page.goto(made.console)
                    if name != "sign-in" and "sign-in" in page.url:
                        sign_in(page, made)
                        if language == "en":
                            page.click("details.me > summary")
                            page.click('button[name="language"]')
                            page.wait_for_load_state()
                    page.goto(made.console + path)
                    if name == "compose":
                        compose(page)
                    page.wait_for_load_state("networkidle") if name != "desk" else page.wait_for_timeout(150)
                    page.screenshot(path=to / f"{where}.png", full_page=not phone and name != "compose")
                    if name == "compose" and phone:
                        page.click("#show-rack")
                        page.wait_for_timeout(200)
                        page.screenshot(path=to / f"{where.replace('compose', 'rack')}.png")
                context.close()


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    chosen.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, house(Path(folder) / "var") as made, chromium() as browser:
        made.publish_samples()
        settle(made)
        unsettled(made)
        settle(made)
        shoot(browser, made, chosen.to, chosen.only)


if __name__ == "__main__":
    main()
