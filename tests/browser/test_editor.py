"""The body's editor: what is typed, pasted, dropped and drawn there is Markdown in the form."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import House, visitor
from tests.browser.test_story import look_at
from tests.channels.website.manuscripts import picture

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]

EDITOR = ".editor-text"


@pytest.fixture
def sheet(page: Page, made: House) -> Page:
    """A new interpretation, the caret in the body."""
    page.set_default_timeout(20_000)
    page.goto(f"{made.console}interpretations/new")
    page.fill("#title", "编辑器")
    page.locator(EDITOR).click()
    return page


@pytest.fixture(autouse=True)
def _leave(page: Page) -> Any:
    yield
    page.goto("about:blank")


def write(page: Page, markdown: str) -> None:
    """Put the text into the form, as a draft that is read in would be."""
    page.evaluate(
        """(text) => {
            const body = document.getElementById("body");
            body.value = text;
            body.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        markdown,
    )


def stored(page: Page) -> str:
    """The Markdown that would be sent."""
    return str(page.evaluate("new FormData(document.getElementById('compose')).get('body')")).replace("\r\n", "\n")


def paste(page: Page, *, html: str = "", text: str = "", files: list[dict[str, str]] | None = None) -> None:
    page.evaluate(
        """([selector, html, text, files]) => {
            const data = new DataTransfer();
            if (html) data.setData("text/html", html);
            if (text) data.setData("text/plain", text);
            for (const { name, type, bytes } of files) {
                const content = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));
                data.items.add(new File([content], name, { type }));
            }
            const event = new ClipboardEvent("paste", {
                clipboardData: data, bubbles: true, cancelable: true,
            });
            document.querySelector(selector).dispatchEvent(event);
        }""",
        [EDITOR, html, text, files or []],
    )


def test_typing_with_marks_makes_markdown(sheet: Page) -> None:
    keys = sheet.keyboard
    keys.type("## 谁能领")
    keys.press("Enter")
    keys.type("凡年满**七十周岁**的居民")
    keys.press("Enter")
    keys.type("- 带身份证")
    keys.press("Enter")
    keys.type("带户口簿")
    keys.press("Tab")
    keys.press("Enter")
    keys.press("Enter")
    keys.press("Enter")
    keys.type("> 第三条")
    keys.press("Enter")
    keys.press("Enter")
    keys.type("1. 登记")
    assert stored(sheet) == (
        "## 谁能领\n\n凡年满**七十周岁**的居民\n\n- 带身份证\n  - 带户口簿\n\n> 第三条\n\n1. 登记\n"
    )


def test_keys_mark_what_is_chosen_and_take_it_back(sheet: Page) -> None:
    keys = sheet.keyboard
    keys.type("按规定办理")
    for _ in range(2):
        keys.press("Shift+ArrowLeft")
    sheet.wait_for_function("getSelection().toString() === '办理'")
    keys.press("Control+b")
    assert stored(sheet) == "按规定**办理**\n"
    keys.press("Control+z")
    assert stored(sheet) == "按规定办理\n"
    keys.press("Control+y")
    keys.press("Control+Alt+3")
    assert stored(sheet) == "### 按规定**办理**\n"


def test_a_link_needs_an_address(sheet: Page) -> None:
    keys = sheet.keyboard
    keys.type("全文")
    keys.press("Control+a")
    keys.press("Control+k")
    expect(sheet.locator("#editor-link input")).to_be_focused()
    keys.type("javascript:alert(1)")
    keys.press("Enter")
    expect(sheet.locator("#editor-link .trouble")).to_be_visible()
    sheet.locator("#editor-link input").fill("www.example.gov.cn/a")
    keys.press("Enter")
    assert stored(sheet) == "[全文](https://www.example.gov.cn/a)\n"
    expect(sheet.locator(EDITOR)).to_be_focused()


def test_the_toolbar_is_one_stop_and_arrows_go_within(sheet: Page) -> None:
    keys = sheet.keyboard
    keys.press("Alt+F10")
    expect(sheet.get_by_label("段落样式")).to_be_focused()
    keys.press("ArrowRight")
    expect(sheet.locator("[data-do=bold]")).to_be_focused()
    keys.press("End")
    keys.press("Home")
    assert sheet.locator(".editor-bar [tabindex='0']").count() == 1
    keys.press("Escape")
    expect(sheet.locator(EDITOR)).to_be_focused()


