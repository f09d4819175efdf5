"""The hand-over page: opened by QR on the editor's phone, for one task, with its receipt brought back."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, update

from hub.console.handing import tickets
from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.models import Delivery, User
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.publishing.screenshots import LONG_SIDE, made_anew
from hub.publishing.withdrawing import withdraw
from hub.services import Services
from tests.console.conftest import Visitor
from tests.fakes import EDITOR, write
from tests.screens import addresses


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), **more: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "#b3261e").save(made, kind, **more)
    return made.getvalue()


@pytest.fixture
def task(house: Services) -> int:
    """A delivery that waits for a person."""
    now = datetime.now(UTC)
    (done,) = schedule(house, actor=EDITOR, revision_id=write(house), account_ids=[1], at=None, now=now)
    release_due(house, now)
    drain(house, worker="t", now=lambda: datetime.now(UTC))
    return done.delivery_id or 0


@pytest.fixture
def phone(app: Flask, house: Services, task: int) -> Visitor:
    """The editor's phone: not signed in, with what the code holds."""
    visitor = Visitor(app.test_client())
    visitor.path = ticket_path(house)  # type: ignore[attr-defined]
    return visitor


def ticket_path(house: Services) -> str:
    with house.db.reading() as session:
        from tests.screens import _ticket

        return f"hand/{_ticket(house, session)}"


def row(house: Services) -> Delivery:
    with house.db.reading() as session:
        return session.scalars(select(Delivery)).one()


def test_the_code_is_a_picture_for_whoever_may_publish(editor: Visitor, neighbour: Visitor, task: int) -> None:
    page = editor.get(f"deliveries/{task}").text
    assert f'src="/console/deliveries/{task}/hand.svg"' in page
    assert "现在打开的是本机地址" in page
    answer = editor.get(f"deliveries/{task}/hand.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "no-store"
    neighbour.get("")
    assert neighbour.get(f"deliveries/{task}/hand.svg").status_code == 403
    elsewhere = editor.client.get(f"/console/deliveries/{task}", base_url="http://192.168.1.20:8000").text
    assert "现在打开的是本机地址" not in elsewhere


def test_the_phone_sees_whose_task_it_is_until_when_and_what_to_do(phone: Visitor) -> None:
    page = phone.get(phone.path).text  # type: ignore[attr-defined]
    for said in ("编辑（办公室）的任务", "请发布到账号plain", "关于养老助餐的解读", "请于", "失效"):
        assert said in page
    assert 'class="rail"' not in page


def test_files_are_there_to_save(phone: Visitor) -> None:
    page = phone.get(phone.path).text  # type: ignore[attr-defined]
    saved = re.findall(r'href="/console/([^"]+/files/[^"]+)"', page)
    answer = phone.get(saved[0].replace("&amp;", "&"))
    assert answer.headers["Content-Disposition"] == "attachment; filename=index.html"
    assert phone.get(f"{phone.path}/all.zip").mimetype == "application/zip"  # type: ignore[attr-defined]
    assert phone.get(f"{phone.path}/files/../secret").status_code == 404  # type: ignore[attr-defined]


def test_a_link_is_the_receipt_in_the_name_of_who_showed_the_code(house: Services, phone: Visitor) -> None:
    phone.get(phone.path)  # type: ignore[attr-defined]
    page = phone.post(phone.path, version="4", url="https://example.cn/p/1").text  # type: ignore[attr-defined]
    assert "已登记" in page
    assert row(house).state == State.PUBLISHED
    assert row(house).proof.startswith("编辑 ")
    assert row(house).proof.endswith(": https://example.cn/p/1")


def test_a_picture_is_a_receipt_too_kept_by_hash_and_shown(house: Services, phone: Visitor, editor: Visitor) -> None:
    data = picture()
    phone.get(phone.path)  # type: ignore[attr-defined]
    phone.post(phone.path, version="4", screenshot=(io.BytesIO(data), "我的屏幕.png"))  # type: ignore[attr-defined]
    sha256 = hashlib.sha256(made_anew(data)).hexdigest()
    assert row(house).proof.endswith(f"截图 screenshot sha256:{sha256}")
    assert "发布截图" in editor.get("deliveries/1").text
    answer = editor.get("deliveries/1/screenshot")
    assert answer.mimetype == "image/jpeg"
    assert hashlib.sha256(answer.data).hexdigest() == sha256


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "DLV-242"),
        ({"url": "javascript:alert(1)"}, "DLV-207"),
        ({"screenshot": (b"<svg onload=alert(1)>", "a.png")}, "DLV-241"),
    ],
)
def test_what_is_no_receipt_is_refused_and_what_was_typed_stays(
    house: Services, phone: Visitor, given: dict[str, Any], code: str
) -> None:
    sent = {k: (io.BytesIO(v[0]), v[1]) if isinstance(v, tuple) else v for k, v in given.items()}
    phone.get(phone.path)  # type: ignore[attr-defined]
    answer = phone.post(phone.path, version="4", **sent)  # type: ignore[attr-defined]
    assert answer.status_code == 422
    assert code in answer.text
    assert str(given.get("url", "")) in answer.text
    assert row(house).state == State.AWAITING_HAND


