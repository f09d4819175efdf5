"""The deliveries screen: by interpretation, counted and filtered; many at once; and the way back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from hub.console.tracking import PIECES, ROWS
from hub.domain.states import State
from hub.models import Account, Area, Delivery
from hub.publishing.scheduling import schedule
from hub.services import Services
from tests.console.conftest import Visitor
from tests.fakes import EDITOR
from tests.fakes import write as written


def release(house: Services, title: str, *accounts: int, hours: float = 2) -> list[int]:
    now = datetime.now(UTC)
    revision = written(house, title)
    at = now + timedelta(hours=hours)
    done = schedule(house, actor=EDITOR, revision_id=revision, account_ids=accounts, at=at, now=now)
    return [outcome.delivery_id or 0 for outcome in done]


def more_accounts(house: Services, count: int, area: str = "柳河镇") -> list[int]:
    with house.db.writing() as session:
        place = Area(name=area, level="town", parent_id=1)
        session.add(place)
        session.flush()
        same = {"office_id": 1, "area_id": place.id, "channel": "sender", "beside": "又一个"}
        rows = [Account(name=f"{area}{n}号", **same) for n in range(count)]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def put(house: Services, ids: list[int], state: State) -> None:
    with house.db.writing() as session:
        for delivery in session.scalars(select(Delivery).where(Delivery.id.in_(ids))):
            delivery.state = state


def states(house: Services) -> list[str]:
    with house.db.reading() as session:
        return sorted(str(state) for state in session.scalars(select(Delivery.state)))


def titles(page: str) -> list[str]:
    return re.findall(r'<h2><a href="[^"]*interpretation=\d+[^"]*">([^<]+)</a>', page)


def test_an_interpretation_is_one_row_with_its_channels_counted(house: Services, editor: Visitor) -> None:
    release(house, "养老", 1, 2, *more_accounts(house, 9))
    page = editor.get("deliveries").text
    assert titles(page) == ["养老"]
    assert "×10" in page
    assert "11 个账号" in page
    assert page.count('<li class="delivery') == 0
    assert page.count("号</a>") <= 8


def test_what_waits_for_a_person_stands_in_the_row_with_its_button(house: Services, editor: Visitor) -> None:
    ids = release(house, "养老", 1, 2)
    put(house, ids[:1], State.FAILED)
    page = editor.get("deliveries").text
    assert f'action="/console/deliveries/{ids[0]}/retry"' in page
    assert f'action="/console/deliveries/{ids[1]}/retry"' not in page


def test_filters_by_state_channel_area_title_and_day(house: Services, editor: Visitor) -> None:
    town = more_accounts(house, 1)
    release(house, "养老", 1)
    release(house, "入学", 2, hours=24 * 40)
    put(house, release(house, "农机", *town), State.FAILED)
    with house.db.reading() as session:
        area = session.scalar(select(Area.id).where(Area.name == "柳河镇"))
    day = f"{datetime.now(UTC) + timedelta(days=20):%Y-%m-%d}"
    for question, found in (
        ("show=problems", ["农机"]),
        ("show=moving", ["入学", "养老"]),
        ("channel=plain", ["养老"]),
        (f"area={area}", ["农机"]),
        ("area=1", ["农机", "入学", "养老"]),
        ("q=入", ["入学"]),
        (f"since={day}", ["入学"]),
        (f"until={day}&show=moving", ["养老"]),
        ("since=nonsense&area=x&after=y", ["农机", "入学", "养老"]),
    ):
        assert titles(editor.get(f"deliveries?{question}").text) == found, question


def test_the_next_page_begins_where_this_one_ended(house: Services, editor: Visitor) -> None:
    for number in range(PIECES + 2):
        release(house, f"第{number}篇", 1)
    first = editor.get("deliveries").text
    following = re.findall(r'rel="next" href="/console/([^"]+)"', first)[0].replace("&amp;", "&")
    second = editor.get(following).text
    assert len(titles(first)) == PIECES
    assert titles(second) == ["第1篇", "第0篇"]
    assert 'rel="next"' not in second


def test_a_citys_release_is_looked_at_page_by_page(house: Services, editor: Visitor) -> None:
    release(house, "养老", *more_accounts(house, ROWS + 3))
    first = editor.get("deliveries?interpretation=1").text
    assert first.count('name="pick"') == ROWS
    following = re.findall(r'rel="next" href="/console/([^"]+)"', first)[0].replace("&amp;", "&")
    assert editor.get(following).text.count('name="pick"') == 3
    assert editor.get("deliveries?interpretation=99").status_code == 404


def test_all_that_a_filter_shows_is_cancelled_at_once_and_taken_back(house: Services, editor: Visitor) -> None:
    town = more_accounts(house, ROWS + 3)
    release(house, "养老", 1, *town)
    page = editor.get("deliveries?interpretation=1&channel=sender").text
    assert f"筛选出的全部 {len(town)} 项" in page
    answer = editor.post("deliveries/all", do="cancel", all="1", interpretation="1", channel="sender").text
    assert f"已取消 {len(town)} 项" in answer
    assert states(house) == ["cancelled"] * len(town) + ["scheduled"]
    at = re.findall(r'name="at" value="([^"]+)"', answer)[0]
    assert f"已重新排期 {len(town)} 项" in editor.post("deliveries/again", at=at).text
    assert states(house) == ["cancelled"] * len(town) + ["scheduled"] * (len(town) + 1)


def test_what_is_ticked_is_retried(house: Services, editor: Visitor) -> None:
    ids = release(house, "养老", 1, 2, 3)
    put(house, ids, State.FAILED)
    editor.get("deliveries")
    answer = editor.post("deliveries/all", do="retry", pick=[str(i) for i in ids[:2]]).text
    assert "正在发布 2 项" in answer
    assert states(house) == ["failed", "queued", "queued"]
    assert "请先勾选" in editor.post("deliveries/all", do="retry").text


def test_a_single_cancellation_and_a_new_time_have_their_way_back(house: Services, editor: Visitor) -> None:
    (id_,) = release(house, "养老", 2)
    editor.get("deliveries")
    later = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%dT%H:%M}"
    page = editor.post(f"deliveries/{id_}/reschedule", version="1", at=later).text
    back = re.findall(r'class="toast undo" method="post" action="/console/([^"]+)"', page)
    old = re.findall(r'name="at" value="(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)"', page)
    assert back == [f"deliveries/{id_}/reschedule"]
    editor.post(back[0], version="2", at=old[0])
    page = editor.post(f"deliveries/{id_}/cancel", version="3").text
    assert 'action="/console/deliveries/again"' in page


def test_neighbours_see_and_touch_nothing(house: Services, editor: Visitor, neighbour: Visitor) -> None:
    ids = release(house, "养老", 1, 2)
    assert titles(neighbour.get("deliveries").text) == []
    assert 'name="pick"' not in neighbour.get("deliveries?interpretation=1").text
    neighbour.get("deliveries")
    neighbour.post("deliveries/all", do="cancel", pick=[str(i) for i in ids])
    neighbour.post("deliveries/all", do="cancel", all="1", interpretation="1")
    assert states(house) == ["scheduled", "scheduled"]
