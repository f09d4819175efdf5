"""Somebody who has never seen it: from a text pasted out of Word to every channel, and back again when it was wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from hub.console.handing import tickets
from hub.domain.states import State
from hub.models import Account, Delivery, Interpretation, User
from hub.people.passwords import trace
from hub.security import secret_key
from tests.browser.house import House, visitor

pytestmark = [
    pytest.mark.long,
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.xdist_group(__name__),
    pytest.mark.timeout(400),
]

TITLE = "城乡居民医保缴费标准解读"
PASTED = """
<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{font-size:16pt}</style></head>
<body lang="ZH-CN"><!--StartFragment-->
<h2 style="font-family:黑体"><span lang="EN-US">一、</span>谁来缴费<o:p></o:p></h2>
<p class="MsoNormal" style="text-indent:32pt"><span style="font-family:仿宋">具有本区户籍的城乡居民，
依据川府发[2025]8 号缴费。</span></p>
<p class="MsoListParagraph" style="mso-list:l0 level1 lfo1"><![if !supportLists]>
<span>●<span>&nbsp;</span></span><![endif]>学生</p>
<p class="MsoListParagraph" style="mso-list:l0 level1 lfo1"><![if !supportLists]>
<span>●<span>&nbsp;</span></span><![endif]>老人</p>
<table class="MsoTableGrid">
<tr><td><p class="MsoNormal">对象</p></td><td><p class="MsoNormal">标准</p></td></tr>
<tr><td><p class="MsoNormal">成年人</p></td><td><p class="MsoNormal">400元</p></td></tr></table>
<!--EndFragment--></body></html>
"""
PASTE = """(html) => {
    const data = new DataTransfer();
    data.setData("text/html", html);
    const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    document.querySelector(".editor-text").dispatchEvent(event);
}"""
REVIEWERS = ("chushen", "fushen", "zhongshen")


@dataclass
class Office:
    """The people of the sample office at their browsers, and the way to what is stored."""

    made: House
    pages: dict[str, Page]
    browser: Browser
    stack: ExitStack

    @property
    def editor(self) -> Page:
        return self.pages["editor"]

    def piece(self) -> int:
        with self.made.services.db.reading() as session:
            return session.scalars(select(Interpretation.id).where(Interpretation.title == TITLE)).one()

    def states(self) -> dict[str, State]:
        """By channel, where the piece's newest delivery stands."""
        with self.made.services.db.reading() as session:
            mine = Delivery.interpretation_id == self.piece()
            rows = session.execute(select(Delivery.channel, Delivery.state).where(mine).order_by(Delivery.id))
            return {row.channel: State(row.state) for row in rows}


@pytest.fixture
def office(browser: Browser, made: House) -> Iterator[Office]:
    lines = (made.services.config.data / "first-sign-in.txt").read_text().splitlines()
    passwords = dict(line.split(" ", 1) for line in lines)
    with made.services.db.writing() as session:
        # One account that a person posts to.
        account = session.scalars(select(Account).where(Account.channel == "cards").order_by(Account.id)).first()
        assert account
        account.settings = {**account.settings, "folder": ""}
    with ExitStack() as stack:
        pages = {}
        for login in ("editor", *REVIEWERS):
            context = visitor(browser, phone=login == "zhongshen")
            stack.callback(context.close)
            page = pages[login] = context.new_page()
            page.set_default_timeout(20_000)
            page.goto(made.console)
            page.fill("#login", login)
            page.fill("#password", passwords[login])
            page.press("#password", "Enter")
            page.wait_for_url(made.console)
        yield Office(made, pages, browser, stack)


def test_from_word_to_every_channel_and_back(office: Office) -> None:
    write(office)
    mend(office.editor)
    send_in(office)
    sign(office)
    day = plan(office)
    watch(office, day)
    post_by_hand(office)
    correct(office)
    withdraw(office)


def write(office: Office) -> None:
    page = office.editor
    page.get_by_role("link", name="写稿").first.click()
    page.fill("#title", TITLE)
    page.fill("#summary", "明年城乡居民医保个人缴费每人每年400元，今年12月31日前缴。")
    page.locator(".editor-text").click()
    page.evaluate(PASTE, PASTED)
    expect(page.locator(".editor-text h2")).to_contain_text("谁来缴费")
    expect(page.locator(".editor-text li")).to_have_count(2)
    page.fill("#key_points-0-heading", "每人每年400元")
    page.fill("#key_points-0-text", "12月31日前缴清。")


def mend(page: Page) -> None:
    """The number as it was typed in Word is put right by one press."""
    fix = page.locator("#found [data-fix]", has_text="川府发〔2025〕8号").first
    fix.click()
    expect(page.locator(".editor-text")).to_contain_text("川府发〔2025〕8号")
    body = page.evaluate("new FormData(document.getElementById('compose')).get('body')")
    assert "| 对象 | 标准 |" in body
    assert "mso" not in body.lower()
    expect(page.locator('#found [data-group="block"]')).to_have_count(0)


def send_in(office: Office) -> None:
    page = office.editor
    page.locator('.bar-do [value="publish"]').click()
    page.wait_for_url(re.compile(r"/publish$"))
    for box in page.locator('input[name="account"]').all():
        box.check()
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("待初审").first).to_be_visible()


def sign(office: Office) -> None:
    for login in REVIEWERS:
        page = office.pages[login]
        page.goto(office.made.console)
        page.goto(f"{office.made.console}interpretations/{office.piece()}/review")
        page.locator("button.stamp").click()
        expect(page.locator(".name-seal").last).to_be_visible()
    expect(office.pages["zhongshen"].get_by_text("已签发").first).to_be_visible()


