"""What an editor may change, and when it is too late."""

from __future__ import annotations

import pytest

from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.publishing.access import STATE_WORDS
from hub.publishing.changing import cancel, record_hand, reschedule, retry
from hub.publishing.claiming import claim
from hub.publishing.releasing import release_due
from hub.services import Services
from hub.workflow import ConflictError
from tests.fakes import EDITOR, NOW, later, write
from tests.publishing.helpers import PLAIN, SENDER, row, scheduled, state, trail
from tests.publishing.moving import force


def test_every_state_has_words() -> None:
    assert set(STATE_WORDS) == set(State)


def test_cancelling_ends_it_and_frees_the_account(fakes: Services) -> None:
    revision = write(fakes)
    delivery = scheduled(fakes, PLAIN, revision=revision)
    assert cancel(fakes, actor=EDITOR, delivery_id=delivery, version=1, now=NOW, reason="改由市里发") == 2
    assert state(fakes, delivery) == State.CANCELLED
    assert scheduled(fakes, PLAIN, revision=revision) != delivery


def test_the_clock_was_faster_is_a_conflict_and_changes_nothing(fakes: Services) -> None:
    delivery = scheduled(fakes)
    release_due(fakes, NOW)
    with pytest.raises(ConflictError):
        reschedule(fakes, actor=EDITOR, delivery_id=delivery, version=1, at=later(hours=1), now=NOW)
    assert row(fakes, delivery).due_at == NOW


def test_a_worker_has_it_is_too_late_with_a_sentence(fakes: Services) -> None:
    delivery = scheduled(fakes)
    release_due(fakes, NOW)
    claim(fakes, worker="w", now=NOW)
    for verb in (cancel, retry):
        with pytest.raises(Refusal, match="发布中"):
            verb(fakes, actor=EDITOR, delivery_id=delivery, version=3, now=NOW)


def test_queued_but_not_taken_can_still_be_moved_to_another_time(fakes: Services) -> None:
    delivery = scheduled(fakes)
    release_due(fakes, NOW)
    reschedule(fakes, actor=EDITOR, delivery_id=delivery, version=2, at=later(hours=2), now=NOW)
    assert claim(fakes, worker="w", now=later(hours=1)) == []
    assert release_due(fakes, later(hours=2)) == 1
    assert trail(fakes, delivery) == ["scheduled", "queued", "scheduled", "queued"]


def test_held_is_published_now_and_the_publication_time_with_it(fakes: Services) -> None:
    delivery = scheduled(fakes)
    release_due(fakes, later(hours=3))
    retry(fakes, actor=EDITOR, delivery_id=delivery, version=2, now=later(hours=4))
    release_due(fakes, later(hours=4))
    assert [c.delivery_id for c in claim(fakes, worker="w", now=later(hours=4))] == [delivery]
    with fakes.db.reading() as session:
        assert session.merge(row(fakes, delivery)).interpretation.published_at == later(hours=4)


def test_an_old_text_never_comes_back_over_a_newer_one(fakes: Services) -> None:
    old = scheduled(fakes, PLAIN)
    with fakes.db.writing() as session:
        force(session, old, State.FAILED)
    scheduled(fakes, PLAIN, revision=write(fakes, "新文本", interpretation_id=1))
    for verb, values in ((retry, {}), (reschedule, {"at": later(hours=1)})):
        with pytest.raises(Refusal, match="DLV-209"):
            verb(fakes, actor=EDITOR, delivery_id=old, version=1, now=NOW, **values)  # type: ignore[operator]


@pytest.mark.parametrize("url", ["", "mp.weixin", "javascript:alert(1)", "https://", "https://x.example/" + "a" * 1000])
def test_only_a_web_address_proves_a_posting_by_hand(fakes: Services, url: str) -> None:
    delivery = scheduled(fakes, PLAIN)
    with fakes.db.writing() as session:
        force(session, delivery, State.AWAITING_HAND)
    with pytest.raises(Refusal, match=r"DLV-(207|242)"):
        record_hand(fakes, actor=EDITOR, delivery_id=delivery, version=1, url=url, now=NOW)
    assert state(fakes, delivery) == State.AWAITING_HAND


def test_what_no_person_was_asked_to_post_can_not_be_recorded(fakes: Services) -> None:
    delivery = scheduled(fakes, SENDER)
    with pytest.raises(Refusal, match="DLV-208"):
        record_hand(fakes, actor=EDITOR, delivery_id=delivery, version=1, url="https://x.example/1", now=NOW)


def test_no_such_delivery(fakes: Services) -> None:
    with pytest.raises(Refusal, match="DLV-404"):
        cancel(fakes, actor=EDITOR, delivery_id=99, version=1, now=NOW)
