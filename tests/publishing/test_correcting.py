"""Correcting: the newer text in the place of the older, the same guid, address and date; and texts that change while
they wait for their time.
"""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
from sqlalchemy import select

from channels.base import Permanent, Unknown
from channels.words import Words
from hub.domain.deadlines import HAND_TIME
from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.models import Correction, Delivery, Interpretation, Move, Revision
from hub.publishing.changing import cancel, record_hand, reschedule, settle
from hub.publishing.claiming import Kind, claim_aside
from hub.publishing.correcting import correct, replace_text
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import Outcome
from hub.publishing.withdrawing import withdraw
from hub.rebuilding import rebuild
from hub.services import Services
from hub.workflow import ConflictError
from tests.fakes import EDITOR, NOW, Keeper, later, write
from tests.publishing.helpers import KEEPER, PLAIN, SENDER, SITED, row, scheduled, state, trail

WHY = "第三档补贴标准原写为6.0元，应为6.2元。"
SAID = Words("不行。", "No.")


def keeper(house: Services) -> Keeper:
    channel = house.channels["keeper"]
    assert isinstance(channel, Keeper)
    return channel


def work(house: Services, **after: float) -> None:
    release_due(house, later(**after))
    drain(house, worker="w", now=lambda: later(**after))


def out(house: Services, *accounts: int) -> list[int]:
    """The deliveries of the first revision, published."""
    revision = write(house)
    deliveries = [scheduled(house, account, revision=revision) for account in accounts]
    work(house)
    return deliveries


def corrected(house: Services, reason: str = WHY, **after: float) -> list[Outcome]:
    with house.db.reading() as session:
        newest = session.scalars(select(Revision.id).order_by(Revision.number.desc())).first()
    assert newest is not None
    return correct(house, actor=EDITOR, interpretation_id=1, revision_id=newest, reason=reason, now=later(**after))


def the_one(outcomes: list[Outcome]) -> int:
    [outcome] = outcomes
    assert outcome.delivery_id is not None, outcome.refusal
    return outcome.delivery_id


def page(house: Services) -> str:
    return (house.config.site_folder / "main/i/1/index.html").read_text()


def published_at(house: Services) -> datetime | None:
    with house.db.reading() as session:
        return session.get_one(Interpretation, 1).published_at


def test_identity_address_and_date_stay_and_the_correction_is_told(house: Services) -> None:
    [first] = out(house, SITED)
    before = row(house, first)
    write(house, "更正后的解读", interpretation_id=1)
    delivery = the_one(corrected(house, hours=1))
    work(house, hours=1)
    after = row(house, delivery)
    assert after.state == State.PUBLISHED
    assert after.replaces_id == first
    assert before.item is not None
    assert after.item is not None
    for name in ("identity", "place", "published"):
        assert after.item[name] == before.item[name]
    assert after.url == before.url
    assert published_at(house) == NOW
    assert page(house) == f"更正后的解读 {NOW.isoformat()} 更正1 {later(hours=1).isoformat()} {WHY}"


def test_rebuilt_from_nothing_it_is_the_same_bytes(house: Services) -> None:
    out(house, SITED)
    write(house, "更正后的解读", interpretation_id=1)
    corrected(house, hours=1)
    work(house, hours=1)
    before = page(house)
    rebuild(house)
    assert page(house) == before


def test_a_channel_that_can_replaces_what_stands_there(house: Services) -> None:
    out(house, KEEPER)
    write(house, "更正后的解读", interpretation_id=1)
    delivery = the_one(corrected(house))
    work(house)
    assert list(keeper(house).standing) == [row(house, delivery).key]


def test_a_channel_that_can_not_is_a_persons_task_with_a_time_limit(house: Services) -> None:
    first, second = out(house, PLAIN, SENDER)
    version = row(house, first).version
    record_hand(house, actor=EDITOR, delivery_id=first, version=version, url="https://x.example/1", now=NOW)
    write(house, "更正后的解读", interpretation_id=1)
    tasks = [row(house, o.delivery_id or 0) for o in corrected(house)]
    work(house)
    tasks = [row(house, task.id) for task in tasks]
    assert [(t.state, t.hand_by) for t in tasks] == [(State.AWAITING_HAND, NOW + HAND_TIME)] * 2
    assert [t.replaces_id for t in tasks] == [first, second]


def test_corrections_are_numbered_and_the_newest_text_tells_of_all(house: Services) -> None:
    out(house, SITED)
    for number in (2, 3):
        write(house, f"第{number}版", interpretation_id=1)
        corrected(house, f"理由{number}", hours=number)
        work(house, hours=number)
    assert page(house).startswith("第3版")
    assert "更正1" in page(house)
    assert "理由2" in page(house)
    assert "更正2" in page(house)
    assert "理由3" in page(house)


