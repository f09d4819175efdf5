"""Three people at their own browsers: comment on a passage, return, sign one after the other; and the slip on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from channels.manuscript import Content
from hub.editorial.composing import save
from hub.editorial.importing import import_content
from hub.editorial.reviewing import submit
from hub.sampling import sample_people
from tests.browser.house import House, visitor

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]

LOGINS = ("editor", "chushen", "fushen", "zhongshen")
BODY = "第一档每餐补贴2元。\n\n第二档每餐补贴4元。\n"


@pytest.fixture
def people(browser: Browser, made: House) -> Iterator[dict[str, Page]]:
    """The editor and the three reviewers, each signed in at a browser of their own."""
    lines = (made.services.config.data / "first-sign-in.txt").read_text().splitlines()
    passwords = dict(line.split(" ", 1) for line in lines)
    with ExitStack() as stack:
        pages = {}
        for login in LOGINS:
            context = visitor(browser, phone=login == "zhongshen")
            stack.callback(context.close)
            page = pages[login] = context.new_page()
            page.goto(made.console)
            page.fill("#login", login)
            page.fill("#password", passwords[login])
            page.press("#password", "Enter")
            page.wait_for_url(made.console)
        yield pages


@pytest.fixture
def piece(made: House) -> int:
    """A text that the editor has just submitted."""
    now = datetime.now(UTC)
    with made.services.db.reading() as session:
        editor, _ = sample_people(session, made.office_id)
    content = Content(title="助餐补贴两档标准解读", body=BODY)
    saved = import_content(made.services, actor=editor, office_id=made.office_id, content=content, now=now)
    submit(made.services, actor=editor, revision_id=saved.revision_id, now=now)
    return saved.interpretation_id


def test_commented_returned_changed_signed_by_three_and_printed(
    made: House, people: dict[str, Page], piece: int
) -> None:
    address = f"{made.console}interpretations/{piece}/review"
    first = people["chushen"]
    comment_on_a_selected_passage(first, address)
    first.locator(".signing-return summary").click()
    first.fill("#reason", "第二档请与文件核对。")
    first.get_by_role("button", name="确认退回").click()
    expect(first.get_by_text("已退回").first).to_be_visible()

    mend_and_submit_again(made, people["editor"], piece)
    for login in LOGINS[1:]:
        page = people[login]
        page.goto(address)
        if login == "chushen":
            expect(page.locator("del", has_text="4")).to_be_visible()
            expect(page.locator("ins", has_text="5")).to_be_visible()
        page.locator(".signing-form .stamp").click()
        expect(page.locator(".name-seal-face").last).to_be_visible()
    expect(people["zhongshen"].get_by_text("已签发").first).to_be_visible()
    print_the_slip(people["editor"], f"{made.console}interpretations/{piece}/slip")


def comment_on_a_selected_passage(page: Page, address: str) -> None:
    page.goto(f"{address}?view=text")
    page.locator('[data-place="body"]').evaluate(
        """(field) => {
            const at = field.firstChild.data.indexOf("补贴4元");
            const range = document.createRange();
            range.setStart(field.firstChild, at);
            range.setEnd(field.firstChild, at + 4);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
        }"""
    )
    page.locator(".say").click()
    expect(page.locator("#quote")).to_have_value("补贴4元")
    page.fill("#comment-text", "文件写的是5元。")
    page.locator(".comment-new button").click()
    expect(page.locator("mark")).to_have_text("补贴4元")
    expect(page.locator(".thread")).to_contain_text("文件写的是5元。")


def mend_and_submit_again(made: House, page: Page, piece: int) -> None:
    page.goto(f"{made.console}interpretations/{piece}/review")
    expect(page.get_by_text("第二档请与文件核对。").first).to_be_visible()
    with made.services.db.reading() as session:
        editor, _ = sample_people(session, made.office_id)
    content = Content(title="助餐补贴两档标准解读", body=BODY.replace("4元", "5元"))
    of_it: dict[str, Any] = {"office_id": made.office_id, "interpretation_id": piece, "seen_version": 1}
    save(made.services, actor=editor, content=content, now=datetime.now(UTC), **of_it)
    page.goto(f"{made.console}interpretations/{piece}/publish")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("待初审").first).to_be_visible()


def print_the_slip(page: Page, address: str) -> None:
    """One page of A4 with everything on it."""
    page.goto(address)
    expect(page.locator(".slip .name-seal")).to_have_count(3)
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", paper)) == 1
