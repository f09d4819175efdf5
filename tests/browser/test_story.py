"""The editor's way through the console: write and see every channel, publish, watch, open what was made."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import DESKTOP, House, have_it_signed, sign_in

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]

BODY = """## 谁能领

凡年满七十周岁的本区居民，均可在就近的助餐点用餐。

| 年龄 | 每餐补贴 |
| --- | --- |
| 70至79周岁 | 2元 |
| 80周岁以上 | 4元 |
"""


def is_phone(page: Page) -> bool:
    size = page.viewport_size
    return size is not None and size["width"] < DESKTOP["width"]


def look_at(page: Page, key: str) -> None:
    """Bring a channel's preview before the eyes."""
    if is_phone(page):
        page.click("#show-rack")
    page.click(f"#tab-{key}")


def back_to_the_desk(page: Page) -> None:
    if is_phone(page):
        page.click("#show-desk")


def test_write_preview_publish_watch_open(page: Page, made: House) -> None:
    title = f"助餐补贴解读{'手机' if is_phone(page) else '电脑'}"
    write_and_preview(page, made, title)
    publish_and_watch(page, made)
    open_what_was_made(page)
    page.goto(made.address)
    expect(page.get_by_text(f"{title}（改）").first).to_be_visible()


def write_and_preview(page: Page, made: House, title: str) -> None:
    """Every channel follows what is typed."""
    page.goto(f"{made.console}interpretations/new")
    page.fill("#title", title)
    page.fill("#body", BODY)
    page.fill("#key_points-0-heading", "七十岁起")
    page.fill("#key_points-0-text", "七十周岁以上居民每餐补贴二元。")

    # Every channel shows the text, with no button pressed.
    for key in ("website", "wechat"):
        look_at(page, key)
        # The website's panel also holds the feed's entry.
        shown = page.frame_locator(f"#panel-{key} iframe:not(.coming) >> nth=0")
        expect(shown.get_by_text("凡年满七十周岁的本区居民").first).to_be_visible(timeout=20_000)
        expect(shown.get_by_text("80周岁以上").first).to_be_attached()
    look_at(page, "cards")
    cards = page.frame_locator("#panel-cards iframe:not(.coming)").locator("img")
    expect(cards.first).to_be_visible(timeout=20_000)
    assert cards.first.evaluate("image => image.complete && image.naturalWidth") == 1080
    look_at(page, "livestream")
    expect(page.locator("#panel-livestream .finding, #panel-livestream .no-preview").first).to_be_visible()

    # A further change is followed, and what was scrolled to stays in sight.
    look_at(page, "website")
    back_to_the_desk(page)
    page.fill("#title", f"{title}（改）")
    look_at(page, "website")
    expect(
        page.frame_locator("#panel-website iframe:not(.coming) >> nth=0").get_by_role("heading", level=1)
    ).to_contain_text("（改）", timeout=20_000)
    back_to_the_desk(page)


def publish_and_watch(page: Page, made: House) -> None:
    """The states change on a page that is not loaded again."""
    page.click('button[value="publish"].primary')
    page.wait_for_url(re.compile(r"/interpretations/\d+/publish$"))
    have_it_signed(page, made)
    page.get_by_role("button", name="确认发布").click()
    # The livestream has nothing to say about this text, which is nobody's mistake.
    expect(page.locator(".toasts")).to_contain_text("这篇稿件不发这个渠道")
    page.evaluate("window.stillThisPage = true")
    expect(page.locator('.delivery [data-state="published"]')).to_have_count(3, timeout=30_000)
    assert page.evaluate("window.stillThisPage") is True


