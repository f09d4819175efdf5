"""A text is published, put right and taken back, without scripts and on a phone's width."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.house import PHONE, House, have_it_signed, sign_in

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]


@pytest.fixture
def plain(browser: Browser, made: House) -> Iterator[Page]:
    """The editor's phone with scripts turned off."""
    context = browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        java_script_enabled=False,
        locale="zh-CN",
    )
    page = context.new_page()
    sign_in(page, made)
    yield page
    context.close()


def fits(page: Page) -> None:
    """No screen is wider than the phone."""
    box = page.locator("main").bounding_box()
    assert box is not None
    assert box["width"] <= PHONE["width"]


def reached(page: Page, state: str) -> None:
    """Reload until a delivery is in the state and none is on its way: without scripts a page does not follow. What a
    later version replaced is withdrawn at once, before what stands there.
    """
    going = ", ".join(f'.delivery [data-state="{name}"]' for name in ("queued", "working", "withdrawing"))
    for _ in range(100):
        if page.locator(f'.delivery [data-state="{state}"]').count() and not page.locator(going).count():
            return
        page.wait_for_timeout(200)
        page.reload()
    raise AssertionError(page.inner_text("main"))


def test_published_put_right_and_taken_back(plain: Page, made: House) -> None:
    page = plain
    page.goto(f"{made.console}interpretations/new")
    page.fill("#title", "第三档补贴标准解读")
    page.fill("#body", "第三档补贴为每餐6.0元。\n")
    page.click('[value="publish"].primary')
    have_it_signed(page, made)
    for account in page.locator('input[name="account"]').all()[1:]:
        account.uncheck()
    page.get_by_role("button", name="确认发布").click()
    reached(page, "published")
    panel = page.url

    page.get_by_role("link", name="修改稿件").click()
    page.fill("#body", "第三档补贴为每餐6.2元。\n")
    page.click('[value="publish"].primary')
    have_it_signed(page, made)
    expect(page.locator("main")).to_contain_text("公众看到的是第 1 版，已有第 2 版")
    page.get_by_role("link", name="发布更正").click()
    fits(page)
    page.fill("#reason", "原写为6.0元，应为6.2元。")
    page.get_by_role("button", name="确认更正").click()
    page.goto(panel)
    reached(page, "published")
    public = page.get_by_role("link", name="看成稿").first.get_attribute("href") or ""

    page.get_by_role("link", name="撤回").click()
    expect(page.locator(".prospect")).to_have_count(1)
    fits(page)
    page.fill("#reason", "标准重新核定。")
    page.get_by_role("button", name="从所有账号撤回").click()
    page.goto(panel)
    reached(page, "withdrawn")
    expect(page.locator("main")).to_contain_text("再次确认发布会重新公开")
    fits(page)
    page.goto(re.sub(r"#.*", "", public))
    expect(page.locator("body")).to_contain_text("标准重新核定。")
    expect(page.locator("body")).not_to_contain_text("6.2元")