def test_a_table_is_written_by_keys_and_always_has_a_header(sheet: Page) -> None:
    keys = sheet.keyboard
    sheet.locator("[data-do=table]").click()
    for word in ("档次", "用量", "单价", "一", "二", "三"):
        keys.type(word)
        keys.press("Tab")
    sheet.locator("[data-do=rowRemove]").click()
    sheet.locator("[data-do=columnRemove]").click()
    keys.press("Control+z")
    sheet.locator("[data-do=align]").click()
    keys.press("Enter")
    keys.type("四")
    keys.press("Escape")
    keys.type("表后")
    assert stored(sheet) == ("| 档次 | 用量 | 单价 |\n| --- | --- | :---: |\n| 一 | 二 | 三 |\n|  |  | 四 |\n\n表后\n")
    sheet.locator(f"{EDITOR} th").first.click()
    sheet.locator("[data-do=rowRemove]").click()
    assert stored(sheet).startswith("| 一 | 二 | 三 |\n")


def test_footnotes_and_callouts_from_the_toolbar(sheet: Page) -> None:
    keys = sheet.keyboard
    keys.type("按新价计算")
    sheet.locator("[data-do=footnote]").click()
    keys.type("合表用户除外。")
    keys.press("Escape")
    keys.type("。")
    keys.press("Enter")
    keys.type("逾期不补登。")
    sheet.locator("[data-do=callout]").click()
    sheet.get_by_role("button", name="注意", exact=True).click()
    assert stored(sheet) == "按新价计算[^1]。\n\n> [!注意]\n> 逾期不补登。\n\n[^1]: 合表用户除外。\n"
    expect(sheet.locator(".footnote-mark")).to_have_attribute("aria-label", "注1")


def test_what_was_opened_and_not_edited_is_sent_as_it_was(sheet: Page) -> None:
    text = "标题\n===\n\n* 一\n* 二\n\n\n\n__粗__ 与 _斜_ 。&copy;\n"
    write(sheet, text)
    sheet.locator(EDITOR).click()
    sheet.locator("#title").click()
    assert stored(sheet) == text
    sheet.locator(f"{EDITOR} p").last.click()
    sheet.keyboard.press("End")
    sheet.keyboard.type("。")
    assert stored(sheet) == "标题\n===\n\n* 一\n* 二\n\n**粗** 与 *斜* 。©。\n"


def test_the_switch_shows_the_source_and_is_remembered(sheet: Page, made: House) -> None:
    sheet.keyboard.type("**重点**在此")
    sheet.get_by_role("button", name="源码").click()
    expect(sheet.locator("#body")).to_be_focused()
    expect(sheet.locator("#body")).to_have_value("**重点**在此\n")
    sheet.locator("#body").fill("## 改过\n")
    sheet.get_by_role("button", name="所见").click()
    expect(sheet.locator(f"{EDITOR} h2")).to_have_text("改过")
    sheet.get_by_role("button", name="源码").click()
    sheet.goto("about:blank")
    sheet.goto(f"{made.console}interpretations/new")
    expect(sheet.locator("#editor")).to_be_hidden()
    sheet.get_by_role("button", name="所见").click()


def test_a_save_sends_exactly_this_markdown(sheet: Page) -> None:
    sheet.keyboard.type("## 怎么办")
    sheet.keyboard.press("Enter")
    sheet.keyboard.type("持证办理。")
    # At once, before any pause.
    sheet.keyboard.press("Control+s")
    sheet.wait_for_url(re.compile(r"/edit$"))
    expect(sheet.locator("#body")).to_have_value("## 怎么办\n\n持证办理。\n")
    expect(sheet.locator(f"{EDITOR} h2")).to_have_text("怎么办")


CLIPBOARD = Path(__file__).parents[1] / "editor" / "clipboard"
PASTES = sorted(CLIPBOARD.glob("*.html"))


def test_a_paste_from_word_keeps_structure_and_says_what_it_left_out(sheet: Page) -> None:
    paste(sheet, html=(CLIPBOARD / "word-notice.html").read_text(encoding="utf-8"))
    assert stored(sheet) == (CLIPBOARD / "word-notice.md").read_text(encoding="utf-8")
    expect(sheet.locator(".editor-news")).to_contain_text("1 张图片没有带入")


