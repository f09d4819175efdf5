"""素材库: every picture of a saved text is there, with what it shows and where it stands; nothing in use goes."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image as Pillow

from channels.manuscript import Content, Image
from hub.editorial.composing import save
from hub.editorial.images import read_image
from hub.models import Event, Media
from hub.services import Services
from tests.console.conftest import Visitor
from tests.fakes import EDITOR


def png(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (40, 30), colour).save(out, "PNG")
    return out.getvalue()


def picture(name: str = "tu.png", colour: str = "red") -> Image:
    return read_image(name, png(colour))


def wrote(services: Services, body: str, *images: Image, piece: int | None = None, seen: int | None = None) -> Any:
    content = Content(title="关于助餐的解读", body=body, images=images)
    at = services.db.now() + timedelta(seconds=1)
    return save(
        services,
        actor=EDITOR,
        office_id=1,
        content=content,
        interpretation_id=piece,
        seen_version=seen,
        now=at,
    )


def upload(editor: Visitor, **facts: str) -> Any:
    editor.get("media")
    sent = {"alt": "助餐点门口排队的老人", "credit": "区融媒体中心", "tags": "养老 助餐", **facts}
    return editor.post("media", picture=(io.BytesIO(png()), "照片 1.png"), **sent)


def test_a_picture_is_taken_in_described_and_found(house: Services, editor: Visitor) -> None:
    page = upload(editor).text
    assert "助餐点门口排队的老人" in page
    assert "40 × 30" in page
    for word in ("排队", "融媒体", "助餐 养老"):
        assert "助餐点门口排队的老人" in editor.get("media", query_string={"q": word}).text
    assert "没有找到" in editor.get("media", query_string={"q": "幼儿园"}).text
    shown = editor.get("media/1/picture")
    assert shown.mimetype == "image/png"
    with house.db.reading() as session:
        assert session.query(Event).one().kind == "picture.added"


def test_the_same_picture_is_there_once(house: Services, editor: Visitor) -> None:
    upload(editor)
    upload(editor, alt="另一种说法")
    with house.db.reading() as session:
        assert session.query(Media).one().alt == "另一种说法"


@pytest.mark.parametrize(
    ("data", "facts", "code"),
    [(png(), {"alt": " "}, "IMG-102"), (b"<svg/>", {}, "IMG-"), (png(), {"tags": "长" * 201}, "MED-102")],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    editor: Visitor, data: bytes, facts: dict[str, str], code: str
) -> None:
    editor.get("media")
    sent = {"alt": "图", "credit": "某某中心", "tags": "", **facts}
    answer = editor.post("media", picture=(io.BytesIO(data), "a.png"), **sent)
    assert answer.status_code == 422
    assert code in answer.text
    assert "某某中心" in answer.text


def test_what_a_text_shows_is_in_the_library_and_says_where_it_stands(house: Services, editor: Visitor) -> None:
    saved = wrote(house, "![助餐流程图](tu.png)\n", picture())
    page = editor.get("media/1").text
    assert "关于助餐的解读" in page
    assert "第 1 版" in page
    answer = editor.post("media/1/remove")
    assert answer.status_code == 422
    assert "MED-105" in answer.text
    wrote(house, "没有图了", piece=saved.interpretation_id, seen=1)
    assert "新版本已不用" in editor.get("media/1").text


def test_another_alternative_text_leaves_saved_versions_as_they_are(house: Services, editor: Visitor) -> None:
    wrote(house, "![助餐流程图](tu.png)\n", picture())
    editor.get("media/1")
    page = editor.post("media/1", alt="助餐五步流程图", credit="", tags="").text
    assert "稿中替代文字不同：助餐流程图" in page


def test_an_unused_picture_can_be_put_away(house: Services, editor: Visitor) -> None:
    upload(editor)
    assert "还没有图片" in editor.post("media/1/remove").text
    assert editor.get("media/1").status_code == 404


def test_the_picker_answers_with_what_fits(editor: Visitor) -> None:
    upload(editor)
    found = editor.get("media/pick?q=排队").json["pictures"]
    assert [p["alt"] for p in found] == ["助餐点门口排队的老人"]
    assert re.fullmatch(r"[\w.-]+\.png", found[0]["name"])
    assert editor.get("media/pick?q=没有").json == {"pictures": []}


def test_another_offices_pictures_are_not_ours(editor: Visitor, neighbour: Visitor) -> None:
    upload(editor)
    assert "排队" not in neighbour.get("media").text
    assert neighbour.get("media/1").status_code == 404
    assert neighbour.get("media/1/picture").status_code == 404
