"""From claim to receipt: what each kind of channel ends in, and what a fenced or dead worker leaves behind."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from channels.base import NeedsHand, Permanent, Receipt, Retryable, Unknown
from channels.words import Words
from hub import site
from hub.db import Database
from hub.domain.deadlines import MAX_ATTEMPTS
from hub.domain.states import State
from hub.files import BusyError
from hub.models import Account, Projection
from hub.publishing import finishing
from hub.publishing.changing import cancel, record_hand, retry
from hub.publishing.claiming import Claim, Kind, claim, claim_aside
from hub.publishing.delivering import TooSlowError, deliver
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.sweeping import sweep
from hub.services import Services
from hub.site import places
from hub.workflow import ConflictError
from tests.fakes import EDITOR, NOW, Plain, Sender, later, write
from tests.publishing.helpers import PLAIN, SENDER, SITED, row, scheduled, state, trail

SAID = Words("平台说不。", "The platform says no.")


@pytest.fixture(autouse=True)
def _no_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists and feeds have their own tests."""
    monkeypatch.setattr(site, "refresh", lambda services, site_id: True)


def _claimed(services: Services, account: int = SENDER, now: datetime = NOW) -> Claim:
    scheduled(services, account, now=now)
    release_due(services, now)
    [one] = claim(services, worker="w1", now=now)
    return one


def _work(services: Services, account: int = SENDER, now: datetime = NOW) -> int:
    one = _claimed(services, account, now)
    deliver(services, one, lambda: now)
    return one.delivery_id


def test_a_send_ends_published_with_its_receipt(fakes: Services, sender: Sender) -> None:
    delivery = row(fakes, _work(fakes))
    assert (delivery.state, delivery.platform_id) == (State.PUBLISHED, f"p-{delivery.key}")
    assert sender.arrived == {delivery.key: 1}
    assert trail(fakes, delivery.id) == ["scheduled", "queued", "working", "published"]
    assert delivery.token is None


def test_the_artefact_is_kept_and_is_what_a_preview_would_show(fakes: Services) -> None:
    delivery = row(fakes, _work(fakes))
    assert delivery.artefact is not None
    kept = fakes.artefacts.load(delivery.artefact)
    assert kept.sha256 == delivery.artefact
    assert NOW.isoformat().encode() in kept.files[0].data


def test_without_a_way_to_send_a_person_posts(fakes: Services) -> None:
    delivery = row(fakes, _work(fakes, PLAIN))
    assert delivery.state == State.AWAITING_HAND
    assert delivery.artefact is not None
    url = "https://mp.example/s/1"
    record_hand(fakes, actor=EDITOR, delivery_id=delivery.id, version=delivery.version, url=url, now=later(hours=1))
    done = row(fakes, delivery.id)
    assert (done.state, done.url) == (State.PUBLISHED, url)
    assert "编辑" in done.proof


def test_a_site_channel_is_written_and_read_back(fakes: Services) -> None:
    delivery = row(fakes, _work(fakes, SITED))
    page = fakes.config.site_folder / "main" / "i/1/index.html"
    assert page.read_bytes() == fakes.artefacts.load(delivery.artefact or "").files[0].data
    assert delivery.state == State.PUBLISHED
    assert delivery.url == "https://x.example/i/1/"
    assert delivery.item is not None
    with fakes.db.reading() as session:
        assert session.get_one(Projection, 1).wanted == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Permanent("FAK-1", SAID), State.FAILED),
        (Retryable("FAK-2", SAID), State.QUEUED),
        (Unknown("FAK-3", SAID), State.UNKNOWN),
        (NeedsHand("FAK-4", SAID), State.AWAITING_HAND),
        (ValueError("bug"), State.UNKNOWN),
        (TooSlowError(), State.UNKNOWN),
    ],
)
def test_what_a_send_raises_decides(fakes: Services, sender: Sender, error: Exception, expected: State) -> None:
    sender.answers = [error]
    delivery = row(fakes, _work(fakes))
    assert delivery.state == expected
    assert delivery.trouble is not None
    assert delivery.trouble["zh"].startswith(delivery.trouble["code"])
    assert (delivery.intent_at is not None) is (expected is State.UNKNOWN)


def test_a_bug_while_rendering_fails_with_a_sentence_and_no_traceback(fakes: Services, sender: Sender) -> None:
    def bug() -> None:
        raise ZeroDivisionError("secret detail")

    sender.rendering = bug
    delivery = row(fakes, _work(fakes))
    assert delivery.state == State.FAILED
    assert delivery.trouble is not None
    assert delivery.trouble["code"] == "DLV-500"
    assert "secret" not in str(delivery.trouble)
    assert sender.arrived == {}