def test_every_clipboard_of_the_corpus(sheet: Page) -> None:
    assert PASTES
    wrong = {}
    for path in PASTES:
        made = sheet.evaluate(
            "html => document.getElementById('editor').editor.pastedMarkdown(html)", path.read_text(encoding="utf-8")
        )
        if made != path.with_suffix(".md").read_text(encoding="utf-8"):
            wrong[path.stem] = made
    assert wrong == {}


def test_plain_text_that_is_markdown_is_read_as_such(sheet: Page) -> None:
    paste(sheet, text="## 标题\n\n- 一\n- 二\n")
    assert stored(sheet) == "## 标题\n\n- 一\n- 二\n"


def test_plain_lines_become_paragraphs(sheet: Page) -> None:
    paste(sheet, text="　　第一段。\r\n　　第二\u200b段。\r\n")
    assert stored(sheet) == "第一段。\n\n第二段。\n"


def drop_picture(page: Page) -> None:
    image = picture("水 价.png")
    assert image.data is not None
    file = {"name": image.name, "type": "image/png", "bytes": base64.b64encode(image.data).decode()}
    page.evaluate(
        """([selector, file]) => {
            const data = new DataTransfer();
            const content = Uint8Array.from(atob(file.bytes), (c) => c.charCodeAt(0));
            data.items.add(new File([content], file.name, { type: file.type }));
            const { left, top } = document.querySelector(`${selector} > :last-child`).getBoundingClientRect();
            const event = new DragEvent("drop", {
                dataTransfer: data, bubbles: true, cancelable: true, clientX: left + 5, clientY: top + 5,
            });
            document.querySelector(selector).dispatchEvent(event);
        }""",
        [EDITOR, file],
    )


def test_a_dropped_picture_asks_for_its_text_until_there_is_one(sheet: Page) -> None:
    sheet.keyboard.type("这里有一张说明水价的图，图里是三档价格的比较，供居民参考。")
    drop_picture(sheet)
    field = sheet.locator(".drawn input")
    expect(field).to_be_focused()
    expect(sheet.locator(".drawn-trouble")).to_be_visible()
    look_at(sheet, "website")
    finding = sheet.locator("#panel-website .finding", has_text="IMG-103")
    expect(finding).to_be_visible(timeout=20_000)
    finding.locator("a.jump").click()
    expect(field).to_be_focused()
    sheet.keyboard.type("三档水价")
    expect(sheet.locator(".drawn-trouble")).to_be_hidden()
    assert sheet.locator(".drawn img").evaluate("image => image.complete && image.naturalWidth > 0")
    assert stored(sheet).endswith("\n\n![三档水价](水-价.png)\n")
    look_at(sheet, "website")
    expect(finding).to_have_count(0, timeout=20_000)


def test_a_picture_can_be_pasted_and_chosen(sheet: Page) -> None:
    image = picture("图.png")
    assert image.data is not None
    paste(sheet, files=[{"name": image.name, "type": "image/png", "bytes": base64.b64encode(image.data).decode()}])
    expect(sheet.locator(".drawn input")).to_be_focused()
    sheet.keyboard.type("甲")
    sheet.keyboard.press("Enter")
    sheet.locator(".editor-files").set_input_files({"name": "b.png", "mimeType": "image/png", "buffer": image.data})
    expect(sheet.locator(".drawn")).to_have_count(2)
    sheet.locator(".editor-files").set_input_files({"name": "b.txt", "mimeType": "text/plain", "buffer": b"x"})
    expect(sheet.locator(".editor-news")).to_contain_text("“b.txt”不是")


def test_a_finding_selects_its_line(sheet: Page) -> None:
    write(sheet, "## 依据\n\n- 一\n- 依据锦溪府发[2026]7号文件执行的内容写在这一段里面。\n\n末段。\n")
    look_at(sheet, "website")
    jump = sheet.locator("#panel-website a.jump[data-place='body:4']").first
    expect(jump).to_be_visible(timeout=20_000)
    jump.click()
    assert sheet.evaluate("getSelection().toString()") == "依据锦溪府发[2026]7号文件执行的内容写在这一段里面。"
    expect(sheet.locator(EDITOR)).to_be_focused()


