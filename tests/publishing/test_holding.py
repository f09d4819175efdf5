"""Quiet times: what they stop at once, what goes on, and how what they held goes out afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.models import Account, Hold, Move, Office, User
from hub.publishing.changing import reschedule, retry
from hub.publishing.deciding import Choice, Decision, decide
from hub.publishing.holding import hold, hold_back, lift, resume
from hub.publishing.quieting import held_offices
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.services import Services
from hub.workflow import Actor
from tests.fakes import EDITOR, NOW, later, write
from tests.publishing.helpers import PLAIN, SENDER, SITED, row, scheduled, state, trail
from tests.publishing.moving import force

OPERATOR = Actor("cli:root")
# 23:00 in Shanghai.
NIGHT = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)


def _switch(services: Services, now: datetime = NOW) -> int:
    return hold(services, actor=EDITOR, name="全市停发", office_id=1, now=now)


def _nightly(services: Services, *, resumes: bool) -> int:
    return hold(
        services,
        actor=EDITOR,
        name="夜间静默",
        office_id=1,
        kind="nightly",
        daily_from="22:00",
        daily_to="07:00",
        resumes=resumes,
        now=NOW,
    )


def _another_office(services: Services, zone: str = "Asia/Shanghai") -> tuple[int, int]:
    """The ids of a second office and of its plain account."""
    with services.db.writing() as session:
        office = Office(name="另一单位", area_id=1, zone=zone)
        session.add(office)
        session.flush()
        account = Account(office_id=office.id, area_id=1, channel="plain", name="别处", settings={})
        session.add(account)
        session.flush()
        return office.id, account.id


def _due(services: Services, count: int, now: datetime = NOW) -> list[int]:
    """Deliveries of `count` texts to one account, a second apart, in the order of their times."""
    ids = [scheduled(services, at=now + timedelta(seconds=i), now=now) for i in reversed(range(count))]
    return ids[::-1]


def _order(services: Services, ids: list[int]) -> list[int]:
    return sorted(ids, key=lambda i: (row(services, i).due_at, i))


def test_the_switch_holds_what_is_queued_before_it_answers(fakes: Services) -> None:
    delivery = scheduled(fakes)
    release_due(fakes, NOW)
    switch = _switch(fakes)
    held = row(fakes, delivery)
    assert (held.state, held.hold_id) == (State.HELD, switch)
    assert held.trouble is not None
    assert "全市停发" in held.trouble["zh"]
    assert "HLD-201" in held.trouble["en"]


def test_what_comes_due_while_it_is_on_is_held_and_not_released(fakes: Services) -> None:
    delivery = scheduled(fakes, at=later(minutes=5))
    switch = _switch(fakes)
    assert state(fakes, delivery) == State.SCHEDULED
    assert release_due(fakes, later(minutes=5)) == 0
    assert row(fakes, delivery).hold_id == switch
    assert trail(fakes, delivery) == ["scheduled", "held"]


def test_what_comes_due_after_hours_of_it_is_held_by_it_and_not_by_lateness(fakes: Services) -> None:
    inside, before = scheduled(fakes, at=later(hours=2)), scheduled(fakes, SITED, at=later(minutes=1))
    switch = _switch(fakes, now=later(hours=1))
    release_due(fakes, later(hours=9))
    assert row(fakes, inside).hold_id == switch
    assert row(fakes, before).hold_id is None
    assert (row(fakes, before).trouble or {})["code"] == "DLV-210"


@pytest.mark.parametrize("going_on", [State.WORKING, State.UNKNOWN, State.CONFIRMING, State.WITHDRAWING])
def test_what_is_in_hand_looked_up_or_taken_down_goes_on(house: Services, going_on: State) -> None:
    delivery = scheduled(house)
    with house.db.writing() as session:
        force(session, delivery, going_on, token="t", lease_until=later(hours=1), platform_id="p")
    _switch(house)
    release_due(house, later(minutes=1))
    assert state(house, delivery) == going_on


def test_lifting_sends_what_it_held_in_the_order_in_which_it_was_due(fakes: Services) -> None:
    ids = _due(fakes, 5)
    switch = _switch(fakes)
    release_due(fakes, later(minutes=1))
    assert {state(fakes, i) for i in ids} == {State.HELD}
    assert lift(fakes, actor=EDITOR, hold_id=switch, now=later(hours=5)) == 5
    assert {state(fakes, i) for i in ids} == {State.QUEUED}
    assert _order(fakes, ids) == ids
    assert len({row(fakes, i).due_at for i in ids}) == 5
    # Not late by what the switch cost it.
    release_due(fakes, later(hours=5, seconds=1))
    assert {state(fakes, i) for i in ids} == {State.QUEUED}


def test_the_publication_time_is_when_it_really_goes_out(fakes: Services) -> None:
    delivery = scheduled(fakes)
    switch = _switch(fakes)
    release_due(fakes, NOW)
    lift(fakes, actor=EDITOR, hold_id=switch, now=later(hours=3))
    with fakes.db.reading() as session:
        assert session.merge(row(fakes, delivery)).interpretation.published_at == later(hours=3)


def test_more_than_a_batch_keeps_its_order(fakes: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.publishing.holding.BATCH", 2)
    ids = _due(fakes, 7)
    switch = _switch(fakes)
    release_due(fakes, later(minutes=1))
    assert lift(fakes, actor=EDITOR, hold_id=switch, now=later(hours=1)) == 7
    assert _order(fakes, ids) == ids
    assert len({row(fakes, i).due_at for i in ids}) == 7


def test_whose_clock_is_behind_does_not_turn_the_order_round(fakes: Services) -> None:
    ids = _due(fakes, 4)
    switch = _switch(fakes)
    release_due(fakes, later(minutes=1))
    now = later(hours=1)
    with fakes.db.writing() as session:
        session.get_one(Hold, switch).lifted_at = now
        # Somebody else has sent the first two off, by a clock that is a second ahead.
        for number, first in enumerate(ids[:2]):
            force(session, first, State.QUEUED, due_at=now + timedelta(seconds=1, microseconds=number), hold_id=None)
    assert resume(fakes, now) == 2
    assert _order(fakes, ids) == ids


def test_the_trail_says_what_held_it_and_why_it_went_on(fakes: Services) -> None:
    delivery = scheduled(fakes)
    switch = _switch(fakes)
    release_due(fakes, NOW)
    lift(fakes, actor=EDITOR, hold_id=switch, now=later(hours=1))
    with fakes.db.reading() as session:
        moves = session.scalars(select(Move).where(Move.delivery_id == delivery).order_by(Move.id)).all()
        said = [(m.target, m.actor, (m.said or {}).get("code")) for m in moves]
    assert said == [("scheduled", "user:1", None), ("held", "clock", "HLD-201"), ("queued", "user:1", "HLD-204")]
    assert moves[1].reason == "全市停发"


@pytest.mark.parametrize("office", [None, 1])
def test_a_clock_set_back_does_not_undo_the_switch(fakes: Services, office: int | None) -> None:
    """Five minutes before it was thrown, as this machine's clock tells it now."""
    hold(fakes, actor=Actor("cli:root"), name="全市停发", office_id=office, now=NOW)
    delivery = scheduled(fakes, now=later(minutes=-5))
    assert release_due(fakes, later(minutes=-5)) == 0
    assert state(fakes, delivery) == State.HELD


