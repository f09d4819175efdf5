"""The compose page around the body: words of one channel, a desk that loses nothing, choosing, moving, correcting."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from hub.models import Grant, User
from tests.browser.house import DESKTOP, House, sign_in, visitor

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]

COLLEAGUE, PASSWORD = "colleague", "一同写稿的人"
LONG = "关于《锦溪区老年助餐服务补贴办法》的政策解读：七十周岁以上老年人用餐怎样享受补贴"


def is_phone(page: Page) -> bool:
    return bool(page.viewport_size and page.viewport_size["width"] < DESKTOP["width"])


def desk(page: Page) -> None:
    if is_phone(page):
        page.click("#show-desk")


def rack(page: Page, key: str) -> None:
    if is_phone(page):
        page.click("#show-rack")
    page.click(f"#tab-{key}")


@pytest.fixture
def sheet(page: Page, made: House) -> Page:
    """A blank sheet, with nothing kept from before."""
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{made.console}interpretations/new")
    if page.locator("[data-waiting] button").count():
        page.click("[data-waiting] button")
        expect(page.locator(".toast.undo")).to_be_visible()
        page.wait_for_load_state("networkidle")
    return page


def kept(page: Page) -> None:
    """What was typed has been kept by the server."""
    expect(page.locator("[data-unsaved]")).to_contain_text("已自动保存", timeout=30_000)


def test_a_channel_gets_words_of_its_own_and_the_common_ones_again(sheet: Page) -> None:
    page = sheet
    page.fill("#title", LONG)
    page.fill("#body", "正文一段，说明谁能领、领多少。\n")
    expect(page.locator("[data-limits=title]")).to_contain_text("/ 32", timeout=30_000)
    rack(page, "wechat")
    page.click("#panel-wechat .own > summary")
    own = page.locator("#variants-wechat-title")
    expect(own).to_have_attribute("placeholder", LONG)
    own.fill("七十岁起，每餐少付两元")
    shown = page.frame_locator("#panel-wechat iframe:not(.coming)")
    expect(shown.get_by_text("七十岁起，每餐少付两元").first).to_be_visible(timeout=30_000)
    expect(page.locator("#variants-wechat-title-facts")).to_contain_text("11 / 32")
    expect(page.locator("[data-limits=title]")).to_be_hidden()
    page.click('[data-own-field="variants-wechat-title"] [data-own-reset]')
    expect(own).to_have_value("")
    expect(shown.get_by_text(LONG).first).to_be_visible(timeout=30_000)


def test_a_channels_words_for_a_key_point_move_with_it(sheet: Page) -> None:
    page = sheet
    page.fill("#title", "助餐补贴怎么领")
    page.fill("#key_points-0-heading", "谁能领")
    page.click("[data-add=key_points]")
    page.fill("#key_points-1-heading", "领多少")
    rack(page, "cards")
    page.click("#panel-cards .own > summary")
    second = page.locator("#variants-cards-key_points-1-heading")
    expect(second).to_have_attribute("placeholder", "领多少", timeout=30_000)
    second.fill("每餐少付两元")
    rack(page, "cards")
    page.locator('#key_points-1 [data-row="up"]').evaluate("button => button.click()")
    expect(page.locator("#variants-cards-key_points-0-heading")).to_have_value("每餐少付两元")
    expect(page.locator("#variants-cards-key_points-0-facts")).to_contain_text("另写", timeout=30_000)
    page.locator('#key_points-0 [data-row="remove"]').evaluate("button => button.click()")
    expect(page.locator("#variants-cards-key_points-0-heading")).to_have_value("")
    page.locator(".toast button").last.evaluate("button => button.click()")
    expect(page.locator("#variants-cards-key_points-0-heading")).to_have_value("每餐少付两元")
    expect(page.locator("#variants-cards-key_points-x0-heading")).to_be_attached()


def test_the_entry_of_the_feed_is_seen_as_a_reader_shows_it(sheet: Page) -> None:
    page = sheet
    page.fill("#title", "订阅的人看到什么")
    page.fill("#body", "订阅条目里的正文。\n")
    rack(page, "website")
    expect(page.locator("#panel-website .view-tabs button").nth(1)).to_be_visible(timeout=30_000)
    page.locator("#panel-website .view-tabs button").nth(1).click()
    entry = page.frame_locator("#panel-website [data-phone='1'] iframe:not(.coming)")
    expect(entry.get_by_text("订阅条目里的正文。").first).to_be_visible()


def test_what_is_typed_is_kept_and_offered_again(sheet: Page, made: House) -> None:
    page = sheet
    page.fill("#title", "写到一半的稿")
    page.fill("#key_points-0-heading", "一条要点")
    kept(page)
    page.goto(f"{made.console}interpretations/new")
    expect(page.locator("[data-waiting]")).to_contain_text("未保存的改动")
    page.locator("[data-waiting] a").click()
    expect(page.locator("#title")).to_have_value("写到一半的稿")
    expect(page.locator("#key_points-0-heading")).to_have_value("一条要点")
    page.goto(f"{made.console}interpretations/new")
    page.click("[data-waiting] button")
    page.locator(".toast.undo button").last.click()
    expect(page.locator("#title")).to_have_value("写到一半的稿")


def test_an_ended_session_loses_nothing(sheet: Page, made: House) -> None:
    page = sheet
    # What is under way when the session ends still belongs to it.
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()
    page.fill("#title", "登录过期时写的")
    page.fill("#body", "一个字也不能少。\n")
    expect(page.locator("[data-unsaved]")).to_contain_text("本机浏览器", timeout=30_000)
    page.click('.bar button[value="save"]')
    page.wait_for_url(re.compile(r"/sign-in"))
    expect(page.locator(".toast")).to_contain_text("改动都在")
    page.fill("#login", made.login)
    page.fill("#password", made.password)
    page.press("#password", "Enter")
    page.wait_for_url(re.compile(r"/new\?copy=use"))
    expect(page.locator("#body")).to_have_value("一个字也不能少。\n")
    assert page.locator("[data-waiting-here]").count() == 0


def test_a_text_kept_in_the_browser_alone_is_offered_after_signing_in(sheet: Page, made: House) -> None:
    page = sheet
    page.context.clear_cookies()
    page.fill("#title", "只在浏览器里")
    expect(page.locator("[data-unsaved]")).to_contain_text("本机浏览器", timeout=30_000)
    sign_in(page, made)
    page.goto(f"{made.console}interpretations/new")
    page.locator("[data-waiting-here] button").first.click()
    page.wait_for_url(re.compile("copy=use"))
    expect(page.locator("#title")).to_have_value("只在浏览器里")


@pytest.fixture
def colleague(browser: Browser, made: House) -> Iterator[Page]:
    """Another editor of the same office, in a browser of their own."""
    with made.services.db.writing() as session:
        if not session.scalar(select(User.id).where(User.login == COLLEAGUE)):
            first = session.scalars(select(User).where(User.login == made.login)).one()
            user = User(
                login=COLLEAGUE,
                name="方同事",
                password_hash=PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD),
                office_id=made.office_id,
                created_at=first.created_at,
            )
            session.add(user)
            session.flush()
            for grant in session.scalars(select(Grant).where(Grant.user_id == first.id)).all():
                session.add(
                    Grant(
                        user_id=user.id,
                        role=grant.role,
                        level=grant.level,
                        office_id=grant.office_id,
                        area_id=grant.area_id,
                    )
                )
    context = visitor(browser)
    page = context.new_page()
    page.goto(made.console)
    page.fill("#login", COLLEAGUE)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(made.console)
    yield page
    context.close()


def test_the_second_editor_is_told_and_the_two_texts_are_settled(sheet: Page, colleague: Page) -> None:
    page = sheet
    page.fill("#title", "两个人写的稿")
    page.fill("#body", "原来的文字。\n")
    page.click('.bar button[value="save"]')
    page.wait_for_url(re.compile(r"/edit$"))
    colleague.goto(page.url)
    expect(colleague.locator("[data-presence]")).to_contain_text("也打开了这篇稿件")
    page.fill("#summary", "我写的摘要")
    expect(page.locator("[data-presence]")).to_contain_text("方同事", timeout=30_000)
    colleague.fill("#title", "同事改的标题")
    colleague.click('.bar button[value="save"]')
    expect(colleague.locator(".toasts")).to_contain_text("第 2 版")
    page.fill("#title", "我改的标题")
    page.click('.bar button[value="save"]')
    expect(page.locator(".differences")).to_be_visible()
    expect(page.locator(".difference", has_text="标题").first.locator("ins").first).to_be_visible()
    page.locator('.difference:has(input[name="take-title"]) input[value="theirs"]').check()
    page.get_by_role("button", name="按所选保存").click()
    expect(page.locator("#title")).to_have_value("同事改的标题")
    expect(page.locator("#summary")).to_have_value("我写的摘要")


def test_cards_are_moved_by_keys_and_come_back_when_removed_by_mistake(sheet: Page) -> None:
    page = sheet
    page.fill("#key_points-0-heading", "甲")
    page.click('[data-add="key_points"]')
    page.keyboard.type("乙")
    page.locator("#key_points-1 [data-handle]").focus()
    page.keyboard.press("ArrowUp")
    assert page.input_value("#key_points-0-heading") == "乙"
    expect(page.locator("[data-moves]")).to_contain_text("第 1 条，共 2 条")
    assert page.evaluate("document.activeElement.closest('.row').id") == "key_points-0"
    page.locator('#key_points-0 [data-row="remove"]').click()
    expect(page.locator("[data-list=key_points] .row")).to_have_count(1)
    page.locator(".toast.undo", has_text="已删去").locator("button").click()
    assert page.input_value("#key_points-0-heading") == "乙"


def test_cards_are_dragged(sheet: Page) -> None:
    page = sheet
    page.fill("#key_points-0-heading", "甲")
    page.click('[data-add="key_points"]')
    page.keyboard.type("乙")
    page.locator("#key_points-1").scroll_into_view_if_needed()
    start = page.locator("#key_points-1 [data-handle]").bounding_box()
    target = page.locator("#key_points-0").bounding_box()
    assert start
    assert target
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(start["x"] + 5, target["y"] + 8, steps=8)
    page.mouse.up()
    assert page.input_value("#key_points-0-heading") == "乙"


def test_a_policy_is_found_by_typing_and_chosen_by_keys(sheet: Page) -> None:
    page = sheet
    page.fill("#find-policies", "助餐")
    option = page.locator("#found-policies [role=option]").first
    expect(option).to_be_visible(timeout=30_000)
    expect(option).to_contain_text("有效")
    page.press("#find-policies", "ArrowDown")
    assert page.get_attribute("#find-policies", "aria-activedescendant") == "pick-policies-0"
    page.press("#find-policies", "Enter")
    expect(page.locator("#policies-0-number")).to_have_value(re.compile("〔2026〕18号"))
    expect(page.locator("#policies-0 [data-standing]")).to_contain_text("有效")
    page.fill("#policies-0-number", "锦溪府办发第[2026]18 号")
    said = page.locator("#policies-0 [data-said]")
    expect(said).to_contain_text("建议改为“锦溪府办发〔2026〕18号”")
    said.locator("button").click()
    expect(page.locator("#policies-0-number")).to_have_value("锦溪府办发〔2026〕18号")
    expect(said).to_be_hidden()


def test_a_correction_is_one_press_and_so_is_taking_it_back(sheet: Page) -> None:
    page = sheet
    page.fill("#title", "养老助餐怎么领")
    page.fill("#body", "凡年满七十周岁,均可领取。“原文,照录”。\n")
    fix = page.locator('#found [data-fix]:has-text("，")')
    expect(fix).to_have_count(1, timeout=30_000)
    fix.click()
    expect(page.locator("#body")).to_have_value("凡年满七十周岁，均可领取。“原文,照录”。\n")
    page.locator(".toast.undo button").last.click()
    expect(page.locator("#body")).to_have_value("凡年满七十周岁,均可领取。“原文,照录”。\n")


def test_an_ended_session_loses_nothing_without_scripts_either(browser: Browser, made: House) -> None:
    context = browser.new_context(viewport=DESKTOP, java_script_enabled=False, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, made)
    page.goto(f"{made.console}interpretations/new")
    page.fill("#title", "没有脚本时过期")
    page.fill("#body", "一个字也不能少。\n")
    context.clear_cookies()
    page.click('.bar button[value="save"]')
    page.fill("#login", made.login)
    page.fill("#password", made.password)
    page.click("button.primary")
    expect(page.locator("#title")).to_have_value("没有脚本时过期")
    expect(page.locator("#body")).to_have_value("一个字也不能少。\n")
    context.close()