def open_what_was_made(page: Page) -> None:
    """The pictures of a page show, its copy button works, and all can be saved."""
    panel = page.url
    page.locator(".delivery", has_text="短视频图文卡片").get_by_role("link", name="文件").click()
    with page.expect_popup() as popup:
        page.get_by_role("link", name="打开").click()
    popup.value.wait_for_load_state()
    picture = popup.value.locator("img").first
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 1080
    with page.expect_download() as download:
        page.get_by_role("link", name="全部下载").click()
    assert download.value.suggested_filename.endswith(".zip")
    popup.value.close()

    page.goto(panel)
    page.locator(".delivery", has_text="微信公众号").first.get_by_role("link", name="文件").click()
    with page.expect_popup() as popup:
        page.get_by_role("link", name="打开").click()
    copying = popup.value.get_by_role("button", name="复制").first
    copying.click()
    expect(popup.value.get_by_text("已复制").first).to_be_visible()
    popup.value.close()


def test_who_is_signed_out_meanwhile_keeps_the_text(page: Page, made: House) -> None:
    page.goto(f"{made.console}interpretations/new")
    page.fill("#title", "写到一半")
    expect(page.locator("#panel-website .finding").first).to_be_attached(timeout=20_000)
    page.context.clear_cookies()
    with page.expect_response(lambda answer: answer.url.endswith("/preview") and answer.status == 401):
        page.fill("#body", "这时登录过期了。")
    look_at(page, "website")
    expect(page.locator(".rack-news")).to_contain_text("登录已过期")
    back_to_the_desk(page)
    assert page.input_value("#body") == "这时登录过期了。"
    sign_in(page.context.new_page(), made)
    page.fill("#body", "又登录了，接着写。")
    expect(page.locator(".rack-news")).to_be_empty(timeout=20_000)
    page.click('.bar button[value="save"]')
    page.wait_for_url(re.compile(r"/edit$"))
    expect(page.locator("#body")).to_have_value("又登录了，接着写。\n")


def test_rows_pick_move_and_go_without_asking_the_server(page: Page, made: House) -> None:
    page.goto(f"{made.console}interpretations/new")
    page.fill("#key_points-0-heading", "一")
    page.click('[data-add="key_points"]')
    page.keyboard.type("二")
    assert page.input_value("#key_points-1-heading") == "二"
    page.locator('#key_points-1 [data-row="up"]').click()
    assert page.input_value("#key_points-0-heading") == "二"
    page.locator('#key_points-0 [data-row="remove"]').click()
    assert page.locator("[data-list=key_points] .row").count() == 1
    assert page.input_value("#key_points-0-heading") == "一"
    page.fill("#find-policies", "锦溪")
    page.locator("#found-policies [role=option]").first.click()
    assert "锦溪" in page.input_value("#policies-0-number")
    assert page.locator("[data-list=policies] .row").count() == 1
    page.goto("about:blank")


def test_a_finding_leads_to_its_field(page: Page, made: House) -> None:
    page.goto(f"{made.console}interpretations/new")
    page.fill("#title", "一张图没有文字说明")
    page.fill("#body", "这是一段足够长的正文，说明下面的图片没有替代文字。\n\n![](没有.png)\n")
    look_at(page, "website")
    jump = page.locator("#panel-website .finding a.jump[data-place='body:3']").first
    expect(jump).to_be_visible(timeout=20_000)
    jump.click()
    # The field for the missing text; in the source the line is chosen.
    assert page.evaluate("document.activeElement.closest('.drawn') !== null")
    page.click("[data-editor-mode=source]")
    back_to_the_desk(page)
    look_at(page, "website")
    jump.click()
    assert page.evaluate("document.activeElement.id") == "body"
    chosen = page.evaluate(
        "(({value, selectionStart: a, selectionEnd: b}) => value.slice(a, b))(document.activeElement)"
    )
    assert chosen == "![](没有.png)"
    page.goto("about:blank")


def test_nothing_is_wider_than_the_screen(page: Page, made: House) -> None:
    for path in ("", "interpretations/new", "deliveries", "accounts"):
        answer = page.goto(made.console + path)
        assert answer is not None
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
    page.goto("about:blank")