def test_one_switch_is_enough(house: Services) -> None:
    switch = _switch(house)
    with pytest.raises(Refusal, match="HLD-408"):
        _switch(house)
    lift(house, actor=EDITOR, hold_id=switch, now=NOW)
    assert _switch(house) > switch


def test_lifting_twice_is_refused_with_a_sentence(house: Services) -> None:
    switch = _switch(house)
    lift(house, actor=EDITOR, hold_id=switch, now=NOW)
    with pytest.raises(Refusal, match="HLD-409"):
        lift(house, actor=EDITOR, hold_id=switch, now=NOW)
    with pytest.raises(Refusal, match="HLD-404"):
        lift(house, actor=EDITOR, hold_id=99, now=NOW)


def test_a_clock_that_died_between_lifting_and_sending_is_made_up_for(fakes: Services) -> None:
    delivery = scheduled(fakes)
    switch = _switch(fakes)
    release_due(fakes, NOW)
    with fakes.db.writing() as session:
        session.get_one(Hold, switch).lifted_at = later(minutes=1)
    assert release_due(fakes, later(minutes=2)) == 1
    assert state(fakes, delivery) == State.QUEUED


def test_two_holds_the_second_keeps_what_the_first_let_go(fakes: Services) -> None:
    delivery = scheduled(fakes)
    first, second = _switch(fakes), _nightly(fakes, resumes=True)
    release_due(fakes, NOW)
    assert lift(fakes, actor=EDITOR, hold_id=first, now=NIGHT) == 0
    held = row(fakes, delivery)
    assert (held.state, held.hold_id, (held.trouble or {})["code"]) == (State.HELD, second, "HLD-202")
    assert release_due(fakes, NIGHT + timedelta(hours=8)) == 1