def test_a_block_is_moved_by_its_handle_and_by_keys(sheet: Page) -> None:
    write(sheet, "第一段。\n\n第二段。\n\n- 列表\n")
    sheet.locator(f"{EDITOR} > p").first.hover()
    sheet.locator(".editor-grip").hover()
    below = sheet.locator(f"{EDITOR} > ul").bounding_box()
    assert below is not None
    sheet.mouse.down()
    sheet.mouse.move(below["x"] + 80, below["y"] + below["height"] + 2, steps=6)
    sheet.mouse.move(below["x"] + 80, below["y"] + below["height"] + 3)
    sheet.mouse.up()
    assert stored(sheet) == "第二段。\n\n- 列表\n\n第一段。\n"
    # The dragged block is still the one that keys move.
    sheet.keyboard.press("Alt+ArrowUp")
    assert stored(sheet) == "第二段。\n\n第一段。\n\n- 列表\n"
    sheet.keyboard.press("Alt+ArrowDown")
    sheet.locator(f"{EDITOR} li").click()
    expect(sheet.locator(".ProseMirror-selectednode")).to_have_count(0)
    sheet.keyboard.press("Alt+ArrowUp")
    sheet.keyboard.type("甲")
    assert stored(sheet) == "- 列表甲\n\n第二段。\n\n第一段。\n"


def test_a_change_from_elsewhere_leaves_the_caret(sheet: Page) -> None:
    write(sheet, "第一段。\n\n第二段。\n")
    sheet.locator(f"{EDITOR} p").last.click()
    sheet.keyboard.press("End")
    sheet.evaluate(
        "() => { const body = document.getElementById('body'); body.value = '改了的第一段。\\n\\n第二段。\\n';"
        " body.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    sheet.keyboard.type("接着写")
    assert stored(sheet) == "改了的第一段。\n\n第二段。接着写\n"


def test_composing_chinese_is_not_disturbed(sheet: Page) -> None:
    session = sheet.context.new_cdp_session(sheet)
    sheet.keyboard.type("补贴")
    session.send("Input.imeSetComposition", {"text": "biao", "selectionStart": 4, "selectionEnd": 4})
    sheet.wait_for_timeout(400)
    session.send("Input.imeSetComposition", {"text": "biao'zhun", "selectionStart": 9, "selectionEnd": 9})
    session.send("Input.insertText", {"text": "标准"})
    assert stored(sheet) == "补贴标准\n"


def test_a_long_text_is_typed_into_like_a_short_one(sheet: Page) -> None:
    line = "每餐补贴二元，由**区财政**承担。"
    write(sheet, "\n\n".join([line] * 1000))
    sheet.locator(f"{EDITOR} p").nth(500).click()
    sheet.keyboard.press("End")
    sheet.keyboard.type("另有规定的从其规定。")
    lines = [line] * 1000
    lines[500] += "另有规定的从其规定。"
    assert stored(sheet) == "\n\n".join(lines)


def test_it_has_a_name_and_is_as_wide_as_the_screen(sheet: Page) -> None:
    box = sheet.get_by_role("textbox", name=re.compile("^正文"))
    expect(box).to_have_attribute("aria-multiline", "true")
    wide = sheet.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


def test_without_scripts_the_text_area_is_what_one_writes_in(page: Page, made: House) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(made.console)
    plain.fill("#login", made.login)
    plain.fill("#password", made.password)
    plain.press("#password", "Enter")
    plain.goto(f"{made.console}interpretations/new")
    expect(plain.locator("#body")).to_be_visible()
    expect(plain.locator("#editor")).to_be_hidden()
    expect(plain.locator(".editor-modes")).to_be_hidden()
    context.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(page: Page, made: House, dark: bool) -> None:
    context = visitor(page.context.browser, dark=dark) if page.context.browser else None
    assert context is not None
    axe = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
    opened = context.new_page()
    context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    opened.goto(f"{made.console}interpretations/new")
    write(
        opened,
        "## 甲\n\n文字[^1]。\n\n| 一 | 二 |\n| --- | --- |\n| 三 | 四 |\n\n"
        "> [!注意]\n> 乙\n\n![](没有.png)\n\n[^1]: 注。\n",
    )
    opened.locator(f"{EDITOR} td").first.click()
    opened.evaluate(axe.read_text(encoding="utf-8"))
    found = opened.evaluate("axe.run('.body-part', { resultTypes: ['violations'] })")
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found["violations"]] == []
    context.close()
