"""Stopping everything and taking it back, and deciding over what was held, as an editor sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from hub.domain.states import OPEN, State
from hub.models import Delivery
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.setup import sample_contents
from tests.browser.house import DESKTOP, House, house, sign_in

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The sample office, where no worker runs: what is queued stays queued."""
    with house(tmp_path_factory.mktemp("quiet") / "var", working=False) as running:
        yield running


def _held(made: House) -> int:
    """Two deliveries that are hours late, and nothing else under way."""
    past = datetime.now(UTC) - timedelta(hours=3)
    with made.services.db.writing() as session:
        session.execute(update(Delivery).where(Delivery.state.in_(OPEN)).values(state=State.CANCELLED))
    content = sample_contents()[1]
    editor, revision_id = made.signed(content, past)
    accounts = made.accounts()[:2]
    schedule(made.services, actor=editor, revision_id=revision_id, account_ids=accounts, at=past, now=past)
    release_due(made.services, datetime.now(UTC))
    return len(accounts)


def _states(made: House) -> set[str]:
    with made.services.db.reading() as session:
        return set(session.scalars(select(Delivery.state).where(Delivery.state.in_(OPEN))))


def test_the_switch_and_the_way_back(page: Page, made: House) -> None:
    page.goto(f"{made.console}held")
    page.get_by_role("link", name="暂停发布与静默时段").click()
    page.get_by_label("为什么暂停").fill("演练")
    page.get_by_role("button", name="全部暂停").click()
    expect(page.locator(".banner")).to_contain_text("已暂停发布：演练")
    page.locator(".toast.undo").get_by_role("button", name="撤销").click()
    expect(page.locator(".toast")).to_contain_text("已解除")
    expect(page.locator(".banner")).to_have_count(0)


def test_the_banner_is_on_every_page_and_lifts_from_there(page: Page, made: House) -> None:
    page.goto(f"{made.console}holds")
    page.get_by_label("为什么暂停").fill("再次演练")
    page.get_by_role("button", name="全部暂停").click()
    page.wait_for_selector(".banner")
    page.goto(f"{made.console}accounts")
    page.locator(".banner").get_by_role("button", name="恢复发布").click()
    page.wait_for_url(re.compile(r"/accounts$"))
    expect(page.locator(".banner")).to_have_count(0)


def test_all_are_ticked_at_once_and_published(page: Page, made: House) -> None:
    count = _held(made)
    page.goto(f"{made.console}held")
    page.get_by_label("全选").check()
    expect(page.locator('input[name="pick"]:checked')).to_have_count(count)
    page.locator('input[name="pick"]').first.uncheck()
    expect(page.get_by_label("全选")).not_to_be_checked()
    page.get_by_label("全选").check()
    page.locator(".held-bar").get_by_role("button", name="立即发布").click()
    expect(page.locator(".toast")).to_contain_text(f"正在发布 {count} 项")
    assert _states(made) == {State.QUEUED}


def test_one_is_given_another_time_in_its_row(page: Page, made: House) -> None:
    count = _held(made)
    page.goto(f"{made.console}held")
    row = page.locator(".held-row").first
    row.locator("summary").click()
    row.locator('input[type="datetime-local"]').fill("2031-01-02T09:30")
    row.get_by_role("button", name="改到这时").click()
    expect(page.locator(".toast")).to_contain_text("已改时间 1 项")
    expect(page.locator(".held-row")).to_have_count(count - 1)
    assert _states(made) == {State.HELD, State.SCHEDULED}


def test_nothing_is_wider_than_the_screen_and_targets_are_large(page: Page, made: House) -> None:
    _held(made)
    for path in ("held", "holds"):
        page.goto(made.console + path)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        small = page.evaluate(
            """() => [...document.querySelectorAll("main button, main summary, main .button")]
              .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44).map((e) => e.innerText)"""
        )
        assert small == [], path


def test_without_scripts(browser: Browser, made: House) -> None:
    count = _held(made)
    context = browser.new_context(
        viewport=DESKTOP,  # type: ignore[arg-type]
        java_script_enabled=False,
        locale="zh-CN",
    )
    page = context.new_page()
    sign_in(page, made)
    page.goto(f"{made.console}held")
    for box in page.locator('input[name="pick"]').all():
        box.check()
    # Enter in the time field chooses nothing.
    page.locator("#at").press("Enter")
    expect(page.locator(".notice")).to_contain_text("DLV-230")
    assert _states(made) == {State.HELD}
    expect(page.locator('input[name="pick"]:checked')).to_have_count(count)
    page.locator(".held-bar").get_by_role("button", name="取消").click()
    expect(page.locator(".toast")).to_contain_text(f"已取消 {count} 项")
    expect(page.locator(".empty")).to_contain_text("没有暂缓的发布任务")
    context.close()
