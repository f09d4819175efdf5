"""The article in a browser: two widths, light and dark, and what is pasted after the copy button."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from channels.wechat import CHANNEL
from channels.wechat.settings import WechatSettings
from channels.wechat.themes import theme_names
from hub.setup import sample_contents
from tests.channels.wechat.conftest import ASKED, LIBRARY, manuscript
from tests.channels.wechat.test_golden import CALLOUTS
from tests.channels.wechat.test_shapes import DATES, FACTS, QUOTE

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.xdist_group(__name__)]
LONG = {
    "title": "很长的稿件",
    "body": "\n\n".join(
        f"## 第{n}节\n\n" + "办理条件和所需材料说明。" * 30 + "\n\n| 项目 | 标准 | 备注 |\n|---|---:|---|\n"
        "| 养老助餐补贴 | 1234567.89元 | https://example.gov.cn/a/very/long/address/that/never/breaks/anywhere |"
        for n in range(1, 20)
    ),
}
ARTICLES = {
    "library": LIBRARY,
    "asked": ASKED,
    "callouts": CALLOUTS,
    "long": LONG,
    "shapes": {"title": "题", "body": "\n\n".join((DATES, QUOTE, FACTS))},
    **{f"sample{n}": dict(content) for n, content in enumerate(sample_contents())},
}
# As the platform lays it out: the page's own colours, which the article must leave to running text.
PAGE = """<!doctype html><meta charset="utf-8"><body style="margin:0;background:{ground};color:{ink};font-size:17px">
<div id="article" style="width:{width}px">{html}</div>"""
PAGES = {"light": ("#ffffff", "rgba(0,0,0,.9)"), "dark": ("#191919", "rgba(255,255,255,.75)")}
# What sticks out of the article, but for what scrolls by itself.
WIDE = """() => { const edge = document.getElementById("article").getBoundingClientRect().right + 1;
 return [...document.querySelectorAll("#article *")].filter(e => e.getBoundingClientRect().right > edge
   && !e.closest('[style*="overflow-x:auto"]')).map(e => e.outerHTML.slice(0, 120)); }"""
# The contrast of every text with the ground behind it, by WCAG 2.1; with opacity and translucent grounds worked in.
CONTRAST = """() => {
 const parse = c => { const n = c.match(/[\\d.]+/g).map(Number); return [...n.slice(0, 3), n[3] ?? 1]; };
 const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
 const linear = v => v / 255 <= .03928 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4;
 const light = c => { const f = c.slice(0, 3).map(linear);
   return .2126 * f[0] + .7152 * f[1] + .0722 * f[2]; };
 const bad = [];
 const walk = document.createTreeWalker(document.getElementById("article"), NodeFilter.SHOW_TEXT);
 while (walk.nextNode()) {
   const node = walk.currentNode; if (!node.textContent.trim()) continue;
   const chain = []; for (let e = node.parentElement; e; e = e.parentElement) chain.unshift(e);
   let ground = [255, 255, 255, 1], opacity = 1;
   for (const e of chain) {
     const s = getComputedStyle(e);
     ground = over(parse(s.backgroundColor), ground);
     opacity *= Number(s.opacity);
   }
   const style = getComputedStyle(node.parentElement), ink = parse(style.color); ink[3] *= opacity;
   const [x, y] = [light(over(ink, ground)), light(ground)].sort((a, b) => b - a);
   const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
   const ratio = (x + .05) / (y + .05);
   if (ratio < (large ? 3 : 4.5)) bad.push([node.textContent.slice(0, 20), ratio.toFixed(2)]);
 }
 return bad; }"""


@pytest.fixture(scope="module")
def sheet(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("theme", theme_names())
@pytest.mark.parametrize("name", sorted(ARTICLES))
def test_nothing_sticks_out_and_all_can_be_read(sheet: Page, name: str, theme: str) -> None:
    made = CHANNEL.render(manuscript(ARTICLES[name]), WechatSettings(theme=theme))
    html = made.file("article.html").data.decode()
    for ground, ink in PAGES.values():
        for width in (677, 375):
            sheet.set_content(PAGE.format(ground=ground, ink=ink, width=width, html=html))
            assert sheet.evaluate(WIDE) == [], width
        assert sheet.evaluate(CONTRAST) == [], ground


def test_the_measures_find_what_is_wrong(sheet: Page) -> None:
    bad = '<p style="color:#d0402f;font-size:14px">淡</p><p style="width:900px">宽</p><p style="opacity:.3">浅</p>'
    ground, ink = PAGES["dark"]
    sheet.set_content(PAGE.format(ground=ground, ink=ink, width=375, html=bad))
    assert [words for words, _ratio in sheet.evaluate(CONTRAST)] == ["淡", "浅"]
    assert len(sheet.evaluate(WIDE)) == 1


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The artefact's files behind an address of this machine: the clipboard wants a secure origin."""
    folder: Path = tmp_path_factory.mktemp("artefact")
    for file in CHANNEL.render(manuscript(LIBRARY), WechatSettings()).files:
        path = folder / file.path
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(file.data)
    (folder / "editor.html").write_text(
        '<meta charset="utf-8"><div id="e" contenteditable style="min-height:9em"></div>'
    )
    handler: Any = functools.partial(_Silent, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args: Any) -> None:
        """A test has no log."""


@pytest.mark.parametrize("older", [False, True], ids=["clipboard", "selection"])
def test_what_is_pasted_is_the_article_with_its_pictures(browser: Browser, served: str, older: bool) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    context = browser.new_context(permissions=permissions)
    page = context.new_page()
    if older:
        page.add_init_script("delete window.ClipboardItem")
    page.goto(f"{served}index.html")
    page.click("#copy")
    page.wait_for_function("document.getElementById('said').textContent.includes('已复制')")
    editor = context.new_page()
    editor.goto(f"{served}editor.html")
    editor.click("#e")
    editor.keyboard.press("Control+V")
    editor.wait_for_selector("#e img")
    words = "e => e.innerText.replace(/\\s/g, '')"
    assert editor.eval_on_selector("#e", words) == page.eval_on_selector("#article", words)
    assert editor.locator("#e img").get_attribute("src") == f"{served}images/01.png"
    assert editor.locator("#e table").count() == page.locator("#article table").count() == 1
    style = editor.locator("#e strong").first.evaluate("e => getComputedStyle(e).fontWeight")
    assert int(style) >= 600
    head = editor.locator("#e h2").first.evaluate("e => getComputedStyle(e).borderLeftWidth")
    assert head == "4px"
    context.close()
