"""Verifying: whatever is changed, deleted, inserted or swapped is found, and the first broken position is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.audit import Head, heads_file, note_head, seal, set_aside, verify, verifying
from hub.models import Move
from hub.services import Services
from tests.audit.intruder import LENGTH, WAYS, Intruder, prepare, restore
from tests.audit.trails import WAY, deliver, execute, move_on, rows, seal_all, unguard
from tests.fakes import NOW, Plain, later, make_services
from tests.postgres import server


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def sealed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A sealed trail of LENGTH moves whose head is noted; each example restores it first."""
    folder: Path = tmp_path_factory.mktemp("sealed") / "var"
    if request.param == "sqlite":
        made = make_services(folder, Plain())
        prepare(made)
        note_head(made, NOW)
        yield made
        made.db.close()
        return
    with server().database() as url:
        made = make_services(folder, Plain(), database_url=url)
        prepare(made)
        note_head(made, NOW)
        yield made
        made.db.close()


EXAMPLES = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("column", Move.__table__.columns.keys())
@EXAMPLES
@given(data=st.data())
def test_any_change_of_any_column_of_a_move_is_found_at_its_position(
    sealed: Services, data: st.DataObject, column: str
) -> None:
    restore(sealed)
    expected = Intruder(sealed, data.draw).changes(column)
    first = verify(sealed, NOW).first
    assert (first and (first.code, first.position)) == expected


@pytest.mark.parametrize("way", WAYS)
@EXAMPLES
@given(data=st.data())
def test_any_intrusion_is_found_and_the_first_broken_position_is_named(
    sealed: Services, data: st.DataObject, way: str
) -> None:
    restore(sealed)
    expected = getattr(Intruder(sealed, data.draw), way)()
    first = verify(sealed, NOW).first
    assert first is not None
    assert (first.code, first.position) == expected


def test_an_untouched_trail_is_whole(sealed: Services) -> None:
    restore(sealed)
    verdict = verify(sealed, NOW)
    assert (verdict.whole, verdict.links, verdict.notes, verdict.deliveries) == (True, LENGTH, 1, 3)
    assert verdict.head is not None
    assert verdict.head.position == LENGTH


def test_the_broken_row_is_named_with_its_delivery(services: Services) -> None:
    deliver(services)
    seal(services, NOW)
    unguard(services)
    execute(services, "UPDATE moves SET actor = 'user:2' WHERE id = 5")
    verdict = verify(services, NOW)
    assert verdict.first is not None
    assert (verdict.broken, verdict.first.position, verdict.first.move_id, verdict.first.delivery_id) == (1, 5, 5, 2)
    assert "5" in verdict.first.words.zh
    assert "5" in verdict.first.words.en


def test_each_of_several_changed_rows_is_named(services: Services) -> None:
    deliver(services)
    seal(services, NOW)
    unguard(services)
    execute(services, "UPDATE moves SET reason = 'x' WHERE id IN (4, 9, 20)")
    assert [found.position for found in verify(services, NOW).breaks] == [4, 9, 20]


def test_a_delivery_whose_row_was_written_by_hand_is_named(services: Services) -> None:
    deliver(services)
    seal(services, NOW)
    execute(services, "UPDATE deliveries SET state = 'cancelled' WHERE id = 2")
    verdict = verify(services, NOW)
    assert [(found.code, found.delivery_id) for found in verdict.breaks] == [("AUD-212", 2)]


def test_a_delivery_written_by_hand_without_any_move_is_named(services: Services) -> None:
    deliver(services, 1, steps=0)
    assert [(found.code, found.delivery_id) for found in verify(services, NOW).breaks] == [("AUD-213", 1)]


