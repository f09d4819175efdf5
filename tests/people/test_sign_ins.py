"""Sign-ins as rows: begun, seen, over for a reason, ended; what is kept of a place and a browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hub.models import SignIn
from hub.people import sign_ins
from hub.people.sign_ins import Ended, Way
from tests.people.conftest import Town

IDLE = timedelta(minutes=60)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.50"


def begin(town: Town, name: str = "yan", **how: str) -> tuple[str, SignIn]:
    if name not in town.people:
        town.add(name)
    with town.services.db.writing() as session:
        token = sign_ins.begin(session, town.user(session, name), way=Way.PASSWORD, now=town.now, hours=8, **how)
    with town.services.db.reading() as session:
        return token, session.scalars(select(SignIn).where(SignIn.token_hash == sign_ins.token_hash(token))).one()


def test_the_token_stands_nowhere_in_the_database(town: Town) -> None:
    token, row = begin(town, address="203.0.113.77", agent=CHROME)
    values = [str(getattr(row, c.name)) for c in SignIn.__table__.columns]
    assert token not in values
    assert len(token) >= 43
    assert begin(town)[0] != token


def test_a_sign_in_is_over_when_idle_when_old_and_when_ended(town: Town) -> None:
    _, row = begin(town)
    assert sign_ins.over(row, town.now, IDLE) is None
    assert sign_ins.over(row, town.now + timedelta(minutes=59), IDLE) is None
    assert sign_ins.over(row, town.now + IDLE, IDLE) is Ended.IDLE
    sign_ins.touch(town.services, row, town.now + timedelta(minutes=50))
    with town.services.db.reading() as session:
        row = session.get_one(SignIn, row.id)
    assert sign_ins.over(row, town.now + timedelta(minutes=100), IDLE) is None
    assert sign_ins.over(row, town.now + timedelta(hours=8), IDLE) is Ended.EXPIRED


def test_being_seen_is_written_once_a_minute(town: Town) -> None:
    _, row = begin(town)
    sign_ins.touch(town.services, row, town.now + timedelta(seconds=59))
    with town.services.db.reading() as session:
        assert session.get_one(SignIn, row.id).seen_at == town.now
    sign_ins.touch(town.services, row, town.now + timedelta(seconds=60))
    with town.services.db.reading() as session:
        assert session.get_one(SignIn, row.id).seen_at == town.now + timedelta(seconds=60)


def test_only_ones_own_sign_ins_are_ended(town: Town) -> None:
    _, mine = begin(town)
    _, theirs = begin(town, "wen")
    with town.services.db.writing() as session:
        assert not sign_ins.end(session, mine.user_id, theirs.id, Ended.ELSEWHERE, town.now)
        assert sign_ins.end(session, theirs.user_id, theirs.id, Ended.ELSEWHERE, town.now)
        assert not sign_ins.end(session, theirs.user_id, theirs.id, Ended.OUT, town.now)
    with town.services.db.reading() as session:
        assert session.get_one(SignIn, theirs.id).ended_why == "elsewhere"


def test_a_renewed_token_replaces_the_old_one(town: Town) -> None:
    token, row = begin(town)
    with town.services.db.writing() as session:
        fresh = sign_ins.renew(session, row.id)
    with town.services.db.reading() as session:
        hashes = set(session.scalars(select(SignIn.token_hash)))
    assert hashes == {sign_ins.token_hash(fresh)}
    assert sign_ins.token_hash(token) not in hashes


def test_the_list_shows_what_lives_and_old_rows_are_forgotten(town: Town) -> None:
    _, row = begin(town)
    begin(town)
    with town.services.db.writing() as session:
        assert len(sign_ins.living(session, row.user_id, town.now, IDLE)) == 2
        assert sign_ins.end_all(session, row.user_id, Ended.ADMINISTRATOR, town.now, keep=row.id) == 1
        assert [s.id for s in sign_ins.living(session, row.user_id, town.now, IDLE)] == [row.id]
        assert sign_ins.living(session, row.user_id, town.now + IDLE, IDLE) == []
    town.now += sign_ins.KEPT + timedelta(days=1)
    begin(town)
    with town.services.db.reading() as session:
        assert len(session.scalars(select(SignIn)).all()) == 1


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.*"),
        ("::ffff:203.0.113.77", "203.0.113.*"),
        ("2001:db8:1234:5678::9", "2001:db8:1234::*"),
        ("127.0.0.1", "127.0.0.1"),
        ("", ""),
        ("made up", ""),
    ],
)
def test_of_an_address_only_the_network_is_kept(address: str, kept: str) -> None:
    assert sign_ins.shortened(address) == kept


@pytest.mark.parametrize(
    ("agent", "kept"),
    [(CHROME, "Chrome · Windows"), (WECHAT, "微信 WeChat · iPhone"), ("", ""), ("x" * 500, "")],
)
def test_of_a_browser_only_its_kind_is_kept(agent: str, kept: str) -> None:
    assert sign_ins.summarised(agent) == kept