def test_a_night_that_resumes_sends_in_the_morning_and_holds_again_the_next_night(fakes: Services) -> None:
    first = scheduled(fakes, at=NIGHT)
    again = scheduled(fakes, at=NIGHT + timedelta(days=1))
    _nightly(fakes, resumes=True)
    release_due(fakes, NIGHT)
    assert state(fakes, first) == State.HELD
    assert release_due(fakes, NIGHT + timedelta(hours=7, minutes=59)) == 0
    assert release_due(fakes, NIGHT + timedelta(hours=8)) == 1
    assert row(fakes, first).due_at == NIGHT + timedelta(hours=8)
    release_due(fakes, NIGHT + timedelta(days=1))
    assert state(fakes, again) == State.HELD


def test_a_window_that_asks_keeps_its_rows_until_the_editor_chooses(house: Services) -> None:
    delivery = scheduled(house)
    window = hold(
        house,
        actor=EDITOR,
        name="考试日",
        office_id=1,
        kind="window",
        starts_at=NOW,
        ends_at=later(hours=1),
        now=NOW,
    )
    release_due(house, NOW)
    assert release_due(house, later(hours=2)) == 0
    held = row(house, delivery)
    assert (held.state, held.hold_id, (held.trouble or {})["code"]) == (State.HELD, window, "HLD-203")
    # Or lets all of it go at once.
    assert lift(house, actor=EDITOR, hold_id=window, now=later(hours=2)) == 1


def test_a_hold_of_one_office_leaves_the_others_alone(fakes: Services) -> None:
    _, theirs = _another_office(fakes)
    [outcome] = [scheduled(fakes, PLAIN)]
    with fakes.db.writing() as session:
        other = row(fakes, scheduled(fakes, SENDER))
        force(session, other.id, State.SCHEDULED, account_id=theirs)
    _switch(fakes)
    release_due(fakes, NOW)
    assert (state(fakes, outcome), state(fakes, other.id)) == (State.HELD, State.QUEUED)


def test_a_night_for_everybody_is_each_offices_own_night(fakes: Services) -> None:
    far, theirs = _another_office(fakes, "America/New_York")
    hold(
        fakes, actor=OPERATOR, name="夜间", kind="nightly", daily_from="22:00", daily_to="07:00", resumes=True, now=NOW
    )
    with fakes.db.reading() as session:
        held = held_offices(session, NIGHT)
        assert (held.everyone, held.ids) == (False, frozenset({1}))
        assert held_offices(session, NIGHT + timedelta(hours=12)).ids == frozenset({far})
        assert not held_offices(session, NIGHT + timedelta(hours=9))
    ours = scheduled(fakes, at=NIGHT)
    release_due(fakes, NIGHT)
    # Over here, while it is night elsewhere.
    assert release_due(fakes, NIGHT + timedelta(hours=12)) == 1
    assert state(fakes, ours) == State.QUEUED
    assert theirs


