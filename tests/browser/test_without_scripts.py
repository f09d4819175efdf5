"""The console when no script runs, and when no mouse is there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.house import DESKTOP, House, have_it_signed, sign_in

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]


@pytest.fixture
def plain(browser: Browser, made: House) -> Iterator[Page]:
    """The editor's browser with scripts turned off."""
    context = browser.new_context(
        viewport=DESKTOP,  # type: ignore[arg-type]
        java_script_enabled=False,
        locale="zh-CN",
    )
    page = context.new_page()
    sign_in(page, made)
    yield page
    context.close()


def test_forms_alone_write_preview_and_publish(plain: Page, made: House) -> None:
    page = plain
    page.goto(f"{made.console}interpretations/new")
    page.fill("#title", "没有脚本也能发布")
    page.fill("#body", "浏览器不运行脚本时，按钮提交表单，页面照常工作。\n")
    page.click('[value="add:key_points"]')
    page.fill("#key_points-1-heading", "第二条")
    page.click('[value="up:key_points:1"]')
    expect(page.locator("#key_points-0-heading")).to_have_value("第二条")
    expect(page.locator("#title")).to_have_value("没有脚本也能发布")
    page.click('[value="preview"]')
    for key in ("website", "wechat", "cards"):
        expect(page.locator(f"#panel-{key} iframe").first).to_be_visible()
    page.click('[value="publish"].primary')
    page.wait_for_url(re.compile(r"/publish$"))
    have_it_signed(page, made)
    page.locator('input[name="account"]').last.uncheck()
    page.get_by_role("button", name="确认发布").click()
    expect(page.locator(".delivery")).to_have_count(3)


def test_everything_is_reached_by_keyboard_and_the_focus_is_seen(page: Page, made: House) -> None:
    page.goto(made.console)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => {
              const e = document.activeElement;
              const style = getComputedStyle(e);
              return {tag: e.tagName, text: e.innerText || e.name || e.id, width: style.outlineWidth,
                      kind: style.outlineStyle};
            }"""
        )
        if here["tag"] == "BODY":
            break
        assert here["kind"] != "none", here
        assert float(here["width"].removesuffix("px")) >= 2, here
        seen.append(here["text"].strip())
    for name in ("工作台", "写稿", "发布任务", "账号矩阵", "写一篇解读"):
        assert name in seen


def test_saving_by_keyboard(page: Page, made: House) -> None:
    page.goto(f"{made.console}interpretations/new")
    page.keyboard.type("键盘写的一篇")
    page.fill("#body", "用键盘保存。")
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile(r"/edit$"))
    expect(page.locator(".toast")).to_contain_text("已保存为第 1 版")
    expect(page.locator("#title")).to_have_value("键盘写的一篇")
    expect(page.locator(".unsaved")).to_be_hidden()


def test_touch_targets_are_large_enough(page: Page, made: House) -> None:
    # Above the text a mouse has a dense row of tools; under a finger they are as large as everything else.
    smaller = (
        ".editor-modes button, .editor-bar button, .editor-bar select" if page.viewport_size == DESKTOP else "nothing"
    )
    for path in ("", "interpretations/new", "deliveries"):
        page.goto(made.console + path)
        small = page.evaluate(
            """(smaller) => [...document.querySelectorAll("button, .button, input:not([type=hidden]):not([type=checkbox]):not([type=radio]), select, nav a, summary")]
              .filter((e) => e.checkVisibility() && !e.classList.contains("visually-hidden"))
              .filter((e) => e.getBoundingClientRect().height < (e.matches(smaller) ? 32 : 44))
              .map((e) => e.outerHTML.slice(0, 120))""",  # noqa: E501 (one selector)
            smaller,
        )
        assert small == [], path
    page.goto("about:blank")
