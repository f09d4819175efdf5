"""Whatever a draft holds, the article is safe, keeps the platform's rules and says what the draft says."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pictures

from channels.base import Severity, blocks
from channels.manuscript import Content, Image, KeyPoint, Manuscript, PolicyRef, Question
from channels.text.cleaning import clean
from channels.text.markdown import plain
from channels.wechat import CHANNEL
from channels.wechat.article import write_article
from channels.wechat.lint import lint

SETTINGS = CHANNEL.Settings()


class _Words(HTMLParser):
    """The text of a markup, and the start tags in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(html: str) -> _Words:
    words = _Words()
    words.feed(html)
    words.close()
    return words


def article(body: str, **fields: object) -> str:
    return write_article(Manuscript(content=Content(title="题", body=clean(body), **fields)), SETTINGS).html


def picture(name: str) -> Image:
    buffer = io.BytesIO()
    Pictures.new("RGB", (4, 3), "red").save(buffer, "PNG")
    data = buffer.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    return Image(name=name, sha256=digest, media_type="image/png", width=4, height=3, data=data)


MARKS = st.lists(
    st.sampled_from([*"#*_~`[]()!<>|-:+1.\\&; \n\t", "\n\n", "\n- ", "    - ", "\n> ", "政策", "解读", "[^1]"])
)
HOSTILE = [
    "<script>alert(1)</script>",
    '<img src="https://evil.example/x.png" onerror="alert(1)">',
    "![图](https://evil.example/x.png)",
    "![图](data:image/png;base64,AAAA)",
    "![图](../../etc/passwd)",
    "[点](javascript:alert(1))",
    "[点](https://mp.weixin.qq.com@evil.example/s)",
    '<section style="position:fixed;background:url(https://evil.example/)" class="a" id="b">甲</section>',
    "<style>p{color:red}</style>",
    "</section></section><p>",
    "&#0;&#12;&#xD800;&#x7f;",
    "\x00\ud800\uffff",
    "> " * 40 + "甲",
    "".join(f"{'  ' * n}- 第{n}层\n" for n in range(30)),
    "- a\n  > - b\n    > | 甲 | 乙 |\n    > |---|---|\n    > | 丙 | 丁 |\n",
    "***~~" * 20 + "甲" + "~~***" * 20,
    "{{ 7*7 }} {% raw %}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_bodies_give_markup_that_the_platform_keeps_and_no_address_but_its_own(text: str) -> None:
    html = article(text)
    assert lint(html) == []
    for tag, attributes in read(html).tags:
        assert tag not in ("script", "style", "link", "iframe")
        assert not {"class", "id", "onerror"} & set(attributes)
        for name in ("src", "href"):
            assert "evil.example" not in (attributes.get(name) or "")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_in_every_plain_field_are_words(text: str) -> None:
    words = clean(text)
    content = Content(
        title=words,
        short_title=words,
        summary=words,
        key_points=(KeyPoint(heading=words, text=words),),
        questions=(Question(q=words, a=words),),
        policies=(PolicyRef(title=words, number=words, issuer=words, url=words),),
        source=words,
    )
    made = write_article(Manuscript(content=content), SETTINGS)
    assert lint(made.html) == []
    CHANNEL.check(Manuscript(content=content), SETTINGS)


@given(st.one_of(st.text(), MARKS.map("".join)))
def test_any_body_keeps_every_rule_and_every_chinese_character(body: str) -> None:
    html = article(body)
    assert lint(html) == []
    assert _chinese(plain(clean(body))) <= _chinese("".join(read(html).words))


def _chinese(text: str) -> set[str]:
    return set(re.findall("[\u4e00-\u9fff]", text))


def test_the_articles_words_are_the_drafts_words_in_their_order() -> None:
    body = (
        "# 一、总则\n\n第一段，**要紧**的*话*。\n\n- 甲\n  - 乙\n    - 丙\n\n> 引文\n\n"
        "| 列一 | 列二 |\n|---|--:|\n| 一格 | 二格 |\n\n"
        "1. 子\n2. 丑\n\n```\n代码  行\n```\n\n见[网站](https://a.example/路)。\n"
    )
    words = re.sub(r"\s", "", "".join(read(article(body)).words))
    told = re.sub(r"\s", "", plain(body))
    at = 0
    for char in re.findall("[\u4e00-\u9fff]", told):
        at = words.find(char, at) + 1
        assert at, char


def test_sixty_thousand_characters_are_published_with_a_warning() -> None:
    manuscript = Manuscript(content=Content(title="长", body="为进一步做好政策解读工作。\n\n" * 4000))
    found = CHANNEL.check(manuscript, SETTINGS)
    assert not blocks(found)
    assert {(f.code, f.severity) for f in found if f.place == "body"} == {("WEC-120", Severity.WARN)}


def test_a_title_of_59_characters_is_told_and_a_short_one_stands_in_for_it() -> None:
    title = (
        "《锦溪区人民政府办公室关于印发〈锦溪区进一步做好老年助餐服务补贴发放和监督管理工作若干措施（试行）〉的通知》"
    )
    title += "解" * (59 - len(title))
    long = Manuscript(content=Content(title=title, body="甲"))
    assert "WEC-102" in {f.code for f in CHANNEL.check(long, SETTINGS)}
    short = Manuscript(content=Content(title=title, short_title="老年助餐怎么补", body="甲"))
    assert "WEC-101" in {f.code for f in CHANNEL.check(short, SETTINGS)}
    assert dict(CHANNEL.render(short, SETTINGS).texts)["标题"] == "老年助餐怎么补"


def test_pictures_lie_in_the_package_under_plain_names_and_the_page_shows_the_same_article() -> None:
    body = "![窗口](<../图 一.png>)\n\n![再来](<../图 一.png>)"
    manuscript = Manuscript(content=Content(title="题", body=body, images=(picture("../图 一.png"),)))
    made = CHANNEL.render(manuscript, SETTINGS)
    fragment = made.file("article.html").data.decode()
    sources = [attributes["src"] for tag, attributes in read(fragment).tags if tag == "img"]
    assert sources == ["images/01.png", "images/01.png"]
    assert made.file("images/01.png").data == manuscript.content.images[0].data
    assert fragment in made.file("index.html").data.decode()


def test_bytes_that_are_no_picture_stop_the_article() -> None:
    broken = Image(name="a.png", sha256=hashlib.sha256(b"x").hexdigest(), data=b"x")
    content = Content(title="题", body="![甲](a.png)", images=(broken,))
    found = CHANNEL.check(Manuscript(content=content), SETTINGS)
    assert [(f.code, f.place) for f in found if f.severity is Severity.BLOCK] == [("IMG-101", "images[a.png]")]


_TWICE = """
from channels.manuscript import Content, Manuscript, KeyPoint
from channels.wechat import CHANNEL
content = Content(title="题", body="# 甲\\n\\n[乙](https://a.example/)", key_points=(KeyPoint(heading="丙"),))
print(CHANNEL.render(Manuscript(content=content), CHANNEL.Settings()).sha256)
"""


def test_two_processes_make_the_same_bytes() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", _TWICE], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": s}
        )
        for s in ("1", "2")
    ]
    assert runs[0].stdout == runs[1].stdout != ""