def test_nothing_in_force_costs_one_query_and_stops_nobody(fakes: Services) -> None:
    delivery = scheduled(fakes)
    release_due(fakes, NOW)
    with fakes.db.reading() as session:
        held = held_offices(session, NOW)
    assert not held
    assert held.stops(1) is None
    assert hold_back(fakes, NOW) == resume(fakes, NOW) == 0
    assert state(fakes, delivery) == State.QUEUED


def test_an_editor_holds_and_lifts_for_their_own_office_only(house: Services) -> None:
    far, _ = _another_office(house)
    for office in (None, far):
        with pytest.raises(Refusal, match="HLD-403"):
            hold(house, actor=EDITOR, name="停", office_id=office, now=NOW)
    everyone = hold(house, actor=OPERATOR, name="停", now=NOW)
    with pytest.raises(Refusal, match="HLD-403"):
        lift(house, actor=EDITOR, hold_id=everyone, now=NOW)
    assert lift(house, actor=OPERATOR, hold_id=everyone, now=NOW) == 0
    with pytest.raises(Refusal, match="HLD-405"):
        hold(house, actor=OPERATOR, name="停", office_id=99, now=NOW)


def test_who_left_holds_nothing(house: Services) -> None:
    with house.db.writing() as session:
        session.get_one(User, 1).active = False
    with pytest.raises(Refusal, match="HLD-403"):
        _switch(house)


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("HLD-101", {"name": " "}),
        ("HLD-101", {"name": "长" * 101}),
        ("HLD-102", {"kind": "weekly"}),
        ("HLD-103", {"kind": "window"}),
        ("HLD-104", {"ends_at": later(hours=1)}),
        ("HLD-105", {"kind": "window", "starts_at": later(hours=2), "ends_at": later(hours=1)}),
        ("HLD-105", {"kind": "window", "starts_at": later(hours=-2), "ends_at": later(hours=-1)}),
        ("HLD-106", {"kind": "nightly"}),
        ("HLD-106", {"kind": "nightly", "daily_from": "22:00", "daily_to": "7"}),
        ("HLD-106", {"kind": "nightly", "daily_from": "22:00", "daily_to": "22:00"}),
    ],
)
def test_what_makes_no_sense_is_refused(house: Services, code: str, values: dict[str, object]) -> None:
    with pytest.raises(Refusal, match=code):
        hold(house, actor=EDITOR, office_id=1, now=NOW, **{"name": "停", **values})  # type: ignore[arg-type]


def test_publish_now_passes_the_hold_that_is_on_and_stays_passed(fakes: Services) -> None:
    delivery, other = scheduled(fakes), scheduled(fakes)
    switch = _switch(fakes)
    release_due(fakes, NOW)
    retry(fakes, actor=EDITOR, delivery_id=delivery, version=row(fakes, delivery).version, now=later(minutes=1))
    release_due(fakes, later(minutes=2))
    assert (state(fakes, delivery), state(fakes, other)) == (State.QUEUED, State.HELD)
    with fakes.db.reading() as session:
        held = held_offices(session, later(minutes=2))
    assert held.stops(1, switch) is None
    # A later hold stops it again.
    hold(
        fakes,
        actor=EDITOR,
        name="考试",
        office_id=1,
        kind="window",
        ends_at=later(hours=3),
        now=later(minutes=3),
    )
    assert state(fakes, delivery) == State.HELD


def test_another_time_is_subject_to_the_hold_again(house: Services) -> None:
    delivery = scheduled(house)
    switch = _switch(house)
    release_due(house, NOW)
    version = row(house, delivery).version
    reschedule(house, actor=EDITOR, delivery_id=delivery, version=version, at=later(hours=1), now=NOW)
    release_due(house, later(hours=1))
    assert row(house, delivery).hold_id == switch


def test_a_hold_for_everybody_is_not_an_editors_to_pass(house: Services) -> None:
    delivery = scheduled(house)
    hold(house, actor=OPERATOR, name="停", now=NOW)
    release_due(house, NOW)
    version = row(house, delivery).version
    with pytest.raises(Refusal, match="HLD-410"):
        retry(house, actor=EDITOR, delivery_id=delivery, version=version, now=NOW)
    retry(house, actor=OPERATOR, delivery_id=delivery, version=version, now=NOW)
    release_due(house, NOW)
    assert state(house, delivery) == State.QUEUED


