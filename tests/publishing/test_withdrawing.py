"""Withdrawing: one action, and nothing of the piece is left anywhere, or a person knows what to do by when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.base import NeedsHand, Permanent, Retryable, Unknown
from channels.words import Words
from hub.domain.deadlines import HAND_TIME, MAX_ATTEMPTS
from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.models import Delivery, Interpretation, Move
from hub.publishing.changing import record_hand, retry, settle
from hub.publishing.claiming import Claim, Kind, claim, claim_aside
from hub.publishing.delivering import deliver
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.publishing.sweeping import sweep
from hub.publishing.withdrawing import Summary, overdue_tasks, record_withdrawn, try_again, withdraw
from hub.services import Services
from tests.fakes import EDITOR, NOW, Keeper, later, write
from tests.publishing.helpers import KEEPER, PLAIN, SENDER, SITED, row, scheduled, state, trail
from tests.publishing.moving import force

WHY = "第三档补贴标准有误，重新核定后再发。"
on_both = pytest.mark.parametrize("house", ["sqlite", "postgresql"], indirect=True)
SAID = Words("平台正忙。", "The platform is busy.")


def keeper(house: Services) -> Keeper:
    channel = house.channels["keeper"]
    assert isinstance(channel, Keeper)
    return channel


def work(house: Services, **after: float) -> None:
    release_due(house, later(**after))
    drain(house, worker="w", now=lambda: later(**after))


def out(house: Services, account: int, revision: int | None = None) -> int:
    delivery = scheduled(house, account, revision=revision)
    work(house)
    return delivery


def taken_back(house: Services, **after: float) -> Summary:
    return withdraw(house, actor=EDITOR, interpretation_id=1, reason=WHY, now=later(**after))


def in_hand(house: Services, delivery: int) -> Claim:
    release_due(house, NOW)
    [one] = claim(house, worker="w", now=NOW)
    assert one.delivery_id == delivery
    return one


@on_both
def test_what_is_not_out_is_cancelled_and_never_arrives(house: Services) -> None:
    revision = write(house)
    deliveries = [scheduled(house, account, revision=revision) for account in (PLAIN, SENDER, SITED, KEEPER)]
    release_due(house, NOW)
    waiting = [State.SCHEDULED, State.HELD, State.FAILED, State.AWAITING_HAND]
    with house.db.writing() as session:
        for delivery, where in zip(deliveries, waiting, strict=True):
            force(session, delivery, where)
    assert taken_back(house).cancelled == deliveries
    work(house, minutes=1)
    assert {state(house, d) for d in deliveries} == {State.CANCELLED}
    assert keeper(house).arrived == {}


def test_a_page_on_the_site_becomes_a_notice_with_the_reason(house: Services) -> None:
    delivery = out(house, SITED)
    assert taken_back(house, minutes=5).withdrawing == [delivery]
    work(house, minutes=5)
    page = (house.config.site_folder / "main/i/1/index.html").read_text()
    assert WHY in page
    gone = row(house, delivery)
    assert gone.state == State.WITHDRAWN
    assert "读回" in gone.proof.splitlines()[0]
    assert "撤回 withdrawn: i/1/" in gone.proof.splitlines()[-1]


def test_a_channel_that_can_takes_it_down(house: Services) -> None:
    delivery = out(house, KEEPER)
    taken_back(house)
    work(house)
    assert keeper(house).standing == {}
    assert trail(house, delivery)[-3:] == ["published", "withdrawing", "withdrawn"]
    assert f"gone: {WHY}" in row(house, delivery).proof


@on_both
def test_a_channel_that_can_not_makes_a_task_with_a_time_limit(house: Services) -> None:
    delivery = out(house, SENDER)
    taken_back(house)
    work(house)
    task = row(house, delivery)
    assert (task.state, task.hand_by) == (State.WITHDRAWING, NOW + HAND_TIME)
    assert task.trouble is not None
    assert (task.trouble["turn"], task.trouble["press"]) == ("person", "hand")
    work(house, days=1)
    assert row(house, delivery).version == task.version
    with house.db.reading() as session:
        assert overdue_tasks(session, 1, NOW + HAND_TIME) == 0
        assert overdue_tasks(session, None, NOW + HAND_TIME + timedelta(seconds=1)) == 1
        assert overdue_tasks(session, 2, later(days=1)) == 0


def test_a_person_records_that_it_is_gone(house: Services) -> None:
    delivery = out(house, SENDER)
    taken_back(house)
    work(house)
    version = row(house, delivery).version
    record_withdrawn(
        house, actor=EDITOR, delivery_id=delivery, version=version, now=later(hours=1), note="已在后台删除"
    )
    gone = row(house, delivery)
    assert (gone.state, gone.hand_by, gone.trouble) == (State.WITHDRAWN, None, None)
    assert gone.proof.splitlines()[-1].startswith("撤回 withdrawn: 编辑 2026-05-04T02:00:00+00:00")
    assert gone.proof.endswith("已在后台删除")


def test_what_a_person_posted_is_a_persons_to_take_down(house: Services) -> None:
    delivery = scheduled(house, PLAIN)
    work(house)
    version = row(house, delivery).version
    assert row(house, delivery).hand_by == NOW + HAND_TIME
    record_hand(house, actor=EDITOR, delivery_id=delivery, version=version, url="https://x.example/1", now=NOW)
    taken_back(house)
    work(house)
    assert row(house, delivery).hand_by == NOW + HAND_TIME


def test_a_posting_recorded_after_the_withdrawal_is_told_to_be_deleted(house: Services) -> None:
    delivery = scheduled(house, PLAIN)
    work(house)
    taken_back(house)
    with pytest.raises(Refusal, match="DLV-222"):
        record_hand(
            house,
            actor=EDITOR,
            delivery_id=delivery,
            version=row(house, delivery).version,
            url="https://x.example/1",
            now=NOW,
        )


def test_each_try_is_recorded_and_the_last_one_ends_with_a_person(house: Services) -> None:
    delivery = out(house, KEEPER)
    keeper(house).refusals = [Retryable("KEE-1", SAID), Unknown("KEE-2", SAID)] * MAX_ATTEMPTS
    taken_back(house)
    for hour in range(MAX_ATTEMPTS + 2):
        work(house, hours=hour)
    with house.db.reading() as session:
        tries = select(Move).where(Move.delivery_id == delivery, Move.source == "withdrawing").order_by(Move.id)
        moves = session.scalars(tries).all()
    assert [m.attempt for m in moves] == list(range(1, MAX_ATTEMPTS + 1))
    assert [m.said["code"] for m in moves if m.said] == ["KEE-1", "KEE-2"] * (MAX_ATTEMPTS // 2)
    task = row(house, delivery)
    assert task.hand_by is not None
    assert task.trouble is not None
    assert "请人工撤下" in task.trouble["zh"]


@pytest.mark.parametrize("error", [Permanent("KEE-3", SAID), NeedsHand("KEE-4", SAID), ValueError("bug")])
def test_what_will_not_get_better_is_a_persons_at_once(house: Services, error: Exception) -> None:
    delivery = out(house, KEEPER)
    keeper(house).refusals = [error]
    taken_back(house)
    work(house)
    assert row(house, delivery).hand_by is not None


def test_what_is_our_own_fault_is_mended_and_tried_again(house: Services) -> None:
    delivery = out(house, KEEPER)
    keeper(house).refusals = [Permanent("DLV-311", SAID)]
    taken_back(house)
    work(house)
    task = row(house, delivery)
    assert task.trouble is not None
    assert (task.trouble["turn"], task.trouble["press"]) == ("administrator", "folder")
    try_again(house, actor=EDITOR, delivery_id=delivery, version=task.version, now=later(hours=1))
    work(house, hours=1)
    assert state(house, delivery) == State.WITHDRAWN


def test_a_busy_channel_is_tried_again_after_a_wait(house: Services) -> None:
    delivery = out(house, KEEPER)
    keeper(house).refusals = [Retryable("KEE-1", SAID)]
    taken_back(house)
    work(house)
    assert state(house, delivery) == State.WITHDRAWING
    assert claim_aside(house, Kind.RETRACT, worker="w", now=later(seconds=5)) == []
    work(house, seconds=30)
    assert state(house, delivery) == State.WITHDRAWN


@on_both
def test_a_worker_that_dies_over_it_has_used_up_a_try(house: Services) -> None:
    delivery = out(house, KEEPER)
    taken_back(house)
    for number in range(1, MAX_ATTEMPTS + 1):
        [_] = claim_aside(house, Kind.RETRACT, worker="w", now=later(hours=number))
        sweep(house, later(hours=number, minutes=30))
        assert row(house, delivery).attempt == number
    assert row(house, delivery).hand_by is not None
    assert claim_aside(house, Kind.RETRACT, worker="w", now=later(days=1)) == []


@on_both
def test_in_a_workers_hand_it_goes_back_as_soon_as_it_is_out(house: Services) -> None:
    delivery = scheduled(house, KEEPER)
    one = in_hand(house, delivery)
    marked: list[int] = []
    keeper(house).sending = lambda: marked.extend(taken_back(house).marked)
    deliver(house, one, lambda: NOW)
    assert marked == [delivery]
    assert trail(house, delivery)[-2:] == ["published", "withdrawing"]
    work(house)
    assert state(house, delivery) == State.WITHDRAWN
    assert keeper(house).standing == {}


@pytest.mark.parametrize("error", [Retryable("KEE-1", SAID), Permanent("KEE-3", SAID), NeedsHand("KEE-4", SAID)])
def test_in_a_workers_hand_it_is_not_tried_again(house: Services, error: Exception) -> None:
    delivery = scheduled(house, KEEPER)
    one = in_hand(house, delivery)
    keeper(house).answers = [error]
    taken_back(house)
    deliver(house, one, lambda: NOW)
    assert state(house, delivery) == State.CANCELLED
    work(house, hours=1)
    assert keeper(house).arrived == {}


@on_both
def test_its_worker_died_and_nothing_had_left_the_house(house: Services) -> None:
    delivery = scheduled(house, KEEPER)
    in_hand(house, delivery)
    taken_back(house)
    sweep(house, later(hours=1))
    assert trail(house, delivery)[-2:] == ["queued", "cancelled"]


@pytest.mark.parametrize(("arrives", "ends"), [(True, State.WITHDRAWN), (False, State.CANCELLED)])
def test_an_unknown_one_is_looked_up_and_then_taken_down_or_dropped(
    house: Services, arrives: bool, ends: State
) -> None:
    lost = Unknown("KEE-2", SAID)
    (keeper(house).lost if arrives else keeper(house).answers).append(lost)
    delivery = out(house, KEEPER)
    assert state(house, delivery) == State.UNKNOWN
    taken_back(house)
    work(house, minutes=1)
    assert state(house, delivery) == ends
    assert keeper(house).standing == {}


@pytest.mark.parametrize(("there", "ends"), [(True, State.WITHDRAWING), (False, State.CANCELLED)])
def test_an_unknown_one_that_a_person_settles(house: Services, there: bool, ends: State) -> None:
    keeper(house).answers.append(Unknown("KEE-2", SAID))
    delivery = out(house, KEEPER)
    taken_back(house)
    version = row(house, delivery).version
    settle(house, actor=EDITOR, delivery_id=delivery, version=version, there=there, now=later(seconds=1))
    assert state(house, delivery) == ends


@on_both
def test_an_earlier_version_that_was_replaced_goes_with_the_one_in_its_place(house: Services) -> None:
    first = out(house, SITED)
    second = out(house, SITED, write(house, "新文本", interpretation_id=1))
    summary = taken_back(house, minutes=1)
    assert (summary.withdrawing, summary.followed) == ([second], [first])
    work(house, minutes=1)
    assert [state(house, d) for d in (first, second)] == [State.WITHDRAWN, State.WITHDRAWN]


def test_two_posts_that_do_not_replace_each_other_are_both_taken_down(house: Services) -> None:
    out(house, KEEPER)
    second = scheduled(house, KEEPER, revision=write(house, "新文本", interpretation_id=1))
    with house.db.writing() as session:
        session.get_one(Delivery, second).replaces_id = None
    work(house)
    assert len(keeper(house).standing) == 2
    taken_back(house)
    work(house)
    assert keeper(house).standing == {}


def test_withdrawn_it_can_be_published_again_at_its_old_date(house: Services) -> None:
    out(house, SITED)
    with house.db.reading() as session:
        before = session.get_one(Interpretation, 1).published_at
    taken_back(house, hours=1)
    [refused] = schedule(house, actor=EDITOR, revision_id=1, account_ids=[SITED], at=None, now=later(hours=1))
    assert refused.refusal is not None
    assert refused.refusal.zh.startswith("DLV-214")
    work(house, hours=1)
    again = scheduled(house, SITED, revision=1, now=later(hours=2))
    work(house, hours=2)
    assert state(house, again) == State.PUBLISHED
    assert WHY not in (house.config.site_folder / "main/i/1/index.html").read_text()
    with house.db.reading() as session:
        assert session.get_one(Interpretation, 1).published_at == before


@pytest.mark.parametrize(("reason", "code"), [("", "DLV-220"), (" \n ", "DLV-220"), ("长" * 301, "DLV-220")])
def test_the_public_is_given_a_reason(house: Services, reason: str, code: str) -> None:
    out(house, KEEPER)
    with pytest.raises(Refusal, match=code):
        withdraw(house, actor=EDITOR, interpretation_id=1, reason=reason, now=NOW)


def test_what_was_never_out_or_is_gone_already_is_refused(house: Services) -> None:
    with pytest.raises(Refusal, match="DLV-405"):
        taken_back(house)
    write(house)
    with pytest.raises(Refusal, match="DLV-221"):
        taken_back(house)
    out(house, SENDER, 1)
    taken_back(house)
    with pytest.raises(Refusal, match="正在撤回"):
        taken_back(house)


def test_a_failed_one_that_was_withdrawn_is_not_brought_back(house: Services) -> None:
    keeper(house).answers.append(Permanent("KEE-3", SAID))
    failed = out(house, KEEPER)
    out(house, SENDER, 1)
    taken_back(house)
    with pytest.raises(Refusal, match="DLV-208"):
        retry(house, actor=EDITOR, delivery_id=failed, version=row(house, failed).version, now=NOW)


def test_a_withdrawal_reaches_every_account_of_the_piece_and_no_other_piece(house: Services) -> None:
    other = out(house, KEEPER, write(house, "别的稿"))
    mine = [out(house, account, write(house, "这一篇")) for account in (KEEPER,)]
    withdraw(house, actor=EDITOR, interpretation_id=2, reason=WHY, now=NOW)
    work(house)
    assert state(house, other) == State.PUBLISHED
    assert [state(house, d) for d in mine] == [State.WITHDRAWN]
    with house.db.reading() as session:
        assert session.scalars(select(Delivery.withdrawal_id).where(Delivery.id == other)).one() is None


def test_what_is_withdrawn_in_a_workers_hand_before_it_is_sent_is_not_sent(house: Services) -> None:
    delivery = scheduled(house, KEEPER)
    one = in_hand(house, delivery)
    keeper(house).rendering = lambda: taken_back(house) and None
    deliver(house, one, lambda: later(seconds=1))
    assert keeper(house).arrived == {}
    assert trail(house, delivery)[-3:] == ["working", "queued", "cancelled"]