def test_its_date_is_the_day_on_which_the_public_is_told(house: Services) -> None:
    out(house, SITED)
    second = write(house, "第2版", interpretation_id=1)
    asked = {"interpretation_id": 1, "revision_id": second, "reason": WHY}
    correct(house, actor=EDITOR, now=NOW, at=later(days=1), **asked)  # type: ignore[arg-type]
    work(house, days=1)
    assert f"更正1 {later(days=1).isoformat()}" in page(house)


def test_a_correction_called_off_before_it_was_told_is_not_told(house: Services) -> None:
    out(house, SITED)
    write(house, "第2版", interpretation_id=1)
    delivery = the_one(corrected(house, "没有发出的理由"))
    cancel(house, actor=EDITOR, delivery_id=delivery, version=1, now=NOW)
    write(house, "第3版", interpretation_id=1)
    corrected(house, WHY)
    work(house)
    assert "没有发出的理由" not in page(house)
    assert WHY in page(house)


def test_an_old_text_is_rendered_without_later_corrections(house: Services) -> None:
    keeper(house).answers.append(Permanent("KEE-3", SAID))
    _, failed = out(house, SITED, KEEPER)
    write(house, "第2版", interpretation_id=1)
    corrected(house)
    work(house)
    with house.db.reading() as session:
        from hub.manuscripts import manuscript_of

        first = session.get_one(Revision, row(house, failed).revision_id)
        assert manuscript_of(session, first, house.artefacts).imprint.corrections == ()


def test_only_where_it_is_published_and_each_account_says_what_became_of_it(house: Services) -> None:
    out(house, SITED, KEEPER)
    scheduled(house, KEEPER, revision=write(house, "第2版", interpretation_id=1), at=later(hours=1))
    sited, keeping = corrected(house)
    assert (sited.channel, keeping.channel) == ("sited", "keeper")
    assert sited.delivery_id is not None
    assert keeping.refusal is not None
    assert keeping.refusal.zh.startswith("DLV-204")


def test_a_finding_that_blocks_leaves_no_correction_behind(house: Services) -> None:
    out(house, SITED)
    write(house, "阻断", interpretation_id=1)
    [outcome] = corrected(house)
    assert outcome.delivery_id is None
    assert [f.code for f in outcome.findings] == ["FAK-101"]
    with house.db.reading() as session:
        assert session.scalars(select(Correction)).all() == []


def test_the_same_correction_asked_for_again_is_the_same_correction(house: Services) -> None:
    out(house, SITED)
    write(house, "第2版", interpretation_id=1)
    cancel(house, actor=EDITOR, delivery_id=the_one(corrected(house)), version=1, now=NOW)
    delivery = the_one(corrected(house, hours=1))
    with house.db.reading() as session:
        [correction] = session.scalars(select(Correction))
    assert row(house, delivery).correction_id == correction.id


