"""Sealing: every move gets its link, in whatever order it was committed and however many clocks are at it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from hub.audit import heads_file, seal, sealing, verify
from hub.audit.heads import noted
from hub.audit.sealing import seal_batch
from hub.services import Services
from tests.audit.trails import WAY, deliver, execute, move_on, rows, seal_all
from tests.fakes import NOW, later

IN_ORDER = "SELECT move_id FROM seals ORDER BY position"
EACH = len(WAY)


def test_every_move_is_sealed_once_in_the_order_of_its_id(services: Services) -> None:
    deliver(services, 3)
    assert seal(services, NOW) == 3 * EACH
    assert seal(services, NOW) == 0
    assert [row.move_id for row in rows(services, IN_ORDER)] == list(range(1, 3 * EACH + 1))
    assert verify(services, NOW).whole


def test_what_comes_later_is_appended(services: Services) -> None:
    deliver(services, 1)
    seal(services, NOW)
    deliver(services, 2)
    assert seal(services, NOW) == 2 * EACH
    assert verify(services, NOW).links == 3 * EACH


def test_a_backlog_is_sealed_in_bounded_batches(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 2)
    monkeypatch.setattr(sealing, "BATCHES", 3)
    deliver(services, 1)
    assert [seal(services, NOW) for _ in range(3)] == [6, 1, 0]
    assert verify(services, NOW).whole


def test_the_same_trail_gives_the_same_chain_however_it_was_cut_into_batches(
    lite: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(lite, 2)
    seal_all(lite)
    at_once = rows(lite, "SELECT * FROM seals")
    execute(lite, "DELETE FROM seals")
    monkeypatch.setattr(sealing, "BATCH", 3)
    seal_all(lite)
    assert rows(lite, "SELECT * FROM seals") == at_once


@pytest.mark.parametrize("services", ["postgresql"], indirect=True)
@pytest.mark.parametrize("others", [1, 40])
def test_a_move_that_is_committed_after_later_ones_is_not_left_out(
    services: Services, others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "LOOK_BACK", 10)
    deliver(services, 1, steps=1)
    slow = services.db._writers()
    early = move_on(slow, 1, 1)
    deliver(services, others)
    seal(services, NOW)
    assert early not in [row.move_id for row in rows(services, IN_ORDER)]
    slow.commit()
    slow.close()
    # Nearby it is seen at the next beat; from further back, within the hour.
    assert seal(services, later(seconds=1)) == (1 if others == 1 else 0)
    seal(services, later(hours=1))
    assert [row.move_id for row in rows(services, IN_ORDER)][-1] == early
    verdict = verify(services, NOW)
    assert (verdict.whole, verdict.unsealed) == (True, 0)


def test_many_clocks_at_once_make_one_chain(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 5)
    deliver(services, 12)
    barrier, sealed = threading.Barrier(4), []

    def clock() -> None:
        barrier.wait()
        while rows(services, "SELECT 1 FROM moves WHERE id NOT IN (SELECT move_id FROM seals) LIMIT 1"):
            sealed.append(seal_batch(services))

    clocks = [threading.Thread(target=clock) for _ in range(4)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join()
    assert sum(sealed) == 12 * EACH
    verdict = verify(services, NOW)
    assert (verdict.whole, verdict.links) == (True, 12 * EACH)


def test_whoever_finds_the_chain_longer_than_it_read_leaves_it(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another clock seals between this one's reading and its writing."""
    deliver(services, 1)
    links = sealing._links

    def overtaken(end: Any, found: Any) -> Any:
        monkeypatch.setattr(sealing, "_links", links)
        assert seal_batch(services) == EACH
        return links(end, found)

    monkeypatch.setattr(sealing, "_links", overtaken)
    assert seal_batch(services) == 0
    assert verify(services, NOW).links == EACH


@pytest.mark.parametrize("services", ["postgresql"], indirect=True)
def test_sealing_waits_for_nobody_and_nobody_for_it(services: Services) -> None:
    """While another clock holds the chain this one gives up at once, and moves are made all the same."""
    deliver(services, 1, steps=1)
    with services.db.writing() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": sealing.LOCK})
        assert seal_batch(services) == 0
        with services.db.writing() as session:
            move_on(session, 1, 1)
    assert seal_batch(services) == 2


@pytest.mark.parametrize("change", ["UPDATE moves SET reason = 'x'", "DELETE FROM moves"])
def test_the_database_itself_refuses_to_change_or_delete_a_move(services: Services, change: str) -> None:
    deliver(services, 1)
    with pytest.raises(DatabaseError, match="append-only"):
        execute(services, change)
    assert verify(services, NOW).whole


def test_the_head_is_noted_at_once_then_hourly_and_only_when_it_is_new(services: Services) -> None:
    deliver(services, 1)
    path = heads_file(services.config)
    for minutes in (0, 1, 59):
        seal(services, later(minutes=minutes))
    assert len(list(noted(path))) == 1
    seal(services, later(minutes=60))
    assert len(list(noted(path))) == 1
    deliver(services, 1)
    seal(services, later(minutes=61))
    assert [(head.position, head.at) for head in noted(path) if head] == [
        (EACH, NOW),
        (2 * EACH, NOW + timedelta(minutes=61)),
    ]
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_note_that_a_power_cut_left_unfinished_spoils_no_other(lite: Services) -> None:
    deliver(lite, 1)
    seal(lite, NOW)
    path = heads_file(lite.config)
    with path.open("a") as file:
        file.write('{"at": "2026-')
    deliver(lite, 1)
    seal(lite, later(hours=1))
    assert [head and head.position for head in noted(path)] == [EACH, None, 2 * EACH]
    verdict = verify(lite, later(hours=1))
    assert (verdict.whole, [warned.code for warned in verdict.warnings]) == (True, ["AUD-302"])


def test_without_moves_there_is_nothing_to_seal_or_note(services: Services) -> None:
    assert seal(services, NOW) == 0
    assert not heads_file(services.config).exists()
    verdict = verify(services, NOW)
    assert (verdict.whole, verdict.links, verdict.head) == (True, 0, None)
