"""Publishing through the console, and what may be done about a delivery."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from channels.base import Permanent
from channels.words import Words
from hub import create_app
from hub.console.deliveries import poll_seconds
from hub.domain.states import State
from hub.models import Delivery
from hub.publishing.draining import drain
from hub.services import Services
from tests.console.conftest import Visitor, sign_newest
from tests.fakes import Sender


def write(editor: Visitor, title: str = "养老助餐解读") -> None:
    editor.get("interpretations/new")
    answer = editor.post("interpretations/new", do="publish", title=title, body="正文")
    assert answer.request.path == "/console/interpretations/1/publish"
    sign_newest(editor)


def publish(editor: Visitor, *accounts: int, **more: str) -> str:
    answer = editor.post("interpretations/1/publish", revision="1", account=list(map(str, accounts)), **more)
    return answer.text


def work(house: Services) -> None:
    drain(house, worker="t", now=lambda: datetime.now(UTC))


def states(house: Services) -> dict[int, str]:
    with house.db.reading() as session:
        return {d.account_id: str(d.state) for d in session.scalars(select(Delivery).order_by(Delivery.id))}


def test_publishing_now_releases_at_once_and_hints_to_the_workers(house: Services) -> None:
    hints: list[int] = []
    editor = Visitor(create_app(house, hint=hints.append).test_client())
    editor.sign_in()
    write(editor)
    page = publish(editor, 1, 2, 3, when="now")
    assert "正在发布 3 项" in page
    assert states(house) == {1: "queued", 2: "queued", 3: "queued"}
    assert hints == [3]


def test_the_rows_change_without_reloading_until_nothing_more_happens(house: Services, editor: Visitor) -> None:
    write(editor)
    page = publish(editor, 1, 2, when="now")
    address = re.findall(r'data-live="/console/([^"]+)" data-poll="1"', page)[0].replace("&amp;", "&")
    work(house)
    fragment = editor.get(address).text
    assert "<html" not in fragment
    assert 'data-state="published"' in fragment
    assert 'data-state="awaiting_hand"' in fragment
    assert 'data-poll="0"' in fragment


def test_a_time_is_read_in_the_offices_zone(house: Services, editor: Visitor) -> None:
    write(editor)
    page = publish(editor, 2, when="at", at="2031-01-02T09:30:05")
    assert "已排期 1 项" in page
    with house.db.reading() as session:
        due = session.scalars(select(Delivery.due_at)).one()
    assert due == datetime(2031, 1, 2, 1, 30, 5, tzinfo=UTC)
    assert "2031-01-02 09:30:05" in page
    assert "北京时间" in page
    assert "定于 2031-01-02 09:30（北京时间）" in editor.get("").text


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"when": "now"}, "DLV-211"),
        ({"account": "2", "when": "at", "at": ""}, "DLV-212"),
        ({"account": "2", "when": "at", "at": "2001-01-01T00:00"}, "DLV-202"),
        ({"account": "99", "when": "now"}, "DLV-406"),
    ],
)
def test_what_cant_be_scheduled_is_said_on_the_panel(editor: Visitor, given: dict[str, str], code: str) -> None:
    write(editor)
    answer = editor.post("interpretations/1/publish", revision="1", **given)
    assert answer.status_code == 422
    assert code in answer.text
    assert 'name="revision"' in answer.text


def test_what_was_not_seen_is_not_published(house: Services, editor: Visitor) -> None:
    write(editor)
    editor.post("interpretations/1/edit", do="save", version="1", title="另一版", body="另一版的正文")
    answer = editor.post("interpretations/1/publish", revision="1", account="2", when="now")
    assert answer.status_code == 409
    assert "DLV-213" in answer.text
    assert 'name="revision" value="2"' in answer.text
    assert states(house) == {}


def test_each_account_says_what_became_of_it(house: Services, editor: Visitor) -> None:
    write(editor, "阻断：养老助餐")
    page = publish(editor, 1, 2, when="now")
    assert page.count("FAK-101") == 2
    assert "须修改" in page
    assert states(house) == {}


def test_a_channel_with_nothing_to_say_is_nobodys_mistake(house: Services, editor: Visitor) -> None:
    write(editor, "跳过：养老助餐")
    assert "FAK-101" in publish(editor, 1, 2, when="now")
    assert states(house) == {}


def test_a_second_press_makes_no_second_delivery(house: Services, editor: Visitor) -> None:
    write(editor)
    publish(editor, 2, when="now")
    assert "DLV-204" in publish(editor, 2, when="now")
    assert len(states(house)) == 1


def test_one_delivery_shows_receipt_files_and_history(house: Services, editor: Visitor) -> None:
    write(editor)
    publish(editor, 2, when="now")
    work(house)
    page = editor.get("deliveries/1").text
    assert "p-i1v1-" in page
    assert page.index("发布中") < page.index("定时发布")
    assert 'class="seal"' in page
    archive = re.findall(r'href="/console/(artefacts/\w+\.zip)"', page)[0]
    answer = editor.get(archive)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as files:
        assert files.namelist() == ["index.html"]
    saved = re.findall(r'href="/console/(artefacts/\w+/index\.html\?download=1)"', page)[0]
    assert editor.get(saved).headers["Content-Disposition"] == "attachment; filename=index.html"


def test_cancelling_and_rescheduling(house: Services, editor: Visitor) -> None:
    write(editor)
    publish(editor, 2, when="at", at="2031-01-02T09:30")
    later = (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M")
    assert "已改时间" in editor.post("deliveries/1/reschedule", version="1", at=later).text
    assert "已取消" in editor.post("deliveries/1/cancel", version="2").text
    assert states(house) == {2: "cancelled"}


def test_who_acts_on_what_they_no_longer_see_is_told(house: Services, editor: Visitor) -> None:
    write(editor)
    publish(editor, 2, when="at", at="2031-01-02T09:30")
    answer = editor.post("deliveries/1/cancel", version="7")
    assert answer.status_code == 409
    assert "DLV-409" in answer.text
    assert states(house) == {2: "scheduled"}


def test_a_failure_says_why_and_has_its_button(house: Services, editor: Visitor) -> None:
    sender = house.channels["sender"]
    assert isinstance(sender, Sender)
    sender.answers.append(Permanent("FAK-301", Words("平台说不行。", "The platform said no.")))
    write(editor)
    publish(editor, 2, when="now")
    work(house)
    assert "平台说不行" in editor.get("deliveries").text
    assert "1 项发布任务等人处理" in editor.get("").text
    version = re.findall(
        r'action="/console/deliveries/1/retry">.*?name="version" value="(\d+)"', editor.get("deliveries").text
    )
    editor.post("deliveries/1/retry", version=version[0])
    work(house)
    assert states(house) == {2: "published"}


def test_a_person_posts_and_records_the_link(house: Services, editor: Visitor) -> None:
    write(editor)
    publish(editor, 1, when="now")
    work(house)
    page = editor.get("deliveries/1").text
    version = re.findall(r'/hand".*?name="version" value="(\d+)"', page, re.DOTALL)[0]
    refused = editor.post("deliveries/1/hand", version=version, url="javascript:alert(1)")
    assert refused.status_code == 422
    assert "DLV-207" in refused.text
    page = editor.post("deliveries/1/hand", version=version, url="https://example.cn/p/1").text
    assert "https://example.cn/p/1" in page
    assert states(house) == {1: "published"}


def test_a_neighbours_delivery_is_not_there(house: Services, editor: Visitor, neighbour: Visitor) -> None:
    write(editor)
    publish(editor, 2, when="at", at="2031-01-02T09:30")
    neighbour.get("")
    assert neighbour.get("deliveries/1").status_code == 404
    for verb in ("cancel", "retry", "reschedule", "hand"):
        assert neighbour.post(f"deliveries/1/{verb}", version="1", at="2031-01-02T09:30").status_code == 404
    assert neighbour.post("interpretations/1/publish", revision="1", account="2", when="now").status_code == 404
    assert "养老" not in neighbour.get("deliveries").text
    assert states(house) == {2: "scheduled"}


@pytest.mark.parametrize(
    "path", ["artefacts/" + "0" * 64 + "/a", "artefacts/nothing/a", "artefacts/" + "0" * 64 + ".zip"]
)
def test_a_hash_that_names_no_artefact(editor: Visitor, path: str) -> None:
    assert editor.get(path).status_code == 404


def test_a_stored_picture_is_no_artefact(house: Services, editor: Visitor) -> None:
    sha256 = house.artefacts.put(b"[1]")
    assert editor.get(f"artefacts/{sha256}/a").status_code == 404


def test_how_soon_a_page_looks_again() -> None:
    now = datetime.now(UTC)

    def looks(*rows: tuple[State, int]) -> int:
        return poll_seconds([Delivery(state=s, due_at=now + timedelta(seconds=d)) for s, d in rows], now)

    assert looks() == 0
    assert looks((State.PUBLISHED, 0), (State.AWAITING_HAND, 0)) == 0
    assert looks((State.SCHEDULED, 5)) == 1
    assert looks((State.SCHEDULED, 86400)) == 15
    assert looks((State.PUBLISHED, 0), (State.WORKING, 0)) == 1


def test_a_page_looked_at_in_the_console_finds_the_sites_mark(editor: Visitor) -> None:
    """It is linked two steps above the page, as it is on the site."""
    answer = editor.get("icon.png")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.data.startswith(b"\x89PNG")
