"""A picture is taken into the library once and used again in a text, by mouse and on a phone."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image as Pillow
from playwright.sync_api import Page, expect

from tests.browser.house import House

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]


def png(side: int) -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (side, 300), "#1b6e3c").save(out, "PNG")
    return out.getvalue()


def test_a_picture_of_the_library_is_put_into_a_text(page: Page, made: House) -> None:
    alt = "助餐五步流程图"
    page.goto(made.console + "media")
    page.locator(".add-picture").evaluate("fold => { fold.open = true; }")
    page.set_input_files("#picture", {"name": "流程.png", "mimeType": "image/png", "buffer": png(400)})
    page.fill("#alt", alt)
    page.get_by_role("button", name="收入素材库").click()
    expect(page.locator("h1")).to_have_text("流程.png")
    page.goto(made.console + "interpretations/new")
    page.fill("#title", "用素材库的图片")
    page.get_by_text("从素材库选").click()
    page.fill("#library-q", "五步")
    page.locator(".library-picture", has_text=alt).click()
    page.locator('.bar-do [value="save"]').click()
    page.wait_for_url(re.compile(r"/interpretations/\d+/edit"))
    assert f"![{alt}](流程.png)" in page.locator("#body").input_value()
    expect(page.locator("[data-image-row]")).to_have_count(1)
    page.goto(made.console + "media")
    page.locator(".picture", has_text=alt).first.click()
    expect(page.locator(".uses")).to_contain_text("用素材库的图片")