def test_a_slow_render_is_tried_again(fakes: Services) -> None:
    one = _claimed(fakes)

    @contextmanager
    def guard(_claim: Claim) -> Iterator[None]:
        raise TooSlowError
        yield

    deliver(fakes, one, lambda: NOW, guard)
    assert state(fakes, one.delivery_id) == State.QUEUED


def test_a_receipt_without_proof_is_no_receipt(
    fakes: Services, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sender, "send", lambda *_: Receipt(url="https://somewhere"))
    assert state(fakes, _work(fakes)) == State.UNKNOWN


def test_retries_wait_longer_each_time_and_end_in_failed(fakes: Services, sender: Sender) -> None:
    sender.answers = [Retryable("FAK-2", SAID)] * 20
    scheduled(fakes)
    release_due(fakes, NOW)
    now, waits = NOW, []
    while claims := claim(fakes, worker="w", now=now):
        deliver(fakes, claims[0], lambda at=now: at)
        delivery = row(fakes, 1)
        if delivery.state != State.QUEUED:
            break
        assert delivery.ready_at is not None
        assert claim(fakes, worker="w", now=delivery.ready_at - timedelta(seconds=1)) == []
        waits.append(delivery.ready_at - now)
        now = delivery.ready_at
    assert row(fakes, 1).state == State.FAILED
    assert len(waits) == MAX_ATTEMPTS - 1
    assert waits == sorted(waits)
    trouble = row(fakes, 1).trouble
    assert trouble is not None
    assert str(MAX_ATTEMPTS) in trouble["zh"]


def test_a_failed_delivery_is_retried_by_the_editor_with_new_tries(fakes: Services, sender: Sender) -> None:
    sender.answers = [Permanent("FAK-1", SAID)]
    delivery = row(fakes, _work(fakes))
    retry(fakes, actor=EDITOR, delivery_id=delivery.id, version=delivery.version, now=later(hours=5))
    assert drain(fakes, worker="w", now=lambda: later(hours=5)) is False
    assert state(fakes, delivery.id) == State.PUBLISHED
    assert sum(sender.arrived.values()) == 1


def test_an_account_out_of_use_or_with_wrong_settings_fails_with_its_reason(fakes: Services) -> None:
    one = _claimed(fakes)
    with fakes.db.writing() as session:
        session.get_one(Account, SENDER).settings = {"gone": 1}
    deliver(fakes, one, lambda: NOW)
    trouble = row(fakes, one.delivery_id).trouble
    assert trouble is not None
    assert trouble["code"] == "DLV-206"


# Claims


