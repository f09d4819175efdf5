"""A publication scheduled through the console appears in the feed at its time: real Chromium, clock, Redis, workers."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import feedparser
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.house import chromium, visitor
from tests.installation import Running, installation

pytestmark = [
    pytest.mark.long,
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.enable_socket,
    pytest.mark.timeout(120),
    pytest.mark.xdist_group(__name__),
]

BEIJING = ZoneInfo("Asia/Shanghai")
AHEAD = timedelta(seconds=5)
ALLOWED = timedelta(seconds=2)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A whole installation with the sample published."""
    with installation(tmp_path / "var") as started:
        yield started


def in_feed(address: str, title: str) -> bool:
    with urllib.request.urlopen(address, timeout=5) as answer:
        return title in [entry.title for entry in feedparser.parse(answer.read()).entries]


def sign(browser: Browser, running: Running, login: str, panel: str) -> None:
    """One reviewer signs the text of the publication page, in a browser of their own."""
    lines = (running.data / "first-sign-in.txt").read_text().splitlines()
    context = visitor(browser)
    page = context.new_page()
    page.goto(running.said["console"])
    page.fill("#login", login)
    page.fill("#password", dict(line.split(" ", 1) for line in lines)[login])
    page.press("#password", "Enter")
    page.wait_for_url(running.said["console"])
    page.goto(panel.replace("/publish", "/review"))
    page.locator("button.stamp").click()
    expect(page.locator(".name-seal").last).to_be_visible()
    context.close()


def test_scheduled_five_seconds_ahead_it_is_in_the_feed_within_two_seconds_of_its_time(running: Running) -> None:
    title = "定时发布的一篇解读"
    feed = running.said["feeds"][0]
    with chromium() as browser:
        page = visitor(browser).new_page()
        page.goto(running.said["console"])
        page.fill("#login", running.said["first_sign_in"]["login"])
        page.fill("#password", running.said["first_sign_in"]["password"])
        page.press("#password", "Enter")
        page.goto(running.said["console"] + "interpretations/new")
        page.fill("#title", title)
        page.fill("#body", "这篇解读定在几秒之后发布，到时间自己出现在订阅里。\n")
        page.click('button[value="publish"].primary')
        panel = page.url
        page.get_by_role("button", name="提交审核").click()
        for login in ("chushen", "fushen", "zhongshen"):
            sign(browser, running, login, panel)
        page.goto(panel)
        for account in page.locator('input[name="account"]').all()[1:]:
            account.uncheck()
        # Whole seconds: what the field holds is the time to the second.
        due = (datetime.now(BEIJING) + AHEAD + timedelta(seconds=1)).replace(microsecond=0)
        page.fill("#at", due.strftime("%Y-%m-%dT%H:%M:%S"))
        page.get_by_role("button", name="确认发布").click()
        expect(page.locator('.delivery [data-state="scheduled"]')).to_have_count(1)
        assert not in_feed(feed, title)
        while not in_feed(feed, title) and datetime.now(BEIJING) < due + 5 * ALLOWED:
            time.sleep(0.05)
        late = datetime.now(BEIJING) - due
        assert timedelta(0) <= late < ALLOWED
        expect(page.locator('.delivery [data-state="published"]')).to_have_count(1, timeout=5_000)
