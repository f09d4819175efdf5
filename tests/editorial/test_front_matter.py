"""The text format: what is written is what is read, and every mistake is answered with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.manuscript import Content, Form, KeyPoint, OwnPoint, Question, Validity
from hub.editorial.front_matter import parse_draft, read_draft, write_draft
from hub.editorial.header import DraftError

WHOLE = """---
title: 锦溪区老年助餐补贴办法解读
short_title: 助餐补贴
summary: 60周岁以上老年人怎样享受补贴。
form: 问答
column: 政策解读
area: 锦溪区
source: 锦溪区民政局
keywords: [助餐, 养老服务]
policies:
- number: 锦溪府办发〔2026〕18号
  title: 锦溪区老年助餐服务补贴办法
  issuer: 锦溪区人民政府办公室
  signed: 2026-10-12
  effective: 2026-11-01
  validity: 有效
  url: https://jinxi.example.gov.cn/p/18
interpreters:
- {name: 解明义, role: 科长, office: 锦溪区民政局, phone: 028-55500121}
key_points:
- heading: 谁能享受
  text: 60周岁以上老年人。
questions:
- q: 怎么申请？
  a: 到社区申请。
livestream:
  topic: 面对面
  starts: '2026-12-10T15:00:00+08:00'
  ends: 2026-12-10 16:30
  platform: 抖音
  room: https://live.example.cn/room/1
  host: 主持人
  guests:
  - 解明义
variants:
  wechat:
    title: 60岁以上老年人吃饭有补贴
  cards:
    key_points:
    - heading: 60周岁起
      text: 每餐补贴。
---

## 引言

