"""Writing: what is typed is what is kept, and nobody's text is overwritten."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from channels.manuscript import Content, Validity
from hub.models import Revision
from hub.services import Services
from tests.console.conftest import Visitor


def newest(house: Services, number: int = 1) -> Content:
    """The content of the newest revision of an interpretation."""
    with house.db.reading() as session:
        wanted = select(Revision.content).where(Revision.interpretation_id == number).order_by(Revision.number.desc())
        return Content.model_validate(session.scalars(wanted.limit(1)).one())


def revisions(house: Services) -> int:
    with house.db.reading() as session:
        return session.scalar(select(func.count()).select_from(Revision)) or 0


def png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (4, 3), "red").save(made, "PNG")
    return made.getvalue()


WHOLE: dict[str, Any] = {
    "title": "  养老助餐  怎么领 ",
    "short_title": "助餐",
    "summary": "一句话",
    "form": "qa",
    "column": "政策解读",
    "area": "锦溪区",
    "source": "区民政局",
    "keywords": "助餐、补贴, 老人",
    "body": "## 一\r\n\r\n正文",
    "policies-0-title": "助餐办法",
    "policies-0-number": "锦溪府办发〔2026〕18号",
    "policies-0-signed": "2026-10-12",
    "policies-0-validity": "amended",
    "interpreters-0-name": "解明义",
    "interpreters-0-phone": "028-55500121",
    "key_points-0-heading": "谁能领",
    "key_points-0-text": "七十周岁以上",
    "key_points-1-heading": "",
    "questions-0-q": "在哪领？",
    "questions-0-a": "社区。",
    "livestream-topic": "直播说助餐",
    "livestream-starts": "2026-12-10T15:00",
    "livestream-guests": "甲、乙",
}


def test_everything_typed_is_kept(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    answer = editor.post("interpretations/new", do="save", **WHOLE)
    assert answer.request.path == "/console/interpretations/1/edit"
    assert "已保存为第 1 版" in answer.text
    content = newest(house)
    assert content.title == "养老助餐 怎么领"
    assert content.keywords == ("助餐", "补贴", "老人")
    assert content.body == "## 一\n\n正文\n"
    assert content.policies[0].validity is Validity.AMENDED
    assert [p.heading for p in content.key_points] == ["谁能领"]
    assert content.questions[0].a == "社区。"
    assert content.livestream is not None
    assert content.livestream.starts.isoformat() == "2026-12-10T15:00:00+08:00"
    assert content.livestream.guests == ("甲", "乙")


def test_what_was_kept_stands_in_the_form_and_saving_it_again_changes_nothing(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    page = editor.post("interpretations/new", do="save", **WHOLE).text
    fields = dict(re.findall(r'name="([a-z_]+(?:-\d+)?(?:-[a-z_0-9]+)?)" type="[a-z-]+" value="([^"]*)"', page))
    assert fields["policies-0-number"] == "锦溪府办发〔2026〕18号"
    assert fields["livestream-starts"] == "2026-12-10T15:00"
    editor.post("interpretations/1/edit", do="save", version="1", **WHOLE)
    assert revisions(house) == 1


def test_two_editors_the_second_is_told_and_both_texts_stay(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    editor.post("interpretations/new", do="save", title="甲", body="原文")
    editor.post("interpretations/1/edit", do="save", version="1", title="甲", body="先存的文字")
    answer = editor.post("interpretations/1/edit", do="save", version="1", title="甲", body="后存的文字")
    assert answer.status_code == 409
    assert "EDT-409" in answer.text
    # In words: what the other saved, what this editor wrote, and which of them is wanted.
    assert re.search(r"<del>.*?先.*?</del><ins>.*?后.*?</ins>", answer.text)
    assert ">后存的文字</textarea>" in answer.text
    assert newest(house).body == "先存的文字\n"
    # Having seen both, saving is a decision.
    assert 'name="version" value="2"' in answer.text
    editor.post("interpretations/1/edit", do="save", version="2", title="甲", body="两边合起来")
    assert newest(house).body == "两边合起来\n"
    assert revisions(house) == 3


@pytest.mark.parametrize("given", [{}, {"title": "只有标题"}, {"body": "只有正文"}, {"title": " ", "body": "\n"}])
def test_an_empty_sheet_is_not_saved(house: Services, editor: Visitor, given: dict[str, str]) -> None:
    editor.get("interpretations/new")
    answer = editor.post("interpretations/new", do="save", **given)
    assert answer.status_code == 422
    assert "EDT-103" in answer.text
    assert revisions(house) == 0


def test_a_date_that_is_none_comes_back_with_its_field(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    typed = {**WHOLE, "policies-0-signed": "去年", "livestream-starts": "晚上"}
    answer = editor.post("interpretations/new", do="save", **typed)
    assert answer.status_code == 422
    assert 'href="#policies-0-signed"' in answer.text
    assert 'href="#livestream-starts"' in answer.text
    assert 'value="去年"' in answer.text
    assert revisions(house) == 0


def test_rows_come_and_go_without_a_script(editor: Visitor) -> None:
    editor.get("interpretations/new")
    page = editor.post("interpretations/new", do="add:key_points", **{"key_points-0-heading": "一"}).text
    assert 'name="key_points-1-heading"' in page
    rows = {"key_points-0-heading": "一", "key_points-1-heading": "二", "key_points-2-heading": "三"}

    def order(do: str) -> list[str]:
        page = editor.post("interpretations/new", do=do, **rows).text.split("<template")[0]
        return re.findall(r'name="key_points-\d+-heading" type="text" value="([^"]*)"', page)

    assert order("up:key_points:2") == ["一", "三", "二"]
    assert order("down:key_points:0") == ["二", "一", "三"]
    assert order("remove:key_points:1") == ["一", "三"]
    assert order("remove:key_points:9") == ["一", "二", "三"]
    assert order("up:key_points:0") == ["一", "二", "三"]


def test_a_recorded_policy_is_picked_without_a_script(editor: Visitor) -> None:
    editor.get("interpretations/new")
    editor.post("interpretations/new", do="save", **WHOLE)
    page = editor.post("interpretations/new", do="pick:policies", **{"pick-policies": "1"}).text
    assert 'name="policies-0-number" type="text" value="锦溪府办发〔2026〕18号"' in page


def test_a_picture_is_taken_in_with_its_words_and_is_in_the_content(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    picture = (io.BytesIO(png()), "../图 解).exe.png")
    page = editor.post("interpretations/new", do="image", body="前文", image=picture, **{"image-alt": "一张图"}).text
    assert "![一张图](图-解-.exe.png)" in page
    sha256 = re.findall(r'name="images-0-sha256" value="(\w+)"', page)[0]
    images = {"images-0-name": "图-解-.exe.png", "images-0-sha256": sha256}
    editor.post("interpretations/new", do="save", title="甲", body="![一张图](图-解-.exe.png)", **images)
    image = newest(house).images[0]
    assert (image.media_type, image.width, image.height) == ("image/png", 4, 3)


def test_the_editor_takes_a_picture_in_before_its_words_and_shows_it(house: Services, editor: Visitor) -> None:
    answer = editor.post("images", image=(io.BytesIO(png()), "图.png"), **{"image-later": "later"})
    said = answer.get_json()
    assert said["markdown"] == "![](图.png)"
    shown = editor.get(f"images/{said['sha256']}")
    assert shown.status_code == 200
    assert shown.mimetype == "image/png"


@pytest.mark.parametrize("kept", [b"<script>", None], ids=["no picture", "nothing"])
def test_only_pictures_are_shown_as_such(house: Services, editor: Visitor, kept: bytes | None) -> None:
    sha256 = house.artefacts.put(kept) if kept else "0" * 64
    assert editor.get(f"images/{sha256}").status_code == 404
    assert editor.get("images/..%2fx").status_code == 404


@pytest.mark.parametrize(
    ("data", "alt", "code"),
    [(b"<svg onload=alert(1)>", "图", "IMG-104"), (png(), "", "IMG-102"), (None, "图", "IMG-101")],
)
def test_what_is_no_picture_or_has_no_words_is_refused(
    house: Services, editor: Visitor, data: bytes | None, alt: str, code: str
) -> None:
    editor.get("interpretations/new")
    given: dict[str, Any] = {"image": (io.BytesIO(data), "a.png")} if data else {}
    answer = editor.post("images", **given, **{"image-alt": alt})
    assert answer.status_code == 422
    assert code in answer.get_json()["message"]


def test_a_text_file_fills_the_form_and_stores_nothing(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    draft = (io.BytesIO("---\ntitle: 来自文件\nkeywords: 一、二\n---\n\n正文在此。\n".encode()), "a.md")
    page = editor.post("interpretations/new", do="import", draft=draft).text
    assert ">来自文件</textarea>" in page
    assert "正文在此。" in page
    assert revisions(house) == 0


def test_a_text_file_with_mistakes_is_answered_with_their_lines(editor: Visitor) -> None:
    editor.get("interpretations/new")
    draft = (io.BytesIO("---\ntitel: 写错\n---\n".encode()), "a.md")
    answer = editor.post("interpretations/new", do="import", draft=draft)
    assert answer.status_code == 422
    assert "第 2 行" in answer.text
    assert "FMT-108" in answer.text


@pytest.mark.parametrize("path", ["preview", "interpretations/new"])
def test_every_channel_is_previewed_with_its_findings(editor: Visitor, path: str) -> None:
    editor.get("interpretations/new")
    page = editor.post(path, do="preview", title="提醒：助餐", body="正文").text
    assert page.count('sandbox="allow-same-origin"') == 3
    assert 'id="panel-plain"' in page
    assert "FAK-101" in page
    blocked = editor.post(path, do="preview", title="阻断：助餐", body="正文").text
    assert "<iframe" not in blocked


def test_a_preview_opens_and_can_do_nothing(editor: Visitor) -> None:
    editor.get("interpretations/new")
    page = editor.post("preview", title="助餐", body="正文").text
    address = re.findall(r'<iframe[^>]+src="/console/([^"]+)"', page)[0]
    shown = editor.get(address)
    assert shown.text.startswith("助餐")
    assert shown.content_type == "text/html; charset=utf-8"
    policy = shown.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "script" not in policy
    assert "default-src 'none'" in policy
    alone = editor.get(address, headers={"Sec-Fetch-Dest": "document"})
    assert "/console/opened/" in alone.location
    opened = editor.client.get(alone.location)
    assert opened.text == shown.text
    # Scripts of its own, and therefore not the console's origin.
    policy = opened.headers["Content-Security-Policy"]
    assert "allow-scripts" in policy
    assert "allow-same-origin" not in policy
    forged = alone.location.replace("/opened/", "/opened/x")
    assert editor.client.get(forged).status_code == 404
    assert editor.get(address, headers={"If-None-Match": shown.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}'\"`"])
def test_what_an_editor_types_is_text_wherever_it_is_shown(house: Services, editor: Visitor, text: str) -> None:
    editor.get("interpretations/new")
    everywhere = {name: text for name in WHOLE if not name.endswith(("starts", "signed", "form", "validity"))}
    editor.post("interpretations/new", do="save", **everywhere, **{"livestream-starts": "2026-12-10T15:00"})
    for path in ("", "interpretations/1/edit", "interpretations/1/publish", "interpretations/new"):
        page = editor.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49" not in re.findall(r"<h2>.*?</h2>", page)
    assert newest(house).short_title == text


def test_a_sixty_thousand_character_text_with_nul_and_surrogates_is_taken(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    answer = editor.post("interpretations/new", do="save", title="长\x00文", body="字" * 60_000 + "\x00\x0b")
    assert answer.status_code == 200
    assert newest(house).title == "长\ufffd文"
    assert newest(house).body.startswith("字" * 60_000)


def test_a_neighbours_text_is_not_there(editor: Visitor, neighbour: Visitor) -> None:
    editor.get("interpretations/new")
    editor.post("interpretations/new", do="save", title="本区的稿", body="一")
    assert neighbour.get("interpretations/1/edit").status_code == 404
    assert neighbour.get("interpretations/1/publish").status_code == 404
    assert neighbour.post("interpretations/1/edit", do="save", version="1", title="乙", body="二").status_code == 404
    assert neighbour.post("preview", interpretation="1", title="乙", body="二").status_code == 404
    assert "本区的稿" not in neighbour.get("").text
