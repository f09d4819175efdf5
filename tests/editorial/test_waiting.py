"""What waits for whom: the level's turn, the office, never their own text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from hub.approvals import Rule
from hub.domain.roles import Level, Role
from hub.editorial.reviewing import send_back, sign, submit
from hub.editorial.ruling import set_rule
from hub.editorial.waiting import count_waiting, waiting_for
from hub.models import Area, Grant, Office
from hub.services import Services
from hub.workflow import Actor
from tests.editorial.people import hash_of, hire, reviewers
from tests.fakes import EDITOR, NOW, Plain, make_services, write


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Services]:
    services = make_services(tmp_path / "var", Plain(), database_url=database_url)
    yield services
    services.db.close()


def submitted(office: Services) -> int:
    revision = write(office, signed=False, author=1)
    submit(office, actor=EDITOR, revision_id=revision, now=NOW)
    return revision


def waits(office: Services, *people: Actor) -> list[list[int]]:
    with office.db.reading() as session:
        return [_waiting(session, who.user_id or 0) for who in people]


def _waiting(session: Session, user_id: int) -> list[int]:
    found = [w.revision_id for w in waiting_for(session, user_id)]
    assert count_waiting(session, user_id) == len(found)
    return found


def test_a_text_waits_for_whose_turn_it_is(office: Services) -> None:
    people = reviewers(office)
    everyone = [EDITOR, *people.values()]
    write(office, signed=False)
    revision = submitted(office)
    assert waits(office, *everyone) == [[], [revision], [], []]
    of_it = {"revision_id": revision, "now": NOW}
    sign(office, actor=people[Level.FIRST], level=Level.FIRST, seen_hash=hash_of(office, revision), **of_it)  # type: ignore[arg-type]
    assert waits(office, *everyone) == [[], [], [revision], []]
    send_back(office, actor=people[Level.SECOND], level=Level.SECOND, reason="有误", **of_it)  # type: ignore[arg-type]
    assert waits(office, *everyone) == [[], [], [], []]
    submit(office, actor=EDITOR, revision_id=revision, now=NOW)
    assert waits(office, *everyone) == [[], [revision], [], []]


def test_it_says_since_when_and_by_whom(office: Services) -> None:
    reviewer, revision = reviewers(office)[Level.FIRST], submitted(office)
    with office.db.reading() as session:
        [one] = waiting_for(session, reviewer.user_id or 0)
    assert (one.revision_id, one.level, one.since, one.submitted_by, one.office) == (
        revision,
        Level.FIRST,
        NOW,
        "编辑",
        "办公室",
    )


def test_whoever_signed_one_level_does_not_wait_for_the_next(office: Services) -> None:
    one, other, revision = hire(office, "a", "reviewer"), hire(office, "b", "reviewer"), submitted(office)
    assert waits(office, one, other) == [[revision], [revision]]
    sign(office, actor=one, revision_id=revision, level=Level.FIRST, seen_hash=hash_of(office, revision), now=NOW)
    assert waits(office, one, other) == [[], [revision]]


def test_where_one_person_may_their_own_text_waits_for_them(office: Services) -> None:
    revision = submitted(office)
    assert waits(office, EDITOR) == [[]]
    set_rule(office, actor=EDITOR, office_id=1, rule=Rule(3, one_person=True), reason="一人在岗", now=NOW)
    assert waits(office, EDITOR) == [[revision]]


def test_a_reviewer_of_a_whole_area_sees_every_office_in_it(office: Services) -> None:
    revision = submitted(office)
    with office.db.writing() as session:
        beside = Area(name="邻区", level="district")
        session.add(beside)
        session.flush()
        session.add(Office(name="邻区办公室", area_id=beside.id))
        session.flush()
    near, far = hire(office, "near"), hire(office, "far")
    with office.db.writing() as session:
        session.add(Grant(user_id=near.user_id, role=Role.REVIEWER, level="first", area_id=1))
        session.add(Grant(user_id=far.user_id, role=Role.REVIEWER, level="first", area_id=2))
    assert waits(office, near, far) == [[revision], []]