正文。
"""


def mistakes(text: str) -> list[tuple[int, str, str]]:
    """Line, field and code of every mistake in the text."""
    with pytest.raises(DraftError) as caught:
        parse_draft(text, where="a.md")
    assert caught.value.where == "a.md"
    assert all(m.words.zh and m.words.en for m in caught.value.mistakes)
    return [(m.line, m.field, m.code) for m in caught.value.mistakes]


def test_every_field_is_read() -> None:
    content = parse_draft(WHOLE).content
    assert content.form is Form.QA
    assert content.keywords == ("助餐", "养老服务")
    assert content.policies[0].signed == date(2026, 10, 12)
    assert content.policies[0].validity is Validity.IN_FORCE
    assert content.interpreters[0].phone == "028-55500121"
    assert content.key_points == (KeyPoint(heading="谁能享受", text="60周岁以上老年人。"),)
    assert content.questions == (Question(q="怎么申请？", a="到社区申请。"),)
    assert content.livestream is not None
    assert content.livestream.ends is not None
    assert content.body == "## 引言\n\n正文。\n"


def test_a_time_without_a_zone_is_read_in_the_offices_zone() -> None:
    livestream = parse_draft(WHOLE).content.livestream
    assert livestream is not None
    assert livestream.ends is not None
    assert livestream.ends.isoformat() == "2026-12-10T16:30:00+08:00"


def test_the_body_knows_its_line_in_the_file() -> None:
    draft = parse_draft(WHOLE)
    assert WHOLE.splitlines()[draft.body_line - 1] == "## 引言"


def test_a_text_without_front_matter_takes_its_first_heading_as_title() -> None:
    draft = parse_draft("# 标题\n\n正文。\n")
    assert (draft.content.title, draft.content.body, draft.body_line) == ("标题", "正文。\n", 3)


def test_scalars_are_taken_as_written() -> None:
    content = parse_draft("---\ntitle: 2026\nsource: no\nsummary: 1e3\n---\n正文").content
    assert (content.title, content.source, content.summary) == ("2026", "no", "1e3")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\ntitle: a\n", (1, "", "FMT-102")),
        ("---\ntitle: [a\n---\nb", (3, "", "FMT-103")),
        ("---\ntitle: &x a\nsource: *x\n---\nb", (2, "", "FMT-104")),
        ("---\ntitle: [a, b]\n---\nb", (2, "title", "FMT-105")),
        ("---\ntitle: a\npolicies:\n  number: 1\n---\nb", (4, "policies", "FMT-106")),
        ("---\ntitle: a\npolicies:\n- 川办函\n---\nb", (4, "policies[0]", "FMT-107")),
        ("---\ntitle: a\nsumary: b\n---\nc", (3, "sumary", "FMT-108")),
        ("---\ntitle: a\ntitle: b\n---\nc", (3, "title", "FMT-109")),
        ("---\ntitle: a\npolicies:\n- title: b\n  signed: 去年\n---\nc", (5, "policies[0].signed", "FMT-110")),
        ("---\ntitle: a\nform: 小品\n---\nc", (3, "form", "FMT-110")),
        ("---\ntitle: a\nlivestream:\n  topic: b\n---\nc", (3, "livestream.starts", "FMT-110")),
    ],
)
def test_a_mistake_names_line_field_and_code(text: str, expected: tuple[int, str, str]) -> None:
    assert mistakes(text) == [expected]


def test_a_misspelt_field_is_answered_with_the_right_one() -> None:
    with pytest.raises(DraftError) as caught:
        parse_draft("---\nsumary: b\n---\nc")
    assert "summary" in caught.value.mistakes[0].words.zh


def test_all_mistakes_are_told_at_once() -> None:
    assert len(mistakes("---\nfoo: 1\nbar: 2\nkeywords: {a: b}\n---\n")) == 3


def test_writing_and_reading_again_gives_the_same_content() -> None:
    content = parse_draft(WHOLE).content
    assert parse_draft(write_draft(content)).content == content


PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), max_size=30)


@given(title=PLAIN, summary=PLAIN, heading=PLAIN)
def test_any_plain_text_survives_writing_and_reading(title: str, summary: str, heading: str) -> None:
    points = (KeyPoint(heading=heading),) if heading else ()
    content = Content(title=title, summary=summary, key_points=points, body="正文\n")
    try:
        again = parse_draft(write_draft(content)).content
    except DraftError as error:
        pytest.fail(str(error))
    assert again == content


@given(st.text())
def test_no_text_whatever_makes_the_parser_crash(text: str) -> None:
    for whole in ("---\n" + text + "\n---\n" + text, text):
        try:
            assert isinstance(parse_draft(whole).content, Content)
        except DraftError as error:
            refused = error
            if not refused.mistakes:
                pytest.fail("refused without saying why")


def test_images_beside_the_file_come_along_and_nothing_outside_its_folder(tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "secret.png").write_bytes(b"secret")
    folder = tmp_path / "draft"
    folder.mkdir()
    Image.new("RGB", (4, 3)).save(folder / "a.png")
    (folder / "fake.png").write_text("no image")
    (folder / "d.md").write_text("# t\n\n![甲](a.png) ![乙](fake.png) ![丙](../secret.png) ![丁](https://x.cn/a.png)\n")
    images = {i.name: i for i in read_draft(folder / "d.md").content.images}
    assert set(images) == {"a.png", "fake.png"}
    assert (images["a.png"].media_type, images["a.png"].width, images["a.png"].height) == ("image/png", 4, 3)
    assert images["fake.png"].media_type == ""


@pytest.mark.parametrize(
    ("variants", "expected"),
    [
        ("  wechatt:\n    title: 甲", (3, "variants.wechatt", "FMT-112")),
        ("  website:\n    key_points:\n    - heading: 甲", (4, "variants.website.key_points", "FMT-113")),
        ("  website:\n    titel: 甲", (4, "variants.website.titel", "FMT-108")),
    ],
)
def test_words_for_nobody_are_a_mistake(variants: str, expected: tuple[int, str, str]) -> None:
    assert mistakes(f"---\nvariants:\n{variants}\n---\n\n正文\n") == [expected]


def test_words_of_a_channel_of_its_own_are_written_and_read_again() -> None:
    content = parse_draft(WHOLE).content
    assert [v.channel for v in content.variants] == ["cards", "wechat"]
    assert content.variant("cards").key_points == (OwnPoint(heading="60周岁起", text="每餐补贴。"),)
    assert parse_draft(write_draft(content)).content == content


def test_a_channels_own_words_stand_at_the_place_of_their_key_point() -> None:
    own = "- {}\n    - text: 两元\n    - leave_out: true\n    - heading: 只给卡片"
    points = "".join(f"- heading: {name}\n" for name in "甲乙丙")
    text = f"---\ntitle: 题\nkey_points:\n{points}variants:\n  cards:\n    key_points:\n    {own}\n---\n\n正文\n"
    content = parse_draft(text).content
    said = (OwnPoint(), OwnPoint(text="两元"), OwnPoint(leave_out=True), OwnPoint(heading="只给卡片"))
    assert content.variant("cards").key_points == said
    assert parse_draft(write_draft(content)).content == content
    assert mistakes(text.replace("true", "也许"))[0][2] == "FMT-110"
