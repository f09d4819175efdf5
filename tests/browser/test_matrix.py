"""The matrix in a browser: opened by keyboard, an account set right after a mistake and tested; without scripts too."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.house import DESKTOP, House, sign_in

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]


def test_areas_open_where_they_stand_by_keyboard(page: Page, made: House) -> None:
    page.goto(f"{made.console}accounts")
    city = page.locator("a[data-branch]", has_text="蓉川市")
    expect(city).to_have_attribute("aria-expanded", "false")
    city.focus()
    page.keyboard.press("ArrowRight")
    district = page.locator("a[data-branch]", has_text="锦溪区")
    expect(district).to_be_visible()
    district.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="锦溪区发布（微信公众号）")).to_be_visible()
    expect(district).to_have_attribute("aria-expanded", "true")
    expect(district).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("link", name="锦溪区发布（微信公众号）")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(city).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_mistake_stands_at_its_field_then_the_account_is_set_right_and_tested(page: Page, made: House) -> None:
    page.goto(f"{made.console}accounts?q=荷堰微讯&channel=cards")
    page.get_by_role("link", name="荷堰微讯（短视频）").click()
    top = page.get_by_label("上方安全距离")
    top.fill("9000")
    page.get_by_role("button", name="保存设置").click()
    expect(page.get_by_text("不能大于 600。")).to_be_visible()
    expect(top).to_have_value("9000")
    expect(top).to_have_attribute("aria-invalid", "true")
    top.fill("200")
    page.get_by_role("button", name="保存设置").click()
    expect(page.locator(".toast")).to_contain_text("设置已保存。")
    expect(page.get_by_text("当前的设置还没有测试过")).to_be_visible()
    page.get_by_role("button", name="测试连接").click()
    expect(page.locator(".tested")).to_contain_text("可以发布")
    expect(page.locator(".history")).to_contain_text("改设置")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    top.fill("250")
    page.get_by_role("button", name="保存设置").click()
    expect(page.locator(".toast")).to_contain_text("设置已保存。")


def test_without_scripts_the_tree_is_pages_and_the_forms_are_sent(browser: Browser, made: House) -> None:
    context = browser.new_context(
        viewport=DESKTOP,  # type: ignore[arg-type]
        java_script_enabled=False,
        locale="zh-CN",
    )
    page = context.new_page()
    sign_in(page, made)
    page.goto(f"{made.console}accounts")
    page.get_by_role("link", name="蓉川市").click()
    page.get_by_role("link", name=re.compile("锦溪区")).first.click()
    page.get_by_role("link", name=re.compile("荷堰镇")).first.click()
    page.get_by_role("link", name="荷堰微讯（微信公众号）").click()
    page.get_by_label("备案号").fill("备2026-007")
    page.get_by_role("button", name="保存资料").click()
    expect(page.get_by_label("备案号")).to_have_value("备2026-007")
    context.close()
