"""The schedule by hand: dragged, carried by keys, taken back, dropped on the accounts; and without any script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select, update

from hub.domain.states import OPEN, State
from hub.models import Delivery, Interpretation
from hub.publishing.scheduling import schedule
from hub.setup import sample_contents
from tests.browser.house import DESKTOP, House, house, sign_in, visitor

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]

# A Wednesday, a month whose days off are known by the law alone.
AT = datetime(2031, 3, 5, 1, 30, tzinfo=UTC)
MONTH = "schedule?view=month&day=2031-03-05"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The sample office, where nothing goes out."""
    with house(tmp_path_factory.mktemp("plan") / "var", working=False) as running:
        yield running


@pytest.fixture
def desktop(browser: Browser, made: House) -> Iterator[Page]:
    """The editor at a desk."""
    context = visitor(browser, phone=False)
    page = context.new_page()
    sign_in(page, made)
    yield page
    context.close()


def _planned(made: House) -> int:
    """One text at AT, and nothing else; its interpretation."""
    with made.services.db.writing() as session:
        session.execute(update(Delivery).where(Delivery.state.in_(OPEN)).values(state=State.CANCELLED))
    now = datetime.now(UTC)
    editor, revision_id = made.signed(sample_contents()[0], now)
    accounts = made.accounts()[:2]
    schedule(made.services, actor=editor, revision_id=revision_id, account_ids=accounts, at=AT, now=now)
    with made.services.db.reading() as session:
        return session.scalars(select(Delivery.interpretation_id).order_by(Delivery.id.desc())).first() or 0


def _dues(made: House) -> set[datetime]:
    with made.services.db.reading() as session:
        return set(session.scalars(select(Delivery.due_at).where(Delivery.state == State.SCHEDULED)))


def _drag(page: Page, what: Locator, to: Locator) -> None:
    what.hover()
    page.mouse.down()
    box = to.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()


def test_a_chip_is_dragged_to_another_day_and_taken_back(desktop: Page, made: House) -> None:
    _planned(made)
    desktop.goto(made.console + MONTH)
    expect(desktop.locator(".head")).to_contain_text("北京时间")
    _drag(desktop, desktop.locator(".slot[data-movable]").first, desktop.locator('[data-day="2031-03-07"]'))
    expect(desktop.locator(".toast.undo")).to_contain_text("已改到 2031-03-07 09:30（北京时间）")
    expect(desktop.locator('[data-day="2031-03-07"] .slot')).to_have_count(1)
    assert _dues(made) == {AT + timedelta(days=2)}
    desktop.locator(".toast.undo").get_by_role("button", name="撤销").click()
    expect(desktop.locator(".toast")).to_contain_text("已改回原来的时间")
    assert _dues(made) == {AT}


def test_a_day_off_is_pointed_out(desktop: Page, made: House) -> None:
    _planned(made)
    desktop.goto(made.console + MONTH)
    _drag(desktop, desktop.locator(".slot[data-movable]").first, desktop.locator('[data-day="2031-03-08"]'))
    expect(desktop.locator(".toasts")).to_contain_text("SCH-301")
    assert _dues(made) == {AT + timedelta(days=3)}


def test_what_a_colleague_moved_meanwhile_goes_back_with_a_sentence(desktop: Page, made: House) -> None:
    _planned(made)
    desktop.goto(made.console + MONTH)
    with made.services.db.writing() as session:
        session.execute(update(Delivery).where(Delivery.state == State.SCHEDULED).values(version=Delivery.version + 1))
    _drag(desktop, desktop.locator(".slot[data-movable]").first, desktop.locator('[data-day="2031-03-07"]'))
    expect(desktop.locator(".toasts")).to_contain_text("SCH-409")
    expect(desktop.locator('[data-day="2031-03-05"] .slot')).to_have_count(1)
    assert _dues(made) == {AT}


def test_a_chip_is_carried_by_keys(desktop: Page, made: House) -> None:
    _planned(made)
    desktop.goto(made.console + MONTH)
    chip = desktop.locator(".slot[data-movable] .slot-open").first
    chip.focus()
    for key in ("Space", "ArrowRight", "ArrowDown"):
        chip.press(key)
    expect(desktop.locator("#drag-said")).to_contain_text("2031-03-13 09:30")
    chip.press("Enter")
    expect(desktop.locator(".toast.undo")).to_contain_text("2031-03-13 09:30")
    assert _dues(made) == {AT + timedelta(days=8)}


def test_a_signed_text_is_dropped_on_a_day_and_then_on_the_accounts(desktop: Page, made: House) -> None:
    _planned(made)
    content = sample_contents()[1].model_copy(update={"title": "待排的一篇"})
    _editor, revision_id = made.signed(content, datetime.now(UTC))
    desktop.goto(made.console + MONTH)
    piece = desktop.locator(".unplanned .slot", has_text="待排的一篇")
    _drag(desktop, piece, desktop.locator('[data-day="2031-03-12"]'))
    expect(desktop.locator('[data-day="2031-03-12"] .pending')).to_have_count(1)
    _drag(desktop, piece, desktop.locator(".plan-side [data-area] .area-row").first)
    desktop.wait_for_url(re.compile(r"/place\?"))
    expect(desktop.locator("#at")).to_have_value("2031-03-12T09:30")
    expect(desktop.locator('input[name="area-all"]').first).to_be_checked()
    desktop.get_by_role("button", name="确认排期").click()
    expect(desktop.locator(".toast").first).to_contain_text("已排到 2031-03-12 09:30（北京时间）")
    with made.services.db.reading() as session:
        due = session.scalars(select(Delivery.due_at).where(Delivery.revision_id == revision_id)).all()
    assert set(due) == {AT + timedelta(days=7)}


def test_the_month_fits_and_on_a_phone_the_list_is_read(page: Page, made: House) -> None:
    _planned(made)
    for view in ("month", "week", "agenda"):
        page.goto(f"{made.console}schedule?view={view}&day=2031-03-05")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, view
    expect(page.locator(".agenda .slot")).to_contain_text("09:30")
    page.goto(made.console + MONTH)
    if page.viewport_size == DESKTOP:
        assert page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0


def test_without_scripts(browser: Browser, made: House) -> None:
    piece = _planned(made)
    context = browser.new_context(viewport=DESKTOP, java_script_enabled=False, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, made)
    page.goto(f"{made.console}schedule?view=agenda&day=2031-03-05")
    page.locator(".slot-move summary").first.click()
    page.locator('.slot-move input[name="at"]').first.fill("2031-03-06T14:15")
    page.locator(".slot-move").get_by_role("button", name="改到这时").first.click()
    expect(page.locator(".toast.undo")).to_contain_text("已改到 2031-03-06 14:15")
    page.locator('input[name="pick"]').first.check()
    page.get_by_role("button", name="推到下一个工作日").click()
    expect(page.locator(".toast.undo")).to_contain_text("2031-03-07 14:15")
    with made.services.db.reading() as session:
        assert session.get_one(Interpretation, piece).published_at == datetime(2031, 3, 7, 6, 15, tzinfo=UTC)
    context.close()
