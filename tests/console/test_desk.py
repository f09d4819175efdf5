"""The desk: what waits for me, what goes out today, what falls behind."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from hub.console.here import Editor
from hub.console.today import desk
from hub.domain.reviews import Standing
from hub.domain.states import State
from hub.models import Account, Column, Delivery, Interpretation, Policy, Review, Revision, revision_policies
from hub.services import Services
from tests.console.conftest import Visitor
from tests.console.test_queries import counting
from tests.fakes import NOW, write
from tests.publishing.helpers import scheduled


def now() -> datetime:
    return datetime.now(UTC)


def mine(house: Services, revision: int, standing: Standing) -> None:
    with house.db.writing() as session:
        found = session.get_one(Revision, revision)
        session.get_one(Interpretation, found.interpretation_id).standing = standing
        found.author_id = 1


def policy(house: Services, published: date, revision: int | None = None) -> None:
    with house.db.writing() as session:
        row = Policy(office_id=1, title="养老助餐办法", number="锦府〔2026〕9号", published=published)
        session.add(row)
        session.flush()
        if revision:
            values = {"revision_id": revision, "policy_id": row.id, "position": 0}
            session.execute(revision_policies.insert().values(values))


def test_an_empty_desk_says_what_each_place_is_for_and_the_three_steps(editor: Visitor) -> None:
    text = editor.get("").text
    for sentence in ("没有等您处理的", "今天没有安排发布", "最近的政策都有解读了", "三步发出第一篇"):
        assert sentence in text


@pytest.mark.parametrize(("standing", "word"), [(Standing.RETURNED, "退回修改"), (Standing.DRAFT, "草稿")])
def test_my_returned_texts_and_drafts_wait_for_me(
    house: Services, editor: Visitor, neighbour: Visitor, standing: Standing, word: str
) -> None:
    mine(house, write(house, "我的一篇"), standing)
    row = re.search(r'<li class="wait-row.*?</li>', editor.get("").text, re.DOTALL)
    assert row
    assert word in row[0]
    assert "我的一篇" in row[0]
    assert "wait-row" not in neighbour.get("").text


def test_what_i_may_sign_waits_for_me(house: Services, editor: Visitor) -> None:
    revision = write(house, "待审的一篇")
    with house.db.writing() as session:
        found = session.get_one(Revision, revision)
        session.get_one(Interpretation, found.interpretation_id).standing = Standing.AWAITING_FIRST
        said = {"content_hash": found.content_hash, "actor": "cli:x", "at": NOW}
        session.add(
            Review(
                interpretation_id=found.interpretation_id,
                revision_id=revision,
                kind="submitted",
                round=2,
                levels=3,
                **said,
            )
        )
    text = editor.get("").text
    assert "待初审" in text
    assert f"/console/interpretations/{found.interpretation_id}/review" in text


def test_what_a_person_has_to_post_waits(house: Services, editor: Visitor) -> None:
    id_ = scheduled(house, account=1, now=NOW)
    with house.db.writing() as session:
        session.execute(update(Delivery).where(Delivery.id == id_).values(state=State.AWAITING_HAND))
    assert f"/console/deliveries/{id_}" in editor.get("").text
    assert "待人工发布" in editor.get("").text


def test_what_goes_out_today_is_a_timeline_that_follows(house: Services, editor: Visitor) -> None:
    id_ = scheduled(house, at=now() + timedelta(days=3))
    with house.db.writing() as session:
        session.execute(update(Delivery).where(Delivery.id == id_).values(due_at=now()))
    text = editor.get("").text
    assert "timeline-row" in text
    assert "北京时间" in text
    fragment = editor.get("?fragment=today").text
    assert "timeline-row" in fragment
    assert "<html" not in fragment


def test_what_failed_is_counted_and_linked(house: Services, editor: Visitor) -> None:
    id_ = scheduled(house, now=NOW)
    with house.db.writing() as session:
        session.execute(update(Delivery).where(Delivery.id == id_).values(state=State.FAILED))
    text = editor.get("").text
    assert "出了问题" in text
    assert "show=problems" in text


def test_accounts_that_fall_silent_are_counted(house: Services, editor: Visitor) -> None:
    with house.db.writing() as session:
        for id_, days in ((1, 14), (2, 11), (3, 2)):
            at = now() - timedelta(days=days)
            session.execute(update(Account).where(Account.id == id_).values(last_published_at=at))
    text = editor.get("").text
    assert "1 个已 13 天以上" in text
    assert "1 个已 10 天以上" in text
    assert "14 天没有更新" in text
    assert "2 天没有更新" not in text


@pytest.mark.parametrize(("days", "word", "tone"), [(170, "5 个月没有更新", "amber"), (200, "6 个月没有更新", "red")])
def test_policy_columns_that_fall_silent_stand_below_the_accounts(
    house: Services, editor: Visitor, days: int, word: str, tone: str
) -> None:
    with house.db.writing() as session:
        session.execute(update(Column).values(last_published_at=now() - timedelta(days=days)))
    [row] = re.findall(
        r'<li class="tone-(\w+)"><span><a href="/console/columns">政策解读</a>(.*?)</li>', editor.get("").text
    )
    assert row[0] == tone
    assert word in row[1]


def _editor() -> Editor:
    return cast(Editor, SimpleNamespace(id=1, office_id=1, zone=ZoneInfo("Asia/Shanghai")))


@pytest.mark.parametrize(
    ("published", "today", "left", "provisional"),
    [
        ("2026-05-11", "2026-05-11", 3, False),
        ("2026-05-11", "2026-05-14", 0, False),
        ("2026-05-11", "2026-05-18", -2, False),
        ("2026-04-30", "2026-05-05", 3, False),  # the holiday does not count
        ("2026-05-06", "2026-05-08", 1, False),  # the make-up Saturday is the last day
    ],
)
def test_a_policy_without_an_interpretation_has_a_deadline_in_working_days(
    house: Services, published: str, today: str, left: int, provisional: bool
) -> None:
    policy(house, date.fromisoformat(published))
    at = datetime.fromisoformat(f"{today}T04:00:00+00:00")
    with house.db.reading() as session:
        [due] = desk(session, _editor(), at).due
    assert (due.left, due.deadline.provisional, due.piece_id) == (left, provisional, None)


def test_a_policy_is_settled_when_its_interpretation_is_out(house: Services, editor: Visitor) -> None:
    revision = write(house, "解读在写")
    policy(house, now().date() - timedelta(days=20), revision)
    text = editor.get("").text
    assert "养老助餐办法" in text
    assert "已过期" in text
    assert "解读还没有发布：解读在写" in text
    with house.db.writing() as session:
        session.execute(update(Interpretation).values(published_at=now() - timedelta(hours=1)))
    assert "养老助餐办法" not in editor.get("").text


def test_another_offices_policies_and_accounts_stay_away(house: Services, neighbour: Visitor) -> None:
    policy(house, now().date() - timedelta(days=20))
    text = neighbour.get("").text
    assert "养老助餐办法" not in text
    assert "账号sender" not in text


def test_the_number_of_queries_does_not_grow(house: Services, editor: Visitor) -> None:
    def fill() -> None:
        revision = write(house)
        mine(house, revision, Standing.DRAFT)
        policy(house, now().date() - timedelta(days=5), revision)
        id_ = scheduled(house, account=1, now=NOW)
        with house.db.writing() as session:
            session.execute(update(Delivery).where(Delivery.id == id_).values(state=State.AWAITING_HAND, due_at=now()))

    fill()
    with counting(house) as few:
        editor.get("")
    for _ in range(8):
        fill()
    with counting(house) as many:
        editor.get("")
    assert len(many) == len(few)
    assert len(few) < 32
