"""Scheduling: one delivery per account, or the reason why not."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.models import Account, Area, Interpretation, Office, Revision, User
from hub.publishing.changing import cancel, reschedule
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import Outcome, schedule
from hub.services import Services
from hub.workflow import Actor
from tests.fakes import EDITOR, NOW, Keeper, later, write
from tests.publishing.helpers import KEEPER, PLAIN, SENDER, SITED, row, scheduled, trail


def _schedule(services: Services, revision: int, *accounts: int, at: datetime | None = None) -> list[Outcome]:
    return schedule(services, actor=EDITOR, revision_id=revision, account_ids=accounts, at=at, now=NOW)


def _published_at(services: Services, revision: int) -> datetime | None:
    with services.db.reading() as session:
        return session.get_one(Revision, revision).interpretation.published_at


def test_each_account_gets_a_delivery_with_its_first_move(fakes: Services) -> None:
    outcomes = _schedule(fakes, write(fakes), SITED, PLAIN, at=later(hours=1))
    assert [o.channel for o in outcomes] == ["sited", "plain"]
    for outcome in outcomes:
        assert outcome.delivery_id is not None
        delivery = row(fakes, outcome.delivery_id)
        assert (delivery.state, delivery.due_at, delivery.version) == (State.SCHEDULED, later(hours=1), 1)
        assert trail(fakes, delivery.id) == ["scheduled"]


def test_keys_are_unique_and_legible(fakes: Services) -> None:
    first, second = _schedule(fakes, write(fakes), PLAIN, SENDER)
    keys = {row(fakes, o.delivery_id or 0).key for o in (first, second)}
    assert len(keys) == 2
    assert all(key.startswith("i1v1-") for key in keys)


def test_a_blocking_finding_stops_that_account_and_says_why(fakes: Services) -> None:
    [outcome] = _schedule(fakes, write(fakes, "阻断"), PLAIN)
    assert outcome.delivery_id is None
    assert [f.code for f in outcome.findings] == ["FAK-101"]


def test_a_channel_with_nothing_to_say_gets_no_delivery(fakes: Services) -> None:
    [outcome] = _schedule(fakes, write(fakes, "跳过"), PLAIN)
    assert outcome.delivery_id is None
    assert outcome.refusal is None


def test_a_warning_never_stops_anything(fakes: Services) -> None:
    [outcome] = _schedule(fakes, write(fakes, "提醒"), PLAIN)
    assert outcome.delivery_id is not None
    assert outcome.findings


def test_a_second_press_is_refused_while_the_first_is_open(fakes: Services) -> None:
    revision = write(fakes)
    _schedule(fakes, revision, PLAIN)
    [again] = _schedule(fakes, revision, PLAIN)
    assert again.delivery_id is None
    assert again.refusal is not None
    assert again.refusal.zh.startswith("DLV-204")


def test_two_presses_at_the_same_moment_make_one_delivery(fakes: Services) -> None:
    revision = write(fakes)
    outcomes: list[Outcome] = []
    gate = threading.Barrier(4)

    def press() -> None:
        gate.wait()
        outcomes.extend(_schedule(fakes, revision, PLAIN))

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(o.delivery_id is not None for o in outcomes) == 1
    assert len(outcomes) == 4


def test_an_account_not_in_use_is_refused_and_the_others_go_on(fakes: Services) -> None:
    with fakes.db.writing() as session:
        session.get_one(Account, PLAIN).active = False
    plain, sender = _schedule(fakes, write(fakes), PLAIN, SENDER)
    assert plain.refusal is not None
    assert plain.refusal.zh.startswith("DLV-203")
    assert sender.delivery_id is not None


def test_settings_that_no_longer_fit_are_named(fakes: Services) -> None:
    with fakes.db.writing() as session:
        session.get_one(Account, PLAIN).settings = {"gone": 1}
    [outcome] = _schedule(fakes, write(fakes), PLAIN)
    assert outcome.refusal is not None
    assert "gone" in outcome.refusal.zh


def test_the_past_is_refused_but_a_moment_ago_means_now(fakes: Services) -> None:
    revision = write(fakes)
    with pytest.raises(Refusal, match="DLV-202"):
        _schedule(fakes, revision, PLAIN, at=later(minutes=-5))
    [outcome] = _schedule(fakes, revision, PLAIN, at=later(seconds=-20))
    assert row(fakes, outcome.delivery_id or 0).due_at == NOW


def test_a_naive_time_is_a_programming_error(fakes: Services) -> None:
    with pytest.raises(ValueError, match="naive"):
        _schedule(fakes, write(fakes), PLAIN, at=NOW.replace(tzinfo=None))


def test_unknown_revision_and_account_are_refused(fakes: Services) -> None:
    with pytest.raises(Refusal, match="DLV-405"):
        _schedule(fakes, 99, PLAIN)
    with pytest.raises(Refusal, match="DLV-406"):
        _schedule(fakes, write(fakes), 99)


def test_another_offices_editor_may_not(fakes: Services) -> None:
    with fakes.db.writing() as session:
        other = Office(name="别的办公室", area_id=session.get_one(Area, 1).id)
        session.add(other)
        session.flush()
        session.add(User(login="o", name="别人", password_hash="x", office_id=other.id, created_at=NOW))
    with pytest.raises(Refusal, match="PER-403"):
        schedule(
            fakes,
            actor=Actor("user:2", user_id=2),
            revision_id=write(fakes),
            account_ids=[PLAIN],
            at=None,
            now=NOW,
        )


def test_the_publication_time_is_the_earliest_and_whole_seconds(fakes: Services) -> None:
    revision = write(fakes)
    _schedule(fakes, revision, PLAIN, at=later(hours=2))
    _schedule(fakes, revision, SENDER, at=later(hours=1, microseconds=7))
    assert _published_at(fakes, revision) == later(hours=1)


def test_the_publication_time_follows_a_reschedule_until_the_public_is_told(fakes: Services) -> None:
    revision = write(fakes)
    delivery = scheduled(fakes, PLAIN, at=later(hours=1), revision=revision)
    reschedule(fakes, actor=EDITOR, delivery_id=delivery, version=1, at=later(hours=3), now=NOW)
    assert _published_at(fakes, revision) == later(hours=3)


def test_a_correction_keeps_the_publication_time(fakes: Services) -> None:
    with fakes.db.writing() as session:
        pass
    revision = write(fakes)
    delivery = scheduled(fakes, PLAIN, at=later(hours=1), revision=revision)
    with fakes.db.writing() as session:
        from tests.publishing.moving import force

        force(session, delivery, State.PUBLISHED)
    correction = write(fakes, "更正后的解读", interpretation_id=1)
    [outcome] = _schedule(fakes, correction, PLAIN, at=later(days=1))
    assert outcome.delivery_id is not None
    assert _published_at(fakes, correction) == later(hours=1)


def test_cancelled_and_scheduled_anew_takes_the_new_time(fakes: Services) -> None:
    revision = write(fakes)
    delivery = scheduled(fakes, PLAIN, at=later(hours=1), revision=revision)
    cancel(fakes, actor=EDITOR, delivery_id=delivery, version=1, now=NOW)
    scheduled(fakes, PLAIN, at=later(days=2), revision=revision)
    assert _published_at(fakes, revision) == later(days=2)


def test_due_is_released_once_by_any_number_of_clocks(fakes: Services) -> None:
    deliveries = [scheduled(fakes, PLAIN, at=later(seconds=n)) for n in range(20)]
    counts: list[int] = []
    clocks = [threading.Thread(target=lambda: counts.append(release_due(fakes, later(seconds=9)))) for _ in range(4)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join()
    assert sum(counts) == 10
    assert [trail(fakes, d) for d in deliveries[:10]] == [["scheduled", "queued"]] * 10
    assert {row(fakes, d).state for d in deliveries[10:]} == {State.SCHEDULED}


def test_later_than_its_tolerance_is_held(fakes: Services) -> None:
    delivery = scheduled(fakes, PLAIN, at=NOW)
    assert release_due(fakes, later(minutes=31)) == 0
    held = row(fakes, delivery)
    assert held.state == State.HELD
    assert held.trouble is not None
    assert held.trouble["code"] == "DLV-210"


def test_queued_in_time_but_never_taken_is_held_too(fakes: Services) -> None:
    delivery = scheduled(fakes, PLAIN, at=NOW)
    assert release_due(fakes, NOW) == 1
    release_due(fakes, later(minutes=29))
    assert row(fakes, delivery).state == State.QUEUED
    release_due(fakes, later(minutes=31))
    assert row(fakes, delivery).state == State.HELD


def test_times_are_instants_whatever_the_zone(fakes: Services) -> None:
    from datetime import timedelta, timezone

    at = datetime(2026, 5, 4, 10, 0, tzinfo=timezone(timedelta(hours=8)))
    delivery = scheduled(fakes, PLAIN, at=at)
    assert row(fakes, delivery).due_at == datetime(2026, 5, 4, 2, 0, tzinfo=UTC)


def test_nothing_is_stored_about_an_interpretation_without_a_delivery(fakes: Services) -> None:
    revision = write(fakes, "阻断")
    _schedule(fakes, revision, PLAIN)
    with fakes.db.reading() as session:
        assert session.get_one(Interpretation, 1).published_at is None


def test_a_newer_text_takes_the_place_of_the_older_where_the_channel_can_replace(house: Services) -> None:
    channel = house.channels["keeper"]
    assert isinstance(channel, Keeper)
    first = scheduled(house, KEEPER)
    release_due(house, NOW)
    drain(house, worker="w", now=lambda: NOW)
    second = scheduled(house, KEEPER, revision=write(house, interpretation_id=1), now=later(minutes=1))
    release_due(house, later(minutes=1))
    drain(house, worker="w", now=lambda: later(minutes=1))
    assert row(house, second).replaces_id == first
    assert list(channel.standing) == [row(house, second).key]
