"""The registries as an editor uses them: a phone that changes, words that are tried, a text begun from a template."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from hub.models import Interpreter
from tests.browser.house import House, house, sign_in, visitor
from tests.browser.test_axe import found

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The sample office, everything published that can be."""
    with house(tmp_path_factory.mktemp("library") / "var") as running:
        running.publish_samples()
        running.work()
        yield running


@pytest.fixture
def page(browser: Browser, made: House) -> Iterator[Page]:
    """The office's editor, signed in."""
    context = visitor(browser)
    page = context.new_page()
    sign_in(page, made)
    yield page
    context.close()


def _named(made: House) -> Interpreter:
    """The interpreter of the first sample, which is published."""
    with made.services.db.reading() as session:
        return session.scalars(select(Interpreter).where(Interpreter.phone == "028-55500121")).one()


def test_a_changed_phone_is_followed_to_every_page(page: Page, made: House) -> None:
    person = _named(made)
    page.goto(f"{made.console}interpreters/{person.id}")
    page.get_by_role("link", name="改电话").click()
    expect(page.get_by_role("heading", name="哪些地方有这个号码")).to_be_visible()
    page.get_by_label("新号码").fill("二二")
    page.get_by_role("button", name="改号码并更新这些地方").click()
    expect(page.locator(".wrong")).to_contain_text("ITP-103")
    page.get_by_label("新号码").fill("028-55500999")
    page.get_by_role("button", name="改号码并更新这些地方").click()
    expect(page.get_by_role("heading", name="电话改为 028-55500999")).to_be_visible()
    # The page follows by itself until nothing is under way.
    expect(page.locator(".renewal .tally")).to_contain_text("已更新", timeout=60_000)
    expect(page.locator(".renewal .tally")).not_to_contain_text("正在更新", timeout=60_000)
    assert found(page, {}) == []
    address = page.locator(".renewal a", has_text="看网页").first.get_attribute("href")
    assert address
    page.goto(address)
    expect(page.locator("body")).to_contain_text("028-55500999")


def test_words_are_tried_on_a_text(page: Page, made: House) -> None:
    page.goto(f"{made.console}words")
    page.get_by_role("link", name="加一个词").click()
    page.get_by_label("不用的词").fill("殊为不当")
    page.get_by_label("建议用").fill("不妥")
    page.get_by_role("button", name="保存").click()
    page.get_by_label("粘贴一段文字").fill("这样做殊为不当。")
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#try .finding")).to_contain_text("建议改为“不妥”")
    expect(page.locator("#try [role=status]")).to_be_focused()


def test_a_text_is_begun_from_a_template(page: Page, made: House) -> None:
    page.goto(f"{made.console}templates")
    page.get_by_role("link", name="做第一个模板").click()
    page.get_by_role("textbox", name="名称").fill("惠民补贴")
    page.get_by_role("button", name="保存").click()
    page.goto(f"{made.console}interpretations/new")
    page.get_by_role("navigation", name="从模板开始").get_by_role("link", name="惠民补贴").click()
    expect(page).to_have_url(re.compile(r"template=\d+"))
    expect(page.locator("#title")).to_have_value("《……》政策解读")


def test_a_policy_leads_to_its_interpretation(page: Page, made: House) -> None:
    page.goto(f"{made.console}more")
    page.get_by_role("link", name="政策文件").click()
    page.locator(".record-name a").first.click()
    expect(page.get_by_role("heading", name="登记信息")).to_be_visible()
    page.get_by_role("button", name="写一篇解读").click()
    expect(page.locator(".toast")).to_contain_text("绑定了这份政策文件")