def test_of_many_claimers_each_row_goes_to_one(fakes: Services) -> None:
    for account in (PLAIN, SENDER, SITED):
        for _ in range(4):
            scheduled(fakes, account)
    release_due(fakes, NOW)
    taken: list[Claim] = []

    def take(name: str) -> None:
        for _ in range(3):
            taken.extend(claim(fakes, worker=name, now=NOW))

    threads = [threading.Thread(target=take, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # One of each account: the others of an account wait until that one is done.
    assert sorted(row(fakes, c.delivery_id).account_id for c in taken) == [PLAIN, SENDER, SITED]


def test_the_earliest_of_an_account_goes_first(fakes: Services) -> None:
    second = scheduled(fakes, at=later(seconds=20))
    first = scheduled(fakes, at=later(seconds=10))
    release_due(fakes, later(seconds=30))
    order = []
    while claims := claim(fakes, worker="w", now=later(seconds=30)):
        order.append(claims[0].delivery_id)
        deliver(fakes, claims[0], lambda: later(seconds=30))
    assert order == [first, second]


def test_a_claim_counts_a_try_and_leases_the_row(fakes: Services) -> None:
    one = _claimed(fakes)
    delivery = row(fakes, one.delivery_id)
    assert (delivery.attempt, delivery.token) == (1, one.token)
    assert delivery.lease_until == NOW + timedelta(seconds=fakes.config.lease_seconds)


def test_a_working_delivery_can_not_be_cancelled(fakes: Services) -> None:
    one = _claimed(fakes)
    with pytest.raises(ConflictError):
        cancel(fakes, actor=EDITOR, delivery_id=one.delivery_id, version=1, now=NOW)


def test_a_cancelled_delivery_is_never_claimed(fakes: Services) -> None:
    delivery = scheduled(fakes)
    release_due(fakes, NOW)
    cancel(fakes, actor=EDITOR, delivery_id=delivery, version=2, now=NOW)
    assert claim(fakes, worker="w", now=NOW) == []


# Death of a worker


def test_dead_before_the_intent_means_again(fakes: Services, sender: Sender) -> None:
    one = _claimed(fakes)
    assert sweep(fakes, later(seconds=59)) == 0
    assert sweep(fakes, later(seconds=61)) == 1
    assert sweep(fakes, later(seconds=61)) == 0
    drain(fakes, worker="w2", now=lambda: later(seconds=61))
    assert state(fakes, one.delivery_id) == State.PUBLISHED
    assert sum(sender.arrived.values()) == 1


def test_a_worker_that_comes_back_after_the_sweep_changes_nothing(fakes: Services, sender: Sender) -> None:
    late = _claimed(fakes)
    sweep(fakes, later(seconds=61))
    [fresh] = claim(fakes, worker="w2", now=later(seconds=61))
    deliver(fakes, late, lambda: later(seconds=62))
    assert sender.arrived == {}
    assert row(fakes, late.delivery_id).token == fresh.token
    deliver(fakes, fresh, lambda: later(seconds=63))
    assert sum(sender.arrived.values()) == 1


def test_a_delivery_that_kills_its_workers_is_stopped(fakes: Services) -> None:
    one = _claimed(fakes)
    now = NOW
    for _ in itertools.repeat(None, MAX_ATTEMPTS):
        now += timedelta(seconds=61)
        sweep(fakes, now)
        claim(fakes, worker="w", now=now)
    assert state(fakes, one.delivery_id) == State.FAILED
    trouble = row(fakes, one.delivery_id).trouble
    assert trouble is not None
    assert trouble["code"] == "DLV-502"


class Killed(BaseException):
    """The process is gone: nothing after this runs."""


def _killed_while_sending(services: Services, sender: Sender, *, arrives: bool) -> int:
    one = _claimed(services)
    (sender.lost if arrives else sender.answers).append(Killed())  # type: ignore[arg-type]
    with pytest.raises(Killed):
        deliver(services, one, lambda: NOW)
    sweep(services, later(seconds=61))
    assert state(services, one.delivery_id) == State.UNKNOWN
    return one.delivery_id


def test_dead_after_it_arrived_is_found_and_never_sent_again(fakes: Services, sender: Sender) -> None:
    delivery = _killed_while_sending(fakes, sender, arrives=True)
    drain(fakes, worker="w2", now=lambda: later(seconds=65))
    assert state(fakes, delivery) == State.PUBLISHED
    assert list(sender.arrived.values()) == [1]


def test_dead_before_it_arrived_is_looked_up_then_sent(fakes: Services, sender: Sender) -> None:
    delivery = _killed_while_sending(fakes, sender, arrives=False)
    drain(fakes, worker="w2", now=lambda: later(seconds=65))
    assert state(fakes, delivery) == State.QUEUED
    drain(fakes, worker="w2", now=lambda: later(seconds=120))
    assert state(fakes, delivery) == State.PUBLISHED
    assert list(sender.arrived.values()) == [1]


def test_while_the_channel_can_not_tell_it_stays_unknown_and_is_asked_ever_more_rarely(
    fakes: Services, sender: Sender
) -> None:
    delivery = _killed_while_sending(fakes, sender, arrives=True)
    sender.looks = [Retryable("FAK-9", SAID)] * 3
    now, waits = later(seconds=65), []
    while claims := claim_aside(fakes, Kind.LOOK, worker="w", now=now):
        deliver(fakes, claims[0], lambda at=now: at)
        seen = row(fakes, delivery)
        if seen.state != State.UNKNOWN:
            break
        assert seen.ready_at is not None
        waits.append(seen.ready_at - now)
        now = seen.ready_at
    assert len(waits) == 3
    assert waits == sorted(set(waits))
    assert state(fakes, delivery) == State.PUBLISHED


def test_a_look_whose_worker_died_is_made_again(fakes: Services, sender: Sender) -> None:
    delivery = _killed_while_sending(fakes, sender, arrives=True)
    assert claim_aside(fakes, Kind.LOOK, worker="w", now=later(seconds=65))
    assert claim_aside(fakes, Kind.LOOK, worker="w", now=later(seconds=65)) == []
    sweep(fakes, later(seconds=130))
    assert state(fakes, delivery) == State.UNKNOWN
    assert claim_aside(fakes, Kind.LOOK, worker="w", now=later(seconds=131))


# Draining


def test_stopping_gives_the_rest_back_untouched(fakes: Services) -> None:
    for account in (PLAIN, SENDER, SITED):
        scheduled(fakes, account)
    release_due(fakes, NOW)
    done: list[int] = []

    def rendering() -> None:
        done.append(1)

    for channel in fakes.channels.values():
        assert isinstance(channel, Plain)
        channel.rendering = rendering
    assert drain(fakes, worker="w", now=lambda: NOW, stopping=lambda: len(done) >= 2) is True
    left = [d for d in (1, 2, 3) if state(fakes, d) == State.QUEUED]
    assert len(left) == 1
    assert row(fakes, left[0]).attempt == 0


def test_a_busy_site_is_tried_again(fakes: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "LOCK_WAIT", 0.0)
    with site.locked(fakes, "main"):
        with pytest.raises(BusyError), site.locked(fakes, "main"):
            pass
        monkeypatch.setattr(site, "locked", lambda s, k: _busy())
        assert state(fakes, _work(fakes, SITED)) == State.QUEUED


@contextmanager
def _busy() -> Iterator[None]:
    raise BusyError
    yield


def test_a_correction_replaces_the_piece_and_its_old_files_go(fakes: Services) -> None:
    _work(fakes, SITED)
    folder = fakes.config.site_folder / "main" / "i/1"
    (folder / "old.png").write_bytes(b"old")
    scheduled(fakes, SITED, revision=write(fakes, "更正后的解读", interpretation_id=1), now=later(days=1))
    release_due(fakes, later(days=1))
    drain(fakes, worker="w", now=lambda: later(days=1))
    assert "更正后的解读" in (folder / "index.html").read_text()
    assert [p.name for p in folder.iterdir()] == ["index.html"]


def test_a_receipt_is_stored_as_soon_as_the_database_is_back(
    fakes: Services, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = _claimed(fakes)
    writing, away = fakes.db.writing, [OperationalError("", {}, sqlite_busy()) for _ in range(3)]

    def until_it_is_back() -> AbstractContextManager[Session]:
        if sender.arrived and away:
            raise away.pop()
        return writing()

    monkeypatch.setattr(finishing, "PAUSE", 0.01)
    monkeypatch.setattr(fakes.db, "writing", until_it_is_back)
    deliver(fakes, one, lambda: NOW)
    assert away == []
    assert trail(fakes, one.delivery_id)[-2:] == ["working", "published"]


def sqlite_busy() -> sqlite3.OperationalError:
    """What SQLite says when somebody else keeps it locked."""
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


def test_a_not_there_counts_only_a_whole_lease_after_the_send_was_begun(fakes: Services, sender: Sender) -> None:
    one = _claimed(fakes)
    sender.answers = [Unknown("F-1", SAID)]
    deliver(fakes, one, lambda: NOW)
    early = later(seconds=5)
    [look] = claim_aside(fakes, Kind.LOOK, worker="w", now=early)
    deliver(fakes, look, lambda: early)
    assert state(fakes, one.delivery_id) == State.UNKNOWN
    assert row(fakes, one.delivery_id).ready_at == later(seconds=fakes.config.lease_seconds)
    # The platform was slow to take it.
    sender.arrived[row(fakes, one.delivery_id).key] = 1
    late = later(seconds=fakes.config.lease_seconds)
    [look] = claim_aside(fakes, Kind.LOOK, worker="w", now=late)
    deliver(fakes, look, lambda: late)
    assert state(fakes, one.delivery_id) == State.PUBLISHED
    assert list(sender.arrived.values()) == [1]


def test_a_clock_that_was_set_forward_makes_no_not_there_sure(
    fakes: Services, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter((100.0, 103.0, 100.0 + fakes.config.lease_seconds))
    monkeypatch.setattr(Database, "steady", lambda _self: next(seconds))
    one = _claimed(fakes)
    sender.answers = [Unknown("F-1", SAID)]
    deliver(fakes, one, lambda: NOW)
    for at, expected in ((later(minutes=5), State.UNKNOWN), (later(minutes=10), State.QUEUED)):
        [look] = claim_aside(fakes, Kind.LOOK, worker="w", now=at)
        deliver(fakes, look, lambda at=at: at)
        assert state(fakes, one.delivery_id) == expected
