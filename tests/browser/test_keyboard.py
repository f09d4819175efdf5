"""Single keys, the command palette, and the focus that stays where it was."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.house import House, house, settled_and_unsettled, sign_in, visitor
from tests.browser.test_axe import found

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("keys") / "var") as running:
        settled_and_unsettled(running)
        yield running


@pytest.fixture
def desk(browser: Browser, made: House) -> Iterator[Page]:
    context = visitor(browser)
    page = context.new_page()
    sign_in(page, made)
    yield page
    context.close()


def test_two_keys_lead_to_a_screen_and_none_while_one_types(desk: Page, made: House) -> None:
    desk.keyboard.press("g")
    desk.keyboard.press("t")
    desk.wait_for_url(re.compile(r"/deliveries$"))
    desk.keyboard.press("/")
    expect(desk.locator("#q")).to_be_focused()
    desk.keyboard.type("gd?")
    expect(desk.locator("#q")).to_have_value("gd?")
    expect(desk.locator("#keys")).to_be_hidden()


def test_a_list_is_walked_row_by_row(desk: Page, made: House) -> None:
    desk.goto(f"{made.console}deliveries")
    rows = desk.locator(".tracked-piece")
    desk.keyboard.press("j")
    expect(rows.nth(0).locator("h2 a")).to_be_focused()
    desk.keyboard.press("j")
    expect(rows.nth(1).locator("h2 a")).to_be_focused()
    desk.keyboard.press("k")
    expect(rows.nth(0).locator("h2 a")).to_be_focused()


def test_the_palette_finds_a_text_and_goes_there(desk: Page, made: House) -> None:
    desk.keyboard.press("Control+k")
    field = desk.get_by_role("combobox")
    expect(field).to_be_focused()
    expect(desk.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    assert found(desk, {}) == []
    field.fill("森林防火")
    expect(desk.get_by_role("option")).to_have_count(1)
    desk.keyboard.press("Enter")
    desk.wait_for_url(re.compile(r"/interpretations/\d+/edit$"))


def test_the_palette_says_when_nothing_is_found_and_closes(desk: Page) -> None:
    desk.locator("#main").focus()
    desk.keyboard.press("Control+k")
    desk.get_by_role("combobox").fill("没有这样的稿件")
    expect(desk.locator(".palette-news")).to_contain_text("没有找到")
    desk.keyboard.press("Escape")
    expect(desk.locator("#palette")).to_be_hidden()


def test_the_keys_are_listed_and_turned_off(desk: Page, made: House) -> None:
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_visible()
    assert found(desk, {}) == []
    desk.get_by_role("button", name="关闭单键快捷键").click()
    desk.wait_for_load_state()
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_hidden()
    desk.keyboard.press("Control+k")
    expect(desk.locator("#palette")).to_be_visible()


def test_the_focus_stays_when_the_row_under_it_is_renewed(desk: Page, made: House) -> None:
    desk.goto(f"{made.console}deliveries")
    desk.locator(".unfold > summary").first.press("Enter")
    link = desk.locator(".tracked-piece h2 a").first
    link.focus()
    # What the server will answer next differs in every row.
    desk.route(
        re.compile(r"fragment=1"),
        lambda route: route.fulfill(
            body=route.fetch().text().replace("个账号", "个账号（更新）").replace("data-poll", "data-was")
        ),
    )
    desk.evaluate("""() => { const live = document.querySelector("[data-live]"); live.dataset.poll = "1"; }""")
    desk.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(desk.locator(".tracked-piece").first).to_contain_text("（更新）")
    expect(desk.locator(".tracked-piece h2 a").first).to_be_focused()
    expect(desk.locator(".unfold").first).to_have_attribute("open", "")