def plan(office: Office) -> str:
    """Dropped on a day to come, then on the accounts; carried to another day. Returns that day."""
    page = office.editor
    first = datetime.now(ZoneInfo("Asia/Shanghai")).date().replace(day=1)
    month = (first + timedelta(days=40)).replace(day=1)
    page.goto(f"{office.made.console}schedule?view=month&day={month.isoformat()}")
    day, other = (month + timedelta(days=9)).isoformat(), (month + timedelta(days=10)).isoformat()
    waiting = page.locator(".unplanned .slot", has_text=TITLE)
    drag(page, waiting, page.locator(f'[data-day="{day}"]'))
    drag(page, waiting, page.locator(".plan-side [data-area] .area-row").first)
    page.wait_for_url(re.compile(r"/place\?"))
    page.get_by_role("button", name="确认排期").click()
    expect(page.locator(".toast").first).to_contain_text(day)
    page.goto(f"{office.made.console}schedule?view=month&day={month.isoformat()}")
    drag(page, page.locator(f'[data-day="{day}"] .slot[data-movable]').first, page.locator(f'[data-day="{other}"]'))
    expect(page.locator(".toast.undo")).to_contain_text(other)
    return other


def drag(page: Page, what: Locator, to: Locator) -> None:
    what.hover()
    page.mouse.down()
    box = to.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 40), steps=8)
    page.mouse.up()


def watch(office: Office, day: str) -> None:
    """Its day comes: the row on the screen says so by itself."""
    page = office.editor
    page.goto(f"{office.made.console}deliveries?interpretation={office.piece()}")
    expect(page.get_by_text("定时发布").first).to_be_visible()
    begin = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    now = datetime.now(UTC)
    with office.made.services.db.writing() as session:
        rows = session.scalars(select(Delivery).where(Delivery.interpretation_id == office.piece())).all()
        assert all(begin <= row.due_at < begin + timedelta(days=1) for row in rows)
        for row in rows:
            row.due_at = now
    expect(page.get_by_text("待人工发布").first).to_be_visible(timeout=60_000)
    expect(page.locator('[data-state="published"]').first).to_be_visible(timeout=60_000)
    assert office.states()["website"] is State.PUBLISHED
    assert office.states()["cards"] is State.AWAITING_HAND


def post_by_hand(office: Office) -> None:
    """The code on the desktop leads the phone to this one task, without a password."""
    page = office.editor
    services = office.made.services
    with services.db.reading() as session:
        mine = Delivery.interpretation_id == office.piece()
        waiting = session.scalars(select(Delivery.id).where(mine, Delivery.state == State.AWAITING_HAND)).first()
        user = session.scalars(select(User).where(User.login == "editor")).one()
    page.goto(f"{office.made.console}deliveries/{waiting}")
    expect(page.locator(".qr img")).to_be_visible()
    assert page.locator(".qr img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    # What the code says; the phone's camera reads it.
    ticket = tickets(secret_key(services.config.data)).dumps([waiting, user.id, trace(user.password_hash)])
    context = visitor(office.browser, phone=True)
    office.stack.callback(context.close)
    phone = context.new_page()
    phone.goto(f"{office.made.console}hand/{ticket}")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("请发布到")
    phone.fill("#url", "https://v.example.cn/video/1")
    phone.get_by_role("button", name="登记已发布").click()
    expect(phone.get_by_text("已登记")).to_be_visible()
    expect(page.locator('[data-state="published"]').first).to_be_visible(timeout=30_000)


def correct(office: Office) -> None:
    """A wrong digit: another version, signed again, in the place of the first."""
    page = office.editor
    page.goto(f"{office.made.console}interpretations/{office.piece()}/edit")
    page.fill("#key_points-0-heading", "每人每年430元")
    send_in(office)
    sign(office)
    page.goto(f"{office.made.console}interpretations/{office.piece()}/correct")
    page.fill("#reason", "缴费标准原写400元，应为430元。")
    page.get_by_role("button", name="确认更正").click()
    with office.made.services.db.reading() as session:
        url = session.scalars(
            select(Delivery.url).where(Delivery.interpretation_id == office.piece(), Delivery.channel == "website")
        ).first()
    page.wait_for_timeout(500)
    expect(page.get_by_text("更正").first).to_be_visible()
    assert url
    page.goto(url)
    for _ in range(60):
        page.reload()
        if page.get_by_text("430元").count():
            break
        page.wait_for_timeout(500)
    expect(page.locator("body")).to_contain_text("应为430元")


def withdraw(office: Office) -> None:
    page = office.editor
    page.goto(f"{office.made.console}interpretations/{office.piece()}/withdraw")
    page.fill("#reason", "标准重新核定，核定后再发布。")
    page.get_by_role("button", name="从所有账号撤回").click()
    for _ in range(60):
        if office.states()["website"] is State.WITHDRAWN:
            break
        page.wait_for_timeout(500)
    with office.made.services.db.reading() as session:
        url = session.scalars(
            select(Delivery.url).where(Delivery.interpretation_id == office.piece(), Delivery.channel == "website")
        ).first()
    page.goto(url or "")
    # A browser may show what it has kept for the few minutes that the page allows.
    answer = page.reload()
    assert answer
    assert answer.status == 200
    expect(page.locator("body")).to_contain_text("标准重新核定")
