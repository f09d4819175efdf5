"""A sample office to look at: console and public site under waitress, and the work of the clock and the workers,
all in this process.
"""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import waitress
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import select

from channels.manuscript import Content
from hub import create_app
from hub.approvals import judgement
from hub.config import Config
from hub.domain.roles import Level
from hub.domain.states import SETTLED
from hub.editorial.images import read_image
from hub.editorial.importing import import_content
from hub.editorial.library import add_picture
from hub.editorial.reviewing import sign
from hub.models import Account, Delivery, Revision
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.sampling import sample_people, sign_sample
from hub.services import Services
from hub.setup import first_sign_in, make_ready, sample_contents
from hub.workflow import Actor
from tests import fonts
from tests.screens import addresses

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@dataclass
class House:
    """A running installation."""

    address: str
    login: str
    password: str
    services: Services
    office_id: int

    @property
    def console(self) -> str:
        """The console's address."""
        return f"{self.address}console/"

    def accounts(self) -> list[int]:
        """The office's accounts."""
        with self.services.db.reading() as session:
            wanted = select(Account.id).where(Account.office_id == self.office_id, Account.active)
            return list(session.scalars(wanted.order_by(Account.id)))

    def publish_samples(self) -> None:
        """Schedule the sample's interpretations to every account, now."""
        now = datetime.now(UTC)
        for content in sample_contents():
            editor, revision_id = self.signed(content, now)
            schedule(
                self.services,
                actor=editor,
                revision_id=revision_id,
                account_ids=self.accounts(),
                at=None,
                now=now,
            )

    def paths(self) -> dict[str, str]:
        """The address of every screen below the console, by the screen's name."""
        return addresses(self.services)

    def signed(self, content: Content, now: datetime) -> tuple[Actor, int]:
        """The version with this content, written by the office's editor and signed by its reviewers; and the editor."""
        with self.services.db.reading() as session:
            people = sample_people(session, self.office_id)
        saved = import_content(self.services, actor=people[0], office_id=self.office_id, content=content, now=now)
        with self.services.db.reading() as session:
            done = judgement(session, session.get_one(Revision, saved.revision_id)).final
        if not done:
            sign_sample(self.services, saved.revision_id, people, now)
        return people[0], saved.revision_id

    def work(self) -> None:
        """What the clock and a worker would do now."""
        release_due(self.services, datetime.now(UTC))
        drain(self.services, worker="test", now=lambda: datetime.now(UTC))


@contextmanager
def house(folder: Path, *, working: bool = True) -> Iterator[House]:
    """The office in `folder`, served until the end of the block; with `working` deliveries go out by themselves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    services = Services(Config(data=folder, port=port))
    ready = make_ready(services, sample=True, now=datetime.now(UTC))
    login, password = first_sign_in(folder) or ("", "")
    server = waitress.create_server(create_app(services), host="127.0.0.1", port=port, threads=6)
    stop = threading.Event()
    made = House(services.config.address, login, password, services, ready.office_id)

    def works() -> None:
        while not stop.wait(0.2):
            made.work()

    def serves() -> None:
        # The end closes the sockets that the server waits on.
        with suppress(OSError):
            server.run()

    threads = [threading.Thread(target=serves, daemon=True)]
    threads += [threading.Thread(target=works, daemon=True)] if working else []
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        stop.set()
        server.close()
        for thread in threads:
            thread.join(10)
        services.db.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=ARGUMENTS, env=dict(fonts.environment())
        )
        try:
            yield browser
        finally:
            browser.close()


def visitor(browser: Browser, *, phone: bool = False, dark: bool = False, language: str = "zh") -> BrowserContext:
    """A browser profile of its own, in Beijing time."""
    return browser.new_context(
        viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]
        has_touch=phone,
        color_scheme="dark" if dark else "light",
        locale="zh-CN" if language == "zh" else "en-GB",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )


def sign_in(page: Page, made: House) -> None:
    """Sign in as the office's editor."""
    page.goto(made.console)
    page.fill("#login", made.login)
    page.fill("#password", made.password)
    page.press("#password", "Enter")
    page.wait_for_url(made.console)


def have_it_signed(page: Page, made: House) -> None:
    """From the publication page of a new version: send it in, have it signed, and come back."""
    panel = page.url
    page.get_by_role("button", name="提交审核").click()
    page.wait_for_load_state()
    with made.services.db.reading() as session:
        reviewers = sample_people(session, made.office_id)[1]
        waiting = select(Revision.id, Revision.content_hash).order_by(Revision.id.desc()).limit(1)
        revision_id, content_hash = session.execute(waiting).one()
    for level in Level:
        now = datetime.now(UTC)
        actor = reviewers[level]
        sign(made.services, actor=actor, revision_id=revision_id, level=level, seen_hash=content_hash, now=now)
    page.goto(panel)


def switch_language(page: Page, language: str) -> None:
    """Choose the screen's language in the menu."""
    if page.get_attribute("html", "lang") != {"zh": "zh-CN", "en": "en"}[language]:
        page.click("details.me > summary")
        page.click('button[name="language"]')
        page.wait_for_load_state()


def settled_and_unsettled(made: House) -> None:
    """The samples published, something that waits for a person, and something that is still to come."""
    made.publish_samples()
    _settle(made)
    now = datetime.now(UTC)
    accounts = made.accounts()
    with made.services.db.writing() as session:
        by_hand = session.scalars(
            select(Account).where(Account.id.in_(accounts), Account.settings != {}).order_by(Account.id)
        ).first()
        if by_hand is not None:
            by_hand.settings = {**by_hand.settings, "folder": ""}
    for number, (title, at) in enumerate((("秋冬季森林防火政策问答", None), ("城乡居民医保缴费标准解读", 1))):
        content = sample_contents()[number + 1].model_copy(update={"title": title, "short_title": title})
        editor, revision_id = made.signed(content, now)
        due = now + timedelta(days=at) if at else None
        chosen = accounts[:3] if at else [by_hand.id if by_hand else accounts[0]]
        schedule(made.services, actor=editor, revision_id=revision_id, account_ids=chosen, at=due, now=now)
    _add_picture(made, now)
    _settle(made)


def _add_picture(made: House, now: datetime) -> None:
    """Something for the media library: a card that the office has made."""
    drawn = io.BytesIO()
    Image.new("RGB", (1200, 800), "#1f5fa8").save(drawn, "PNG")
    with made.services.db.reading() as session:
        editor = sample_people(session, made.office_id)[0]
    made.services.artefacts.put(drawn.getvalue())
    add_picture(
        made.services,
        actor=editor,
        office_id=made.office_id,
        image=read_image("fenglei.png", drawn.getvalue()),
        facts={"alt": "蓝底的栏目头图"},
        now=now,
    )


def _settle(made: House) -> None:
    """Wait until nothing is under way."""
    soon = datetime.now(UTC) + timedelta(hours=1)
    moving = select(Delivery.id).where(Delivery.state.not_in(SETTLED), Delivery.due_at < soon)
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with made.services.db.reading() as session:
            if session.scalars(moving).first() is None:
                return
        time.sleep(0.3)