def test_several_decisions_each_get_their_own_answer(fakes: Services) -> None:
    ids = _due(fakes, 4)
    release_due(fakes, later(hours=3))
    now = later(hours=4)
    seen = {i: row(fakes, i).version for i in ids}
    # A colleague was faster with the second.
    retry(fakes, actor=EDITOR, delivery_id=ids[1], version=seen[ids[1]], now=now)
    answers = decide(
        fakes,
        actor=EDITOR,
        now=now,
        decisions=[
            Decision(ids[0], seen[ids[0]], Choice.NOW),
            Decision(ids[1], seen[ids[1]], Choice.DROP),
            Decision(ids[2], seen[ids[2]], Choice.AT, later(hours=6)),
            Decision(ids[3], seen[ids[3]], Choice.DROP),
            Decision(77, 1, Choice.NOW),
        ],
    )
    assert [a.delivery_id for a in answers] == [*ids, 77]
    assert [a.version is None for a in answers] == [False, True, False, False, True]
    assert [state(fakes, i) for i in ids] == [State.QUEUED, State.QUEUED, State.SCHEDULED, State.CANCELLED]
    assert [a.refusal.zh[:7] for a in answers if a.refusal] == ["DLV-409", "DLV-404"]


def test_several_published_now_go_out_in_the_order_in_which_they_were_due(fakes: Services) -> None:
    ids = _due(fakes, 4)
    release_due(fakes, later(hours=3))
    wanted = [Decision(i, row(fakes, i).version, Choice.NOW) for i in reversed(ids)]
    decide(fakes, actor=EDITOR, decisions=wanted, now=later(hours=4))
    assert _order(fakes, ids) == ids


@pytest.mark.parametrize("at", [None, later(hours=-5)])
def test_another_time_must_be_one(house: Services, at: datetime | None) -> None:
    delivery = scheduled(house)
    release_due(house, later(hours=3))
    wanted = [Decision(delivery, row(house, delivery).version, Choice.AT, at)]
    [answer] = decide(house, actor=EDITOR, decisions=wanted, now=later(hours=3))
    assert answer.refusal is not None
    assert state(house, delivery) == State.HELD


def _told(services: Services, at: datetime | None, now: datetime = NOW) -> list[str]:
    """What the editor reads who schedules a text at that time."""
    revision = write(services)
    [outcome] = schedule(services, actor=EDITOR, revision_id=revision, account_ids=[PLAIN], at=at, now=now)
    assert outcome.delivery_id is not None
    return [f"{f.code} {f.severity} {f.sentence.zh}" for f in outcome.findings]


@pytest.mark.parametrize(
    ("resumes", "sentence"), [(True, "2026-05-05 07:00 自动发出"), (False, "2026-05-05 07:00 以后由您选择")]
)
def test_a_time_in_a_quiet_time_is_told_with_when_it_would_go_out(
    house: Services, resumes: bool, sentence: str
) -> None:
    _nightly(house, resumes=resumes)
    [told] = _told(house, NIGHT)
    assert told.startswith("PUB-201 warn")
    assert sentence in told
    assert _told(house, NIGHT + timedelta(hours=8)) == []


def test_a_time_under_the_switch_waits_for_its_lifting(house: Services) -> None:
    switch = _switch(house)
    assert "解除" in _told(house, None)[0]
    assert "解除" in _told(house, later(days=9))[0]
    lift(house, actor=EDITOR, hold_id=switch, now=NOW)
    assert _told(house, None) == []


def test_a_text_scheduled_while_it_is_on_is_accepted_and_held(fakes: Services) -> None:
    _switch(fakes)
    delivery = scheduled(fakes, revision=write(fakes))
    release_due(fakes, NOW)
    assert state(fakes, delivery) == State.HELD
    assert row(fakes, delivery).account_id == SENDER