def test_a_second_receipt_finds_the_first(house: Services, phone: Visitor) -> None:
    phone.get(phone.path)  # type: ignore[attr-defined]
    for url in ("https://example.cn/1", "https://example.cn/2"):
        phone.post(phone.path, version="4", url=url)  # type: ignore[attr-defined]
    assert row(house).url == "https://example.cn/1"


def test_what_is_taken_back_meanwhile_must_not_be_posted(house: Services, phone: Visitor) -> None:
    withdraw(house, actor=EDITOR, interpretation_id=1, reason="重新核定", now=datetime.now(UTC))
    page = phone.get(phone.path).text  # type: ignore[attr-defined]
    assert "请不要再发布" in page
    assert '<form method="post" enctype' not in page


def test_a_ticket_is_void_when_forged_when_old_and_with_a_new_password(
    app: Flask, house: Services, phone: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert phone.get("hand/nonsense").status_code == 410
    forged = tickets(b"another key").dumps([1, 1, "x"])
    assert phone.get(f"hand/{forged}").status_code == 410
    assert phone.get(f"hand/{tickets(app.secret_key or b'').dumps('x')}").status_code == 410
    monkeypatch.setattr("hub.console.handing.TICKET_SECONDS", -1)
    assert "SIG-410" in phone.get(phone.path).text  # type: ignore[attr-defined]
    monkeypatch.undo()
    assert phone.get(phone.path).status_code == 200  # type: ignore[attr-defined]
    with house.db.writing() as session:
        session.execute(update(User).where(User.id == 1).values(password_hash="another"))
    assert phone.get(phone.path).status_code == 410  # type: ignore[attr-defined]


def test_a_ticket_opens_nothing_else(phone: Visitor, task: int) -> None:
    phone.get(phone.path)  # type: ignore[attr-defined]
    for path in (f"deliveries/{task}", "deliveries", ""):
        assert phone.client.get(f"/console/{path}").status_code == 303


def test_every_screen_has_an_address_for_the_sample(house: Services, task: int) -> None:
    with pytest.raises(LookupError, match="no published"):
        addresses(house)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_is_made_anew_without_what_else_it_carried(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    more = {"exif": exif} if kind != "GIF" else {}
    made = made_anew(picture(kind, (LONG_SIDE * 2, 100), **more))
    assert b"PhoneMaker" not in made
    with Image.open(io.BytesIO(made)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (LONG_SIDE, 50))
    assert made_anew(picture(kind)) == made_anew(picture(kind))


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<html>", b"\x89PNG\r\n\x1a\n" + b"0" * 50, picture()[:60]])
def test_bytes_that_are_no_picture_are_refused(data: bytes) -> None:
    with pytest.raises(Refusal, match="DLV-241"):
        made_anew(data)
