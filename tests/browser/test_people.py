"""People in a real browser: a second factor, another password, devices, a sign-in that ended, roles that may not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from hub.domain.roles import Role
from hub.models import Grant, SignIn, User
from hub.people.passwords import hashed
from tests.browser.house import House, visitor

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group("browser")]

PASSWORD = "晚风吹过渡口的三盏灯"
NEW = "稿纸上的朱批干了又湿"
# Everybody of this module works in one office.
NUMBERS = itertools.count()


def person(made: House, login: str, *roles: Role) -> int:
    """Somebody of the office with these roles."""
    with made.services.db.writing() as session:
        user = User(
            login=login,
            name=f"某{login}",
            password_hash=hashed(PASSWORD),
            office_id=made.office_id,
            created_at=datetime.now(UTC),
        )
        session.add(user)
        session.flush()
        session.add_all([Grant(user_id=user.id, role=role, office_id=made.office_id) for role in roles])
        return user.id


def sign_in(page: Page, made: House, login: str, password: str = PASSWORD) -> None:
    page.goto(f"{made.console}sign-in")
    page.fill("#login", login)
    page.fill("#password", password)
    page.press("#password", "Enter")


@pytest.fixture(params=[False, True], ids=["desktop", "phone"])
def screen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = visitor(browser, phone=request.param)
    yield context.new_page()
    context.close()


def test_a_second_factor_another_password_and_the_devices(screen: Page, made: House, browser: Browser) -> None:
    login = f"yan{next(NUMBERS)}"
    person(made, login, Role.WRITER)
    sign_in(screen, made, login)
    screen.goto(f"{made.console}me")
    screen.click("text=设置第二重验证")
    expect(screen.locator("img.qr")).to_be_visible()
    assert screen.locator("img.qr").evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    totp = pyotp.TOTP(screen.locator(".seed").inner_text().replace(" ", ""))
    screen.fill("#code", totp.at(datetime.now(UTC) - timedelta(seconds=30)))
    screen.click("button[value=on]")
    expect(screen.locator(".codes li")).to_have_count(10)
    code = screen.locator(".codes code").first.inner_text()

    elsewhere = visitor(browser)
    other = elsewhere.new_page()
    sign_in(other, made, login)
    expect(other.locator("h1")).to_have_text("第二重验证")
    other.fill("#code", "000000")
    other.press("#code", "Enter")
    expect(other.locator(".notice")).to_contain_text("SIG-301")
    other.fill("#code", code)
    other.press("#code", "Enter")
    other.wait_for_url(made.console)

    screen.goto(f"{made.console}me")
    expect(screen.locator("#sign-ins li")).to_have_count(2)
    screen.fill("#old", PASSWORD)
    screen.fill("#new", NEW)
    screen.fill("#again", NEW)
    screen.click("text=更改密码")
    expect(screen.locator("#sign-ins li")).to_have_count(1)
    other.goto(f"{made.console}deliveries")
    expect(other.locator(".notice")).to_contain_text("密码已更改")
    elsewhere.close()


def test_a_form_that_was_sent_too_late_goes_on_after_signing_in(screen: Page, made: House) -> None:
    login = f"wen{next(NUMBERS)}"
    id_ = person(made, login, Role.ADMINISTRATOR)
    sign_in(screen, made, login)
    screen.goto(f"{made.console}users/new")
    screen.fill("#name", "没有丢")
    screen.fill("#login", f"new{next(NUMBERS)}")
    with made.services.db.writing() as session:
        past = datetime.now(UTC) - timedelta(hours=2)
        session.execute(update(SignIn).where(SignIn.user_id == id_).values(seen_at=past))
    screen.click("main button.primary")
    expect(screen.locator(".kept")).to_be_visible()
    screen.fill("#login", login)
    screen.fill("#password", PASSWORD)
    screen.press("#password", "Enter")
    screen.click("main button.primary")
    expect(screen.locator("h1")).to_have_text("没有丢的一次性密码")


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_may_not_is_refused_with_a_sentence(browser: Browser, made: House, role: Role) -> None:
    context = visitor(browser)
    page = context.new_page()
    login = f"{role}{next(NUMBERS)}"
    person(made, login, role)
    sign_in(page, made, login)
    page.wait_for_url(made.console)
    refused = "interpretations/new" if role is Role.ADMINISTRATOR else "users"
    assert page.locator(f'.rail a[href$="/{refused}"]').count() == 0
    answer = page.goto(made.console + refused)
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("h1")).to_contain_text("PER-403")
    context.close()