def test_moves_whose_delivery_was_deleted_are_named(services: Services) -> None:
    deliver(services)
    seal(services, NOW)
    unguard(services)
    execute(services, "DELETE FROM deliveries WHERE id = 2")
    verdict = verify(services, NOW)
    assert [(found.code, found.delivery_id, found.move_id) for found in verdict.breaks] == [("AUD-214", 2, 20)]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE moves SET version = 9 WHERE id = 6",
        "UPDATE moves SET source = 'held' WHERE id = 6",
        "UPDATE moves SET target = 'published' WHERE id = 3",
        "UPDATE moves SET source = 'draft' WHERE id = 1",
    ],
    ids=[
        "a gap in the versions",
        "from another state",
        "a move that the table does not have",
        "a beginning from nowhere",
    ],
)
def test_a_trail_that_was_never_legal_is_named_though_it_is_sealed(lite: Services, change: str) -> None:
    deliver(lite, 1)
    unguard(lite)
    execute(lite, change)
    seal(lite, NOW)
    verdict = verify(lite, NOW)
    assert verdict.first is not None
    assert (verdict.first.code, verdict.first.delivery_id) == ("AUD-211", 1)


def test_moves_without_a_seal_are_counted_and_warned_of_when_they_wait_for_long(services: Services) -> None:
    deliver(services, 2)
    verdict = verify(services, later(seconds=59))
    assert (verdict.whole, verdict.unsealed, verdict.unsealed_since, verdict.warnings) == (True, 14, NOW, ())
    verdict = verify(services, later(seconds=61))
    assert (verdict.whole, [warned.code for warned in verdict.warnings]) == (True, ["AUD-301"])


def test_a_chain_cut_before_the_last_note_and_grown_again_is_found(services: Services) -> None:
    deliver(services, 2)
    seal(services, NOW)
    unguard(services)
    execute(
        services, "DELETE FROM seals WHERE position > 7", "DELETE FROM moves WHERE id > 7", "DELETE FROM deliveries"
    )
    deliver(services, 3)
    seal_all(services)
    assert "AUD-206" in [found.code for found in verify(services, NOW).breaks]


def test_a_head_noted_elsewhere_tells_when_the_notes_here_were_deleted_too(services: Services) -> None:
    deliver(services, 1)
    seal(services, NOW)
    head = verify(services, NOW).head
    assert head is not None
    unguard(services)
    execute(services, "DELETE FROM seals WHERE position > 5", "DELETE FROM moves WHERE id > 5")
    execute(services, "UPDATE deliveries SET state = 'queued', version = 5")
    heads_file(services.config).unlink()
    assert verify(services, NOW).whole
    found = verify(services, NOW, heads=[head]).first
    assert found is not None
    assert (found.code, found.position) == ("AUD-205", 6)
    other = verify(services, NOW, heads=[Head(5, "0" * 64)]).first
    assert other is not None
    assert (other.code, other.position) == ("AUD-206", 5)


def test_after_a_restore_the_notes_begin_anew_and_the_old_ones_are_kept(lite: Services) -> None:
    deliver(lite, 2)
    seal(lite, NOW)
    before = heads_file(lite.config).read_bytes()
    kept = set_aside(lite.config, NOW)
    assert kept is not None
    assert (kept.name, kept.read_bytes()) == ("heads-20260504t010000z.jsonl", before)
    assert verify(lite, NOW).notes == 0
    assert set_aside(lite.config, NOW) is None


def test_verifying_beside_the_work_sees_one_moment(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "STRIDE", 1)
    deliver(services, 1, steps=1)
    seal(services, NOW)
    moved: list[int] = []

    def progress(done: int, total: int) -> None:
        if not moved:
            with services.db.writing() as session:
                moved.append(move_on(session, 1, 1))

    verdict = verify(services, NOW, progress=progress)
    assert (moved, verdict.whole, verdict.unsealed) == ([2], True, 0)
    assert verify(services, NOW).unsealed == 1


def test_progress_ends_with_the_last_row_and_nothing_is_written(lite: Services) -> None:
    deliver(lite, 2)
    seal(lite, NOW)
    before = rows(lite, "SELECT * FROM seals"), heads_file(lite.config).read_bytes()
    seen: list[tuple[int, int]] = []
    verify(lite, NOW + timedelta(days=1), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(4 * len(WAY), 4 * len(WAY))]
    assert (rows(lite, "SELECT * FROM seals"), heads_file(lite.config).read_bytes()) == before