@pytest.mark.parametrize("house", ["sqlite", "postgresql"], indirect=True)
def test_two_editors_at_the_same_moment_make_one_correction(house: Services) -> None:
    out(house, KEEPER)
    write(house, "第2版", interpretation_id=1)
    outcomes: list[Outcome] = []
    gate = threading.Barrier(3)

    def press() -> None:
        gate.wait()
        outcomes.extend(corrected(house))

    threads = [threading.Thread(target=press) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(o.delivery_id is not None for o in outcomes) == 1
    assert len(outcomes) == 3


def test_there_must_be_something_newer_to_say_and_something_to_correct(house: Services) -> None:
    write(house)
    with pytest.raises(Refusal, match="DLV-232"):
        corrected(house)
    scheduled(house, KEEPER, revision=1)
    work(house)
    with pytest.raises(Refusal, match="DLV-233"):
        corrected(house)
    with pytest.raises(Refusal, match="DLV-405"):
        correct(house, actor=EDITOR, interpretation_id=1, revision_id=99, reason=WHY, now=NOW)
    withdraw(house, actor=EDITOR, interpretation_id=1, reason=WHY, now=NOW)
    write(house, "第2版", interpretation_id=1)
    with pytest.raises(Refusal, match="DLV-231"):
        corrected(house)


def test_a_correction_on_its_way_is_withdrawn_with_the_rest(house: Services) -> None:
    [first] = out(house, KEEPER)
    write(house, "第2版", interpretation_id=1)
    second = the_one(corrected(house))
    withdraw(house, actor=EDITOR, interpretation_id=1, reason=WHY, now=NOW)
    work(house)
    assert (state(house, first), state(house, second)) == (State.WITHDRAWN, State.CANCELLED)
    assert keeper(house).standing == {}


# Texts that change while they wait.


def newer(house: Services, title: str = "新文本") -> int:
    return write(house, title, interpretation_id=1)


@pytest.mark.parametrize("house", ["sqlite", "postgresql"], indirect=True)
def test_new_text_and_new_time_are_one_move(house: Services) -> None:
    delivery = scheduled(house, KEEPER, at=later(hours=1))
    old = row(house, delivery)
    replace_text(
        house, actor=EDITOR, delivery_id=delivery, version=1, revision_id=newer(house), now=NOW, at=later(hours=2)
    )
    new = row(house, delivery)
    assert (new.state, new.due_at, new.version) == (State.SCHEDULED, later(hours=2), 2)
    assert new.key.startswith("i1v2-")
    assert new.key != old.key
    with house.db.reading() as session:
        moves = session.scalars(select(Move).order_by(Move.id)).all()
        assert moves[-1].revision_hash == session.get_one(Revision, new.revision_id).content_hash
        assert moves[0].revision_hash != moves[-1].revision_hash
    work(house, hours=1)
    assert keeper(house).arrived == {}
    work(house, hours=2)
    assert next(iter(keeper(house).standing.values())).startswith("新文本")


def test_without_a_time_it_keeps_its_own(house: Services) -> None:
    delivery = scheduled(house, KEEPER, at=later(hours=1))
    replace_text(house, actor=EDITOR, delivery_id=delivery, version=1, revision_id=newer(house), now=NOW)
    assert row(house, delivery).due_at == later(hours=1)


def test_a_failed_one_goes_out_now_with_the_newer_text(house: Services) -> None:
    keeper(house).answers.append(Permanent("KEE-3", SAID))
    [delivery] = out(house, KEEPER)
    version = row(house, delivery).version
    replace_text(
        house, actor=EDITOR, delivery_id=delivery, version=version, revision_id=newer(house), now=later(hours=9)
    )
    work(house, hours=9)
    assert state(house, delivery) == State.PUBLISHED
    assert next(iter(keeper(house).standing.values())).startswith("新文本")


def test_saving_alone_changes_nothing_that_is_scheduled(house: Services) -> None:
    delivery = scheduled(house, KEEPER, at=later(hours=1))
    newer(house)
    reschedule(house, actor=EDITOR, delivery_id=delivery, version=1, at=later(hours=2), now=NOW)
    work(house, hours=2)
    assert not next(iter(keeper(house).standing.values())).startswith("新文本")


def test_the_clock_was_faster_and_nothing_changes(house: Services) -> None:
    delivery = scheduled(house, KEEPER)
    revision = newer(house)
    release_due(house, NOW)
    with pytest.raises(ConflictError):
        replace_text(house, actor=EDITOR, delivery_id=delivery, version=1, revision_id=revision, now=NOW)
    assert row(house, delivery).key.startswith("i1v1-")


def test_only_a_newer_and_publishable_text_is_taken(house: Services) -> None:
    delivery = scheduled(house, KEEPER, at=later(hours=1))
    other = write(house, "别的稿")
    for revision, code in ((1, "DLV-235"), (other, "DLV-405"), (newer(house, "阻断"), "FAK-101")):
        with pytest.raises(Refusal, match=code):
            replace_text(house, actor=EDITOR, delivery_id=delivery, version=1, revision_id=revision, now=NOW)
    assert trail(house, delivery) == ["scheduled"]


# Unknown outcomes that a person decides.


def unknown(house: Services) -> Delivery:
    keeper(house).answers.append(Unknown("KEE-2", SAID))
    [delivery] = out(house, KEEPER)
    return row(house, delivery)


def test_a_person_saw_it_there(house: Services) -> None:
    lost = unknown(house)
    settle(
        house,
        actor=EDITOR,
        delivery_id=lost.id,
        version=lost.version,
        there=True,
        url="https://p.example/7",
        now=later(seconds=1),
    )
    seen = row(house, lost.id)
    assert (seen.state, seen.url) == (State.PUBLISHED, "https://p.example/7")
    assert seen.proof.startswith("编辑 2026-05-04T01:00:01+00:00")


def test_a_person_saw_that_it_is_not_there(house: Services) -> None:
    lost = unknown(house)
    settle(house, actor=EDITOR, delivery_id=lost.id, version=lost.version, there=False, now=later(seconds=1))
    gone = row(house, lost.id)
    assert gone.state == State.FAILED
    assert gone.trouble is not None
    assert (gone.trouble["code"], gone.trouble["press"]) == ("DLV-507", "retry")


def test_while_a_worker_looks_a_person_waits(house: Services) -> None:
    lost = unknown(house)
    [_] = claim_aside(house, Kind.LOOK, worker="w", now=later(seconds=5))
    with pytest.raises(Refusal, match="DLV-223"):
        settle(house, actor=EDITOR, delivery_id=lost.id, version=lost.version, there=True, now=later(seconds=5))


def test_only_an_unknown_outcome_is_settled(house: Services) -> None:
    [delivery] = out(house, SENDER)
    with pytest.raises(Refusal, match="DLV-208"):
        settle(house, actor=EDITOR, delivery_id=delivery, version=row(house, delivery).version, there=False, now=NOW)
