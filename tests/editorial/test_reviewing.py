"""Submitting, signing, returning: who may, in which order, on what; and that nothing unsigned goes out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from channels.manuscript import Content
from hub.approvals import Rule, judgement
from hub.db import Database
from hub.domain.refusals import Refusal
from hub.domain.reviews import Standing
from hub.domain.roles import Level
from hub.domain.states import State
from hub.editorial import specimens
from hub.editorial.composing import save
from hub.editorial.reviewing import send_back, sign, submit, withdraw_submission
from hub.editorial.ruling import set_rule
from hub.models import Account, Delivery, Interpretation, OfficeWord, Review, ReviewRule, Revision
from hub.publishing.correcting import correct, replace_text
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.services import Services
from hub.workflow import Actor
from tests.editorial.people import hash_of, hire, reviewers
from tests.fakes import EDITOR, NOW, Plain, Sender, Sited, later, make_services, write
from tests.publishing.helpers import scheduled


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Services]:
    """An office whose user 1 may do everything; on SQLite and on PostgreSQL."""
    services = make_services(tmp_path / "var", Plain(), Sender(), Sited(), database_url=database_url)
    yield services
    services.db.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Services]:
    """The same on SQLite, for what depends on no database."""
    services = make_services(tmp_path / "var", Plain(), Sender(), Sited())
    yield services
    services.db.close()


@pytest.fixture(autouse=True)
def _time_is_an_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here hours pass between two lines: the machine's steady clock has no part in it."""
    monkeypatch.setattr(Database, "steady", lambda _self: None)


def draft(services: Services, title: str = "关于养老助餐的解读", piece: int | None = None) -> int:
    return write(services, title, piece, signed=False, author=1)


def signs(services: Services, actor: Actor, revision: int, level: Level, **more: Any) -> Standing:
    given = {"seen_hash": hash_of(services, revision), "now": NOW, **more}
    return sign(services, actor=actor, revision_id=revision, level=level, **given).standing


def standing(services: Services, revision: int) -> Standing:
    with services.db.reading() as session:
        return judgement(session, session.get_one(Revision, revision)).standing


def publish(services: Services, revision: int, account: int = 1) -> None:
    schedule(services, actor=EDITOR, revision_id=revision, account_ids=[account], at=None, now=NOW)


def refused(code: str) -> Any:
    return pytest.raises(Refusal, match=code)


def test_three_people_sign_and_then_it_may_go_out(office: Services) -> None:
    people, revision = reviewers(office), draft(office)
    assert submit(office, actor=EDITOR, revision_id=revision, now=NOW).standing is Standing.AWAITING_FIRST
    assert signs(office, people[Level.FIRST], revision, Level.FIRST) is Standing.AWAITING_SECOND
    assert signs(office, people[Level.SECOND], revision, Level.SECOND) is Standing.AWAITING_FINAL
    with refused("REV-202"):
        publish(office, revision)
    assert signs(office, people[Level.FINAL], revision, Level.FINAL) is Standing.SIGNED
    publish(office, revision)
    with office.db.reading() as session:
        assert session.get_one(Interpretation, 1).standing == Standing.SIGNED
        rows = session.scalars(select(Review).order_by(Review.id)).all()
        assert [(r.kind, r.level, r.user_id) for r in rows][1:] == [
            ("signed", level.value, people[level].user_id) for level in Level
        ]


def test_the_gate_says_which_review_is_missing_and_who_can_give_it(house: Services) -> None:
    people, revision = reviewers(house), draft(house)
    with pytest.raises(Refusal) as unsubmitted:
        publish(house, revision)
    assert "还没有送审" in unsubmitted.value.words.zh
    submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    signs(house, people[Level.FIRST], revision, Level.FIRST)
    with pytest.raises(Refusal) as missing:
        publish(house, revision)
    assert "缺复审、终审" in missing.value.words.zh
    assert "傅再思" in missing.value.suggestion.zh
    assert "甄字正" not in missing.value.suggestion.zh


def test_every_verb_that_puts_a_text_on_its_way_passes_the_gate(house: Services) -> None:
    delivery = scheduled(house, account=3, at=later(hours=1))
    newer = draft(house, "改过的解读", 1)
    with refused("REV-201"):
        replace_text(house, actor=EDITOR, delivery_id=delivery, version=1, revision_id=newer, now=NOW)
    release_due(house, later(hours=1))
    drain(house, worker="t", now=lambda: later(hours=1))
    with refused("REV-201"):
        correct(house, actor=EDITOR, interpretation_id=1, revision_id=newer, reason="有误", now=later(hours=2))
    with refused("REV-201"):
        publish(house, newer)


def test_an_edit_voids_the_signatures(house: Services) -> None:
    people, first = reviewers(house), draft(house)
    submit(house, actor=EDITOR, revision_id=first, now=NOW)
    signs(house, people[Level.FIRST], first, Level.FIRST)
    saved = save(
        house,
        actor=EDITOR,
        office_id=1,
        content=Content(title="改过", body="正文"),
        interpretation_id=1,
        seen_version=1,
        now=NOW,
    )
    assert standing(house, saved.revision_id) is Standing.DRAFT
    with house.db.reading() as session:
        assert session.get_one(Interpretation, 1).standing == Standing.DRAFT
    with refused("REV-409"):
        signs(house, people[Level.SECOND], first, Level.SECOND)
    with refused("REV-409"):
        submit(house, actor=EDITOR, revision_id=first, now=NOW)


def test_a_signature_is_on_the_content_that_was_seen(house: Services) -> None:
    people, revision = reviewers(house), draft(house)
    submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    with refused("REV-409"):
        signs(house, people[Level.FIRST], revision, Level.FIRST, seen_hash="0" * 64)


def test_nobody_signs_their_own_text(house: Services) -> None:
    reviewers(house)
    revision = draft(house)
    submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    with pytest.raises(Refusal) as own:
        signs(house, EDITOR, revision, Level.FIRST)
    assert own.value.code == "REV-203"
    assert "甄字正" in own.value.suggestion.zh


def test_whoever_wrote_an_earlier_version_has_a_part_in_the_text(house: Services) -> None:
    author = hire(house, "w", "writer", "reviewer")
    write(house, signed=False, author=author.user_id)
    revision = draft(house, "改了一处", 1)
    submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    with refused("REV-203"):
        signs(house, author, revision, Level.FIRST)


def test_nobody_signs_two_levels(house: Services) -> None:
    all_levels, revision = hire(house, "r", "reviewer"), draft(house)
    submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    signs(house, all_levels, revision, Level.FIRST)
    with refused("REV-204"):
        signs(house, all_levels, revision, Level.SECOND)


def test_one_person_may_where_the_office_allows_it_and_gives_a_reason_each_time(house: Services) -> None:
    revision = draft(house)
    set_rule(house, actor=EDITOR, office_id=1, rule=Rule(2, one_person=True), reason="只有一人在岗", now=NOW)
    submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    with refused("REV-213"):
        signs(house, EDITOR, revision, Level.FIRST)
    signs(house, EDITOR, revision, Level.FIRST, reason="一人值班")
    assert signs(house, EDITOR, revision, Level.FINAL, reason="一人值班") is Standing.SIGNED
    with house.db.reading() as session:
        alone = session.scalars(select(Review).where(Review.kind == "signed")).all()
        assert [(r.alone, r.reason) for r in alone] == [(True, "一人值班")] * 2


def test_the_machines_operator_is_nobodys_reviewer(house: Services) -> None:
    revision, operator = draft(house), Actor("cli:root")
    submit(house, actor=operator, revision_id=revision, now=NOW)
    with refused("REV-212"):
        signs(house, operator, revision, Level.FIRST, reason="急")


def test_a_rule_is_changed_by_an_administrator_with_a_reason_and_stays_on_record(house: Services) -> None:
    with refused("PER-403"):
        set_rule(house, actor=hire(house, "w", "writer"), office_id=1, rule=Rule(1), reason="急", now=NOW)
    with refused("REV-222"):
        set_rule(house, actor=EDITOR, office_id=1, rule=Rule(1), reason=" ", now=NOW)
    with refused("REV-221"):
        set_rule(house, actor=EDITOR, office_id=1, rule=Rule(4), reason="多一级", now=NOW)


def test_a_rule_holds_for_what_is_submitted_from_then_on(house: Services) -> None:
    people, waiting = reviewers(house), draft(house)
    submit(house, actor=EDITOR, revision_id=waiting, now=NOW)
    set_rule(house, actor=EDITOR, office_id=1, rule=Rule(1), reason="人少", now=NOW)
    assert standing(house, waiting) is Standing.AWAITING_FIRST
    fresh = draft(house)
    assert submit(house, actor=EDITOR, revision_id=fresh, now=NOW).standing is Standing.AWAITING_FINAL
    assert signs(house, people[Level.FINAL], fresh, Level.FINAL) is Standing.SIGNED


@pytest.mark.parametrize(
    ("roles", "code"), [(("writer", "publisher"), "PER-403"), (("reviewer:second",), "REV-210"), ((), "PER-403")]
)
def test_a_level_takes_its_reviewer(house: Services, roles: tuple[str, ...], code: str) -> None:
    somebody, revision = hire(house, "s", *roles), draft(house)
    submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    with refused(code):
        signs(house, somebody, revision, Level.FIRST)
    with refused(code):
        send_back(house, actor=somebody, revision_id=revision, level=Level.FIRST, reason="有误", now=NOW)
    assert standing(house, revision) is Standing.AWAITING_FIRST


def test_submitting_takes_a_writer(house: Services) -> None:
    revision = draft(house)
    for verb in (submit, withdraw_submission):
        with refused("PER-403"):
            verb(house, actor=hire(house, verb.__name__, "reviewer", "publisher"), revision_id=revision, now=NOW)


def test_a_return_takes_a_reason_and_the_writer_submits_again(office: Services) -> None:
    people, revision = reviewers(office), draft(office)
    submit(office, actor=EDITOR, revision_id=revision, now=NOW)
    signs(office, people[Level.FIRST], revision, Level.FIRST)
    returning = {"actor": people[Level.SECOND], "revision_id": revision, "level": Level.SECOND, "now": NOW}
    with refused("REV-207"):
        send_back(office, **returning, reason=" ")  # type: ignore[arg-type]
    assert send_back(office, **returning, reason="第三档数字与文件不符。").standing is Standing.RETURNED  # type: ignore[arg-type]
    with refused("REV-201"):
        publish(office, revision)
    assert submit(office, actor=EDITOR, revision_id=revision, now=NOW).standing is Standing.AWAITING_FIRST


def test_what_is_under_review_is_not_submitted_twice_and_may_be_taken_back(house: Services) -> None:
    people, revision = reviewers(house), draft(house)
    submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    with refused("REV-208"):
        submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    signs(house, people[Level.FIRST], revision, Level.FIRST)
    assert withdraw_submission(house, actor=EDITOR, revision_id=revision, now=NOW).standing is Standing.DRAFT
    with refused("REV-209"):
        withdraw_submission(house, actor=EDITOR, revision_id=revision, now=NOW)
    submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    assert standing(house, revision) is Standing.AWAITING_FIRST


def test_a_blocking_finding_of_a_chosen_channel_stops_the_submission(house: Services) -> None:
    revision = draft(house, "阻断的解读")
    with pytest.raises(Refusal) as stopped:
        submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    assert stopped.value.code == "REV-214"
    assert "FAK-101" in stopped.value.words.zh
    assert standing(house, revision) is Standing.DRAFT


def test_what_no_channel_publishes_is_not_submitted(house: Services) -> None:
    with refused("REV-215"):
        submit(house, actor=EDITOR, revision_id=draft(house, "跳过的解读"), now=NOW)


def test_a_warning_is_kept_with_the_submission(house: Services) -> None:
    submit(house, actor=EDITOR, revision_id=draft(house, "提醒的解读"), now=NOW)
    with house.db.reading() as session:
        [row] = session.scalars(select(Review))
        assert {f["code"] for f in row.findings or ()} == {"FAK-101"}


def test_a_signature_names_the_artefacts_and_they_are_kept(house: Services) -> None:
    people, revision = reviewers(house), draft(house)
    submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    signs(house, people[Level.FIRST], revision, Level.FIRST)
    with house.db.reading() as session:
        row = session.scalars(select(Review).where(Review.kind == "signed")).one()
    named = {a["channel"]: a["sha256"] for a in row.artefacts or ()}
    assert set(named) == {"plain", "sender", "sited"}
    assert all(house.artefacts.load(sha256).sha256 == sha256 for sha256 in named.values())


def test_what_is_published_at_the_planned_time_is_what_was_signed_byte_for_byte(house: Services) -> None:
    people, revision, at = reviewers(house), draft(house), later(hours=3)
    submit(house, actor=EDITOR, revision_id=revision, at=at, now=NOW)
    for level, who in people.items():
        signs(house, who, revision, level)
    schedule(house, actor=EDITOR, revision_id=revision, account_ids=[1, 2, 3], at=at, now=NOW)
    release_due(house, at)
    drain(house, worker="t", now=lambda: at)
    with house.db.reading() as session:
        row = session.scalars(select(Review).where(Review.level == "final")).one()
        signed = {a["channel"]: a["sha256"] for a in row.artefacts or ()}
        out = {d.channel: d.artefact for d in session.scalars(select(Delivery))}
    assert out == signed


def test_samples_that_changed_since_they_were_seen_are_not_signed(house: Services) -> None:
    people, revision = reviewers(house), draft(house)
    submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    with house.db.reading() as session:
        seen = specimens.fingerprint(session.scalars(select(Review)).one().artefacts or ())
    with refused("REV-206"):
        signs(house, people[Level.FIRST], revision, Level.FIRST, seen=specimens.fingerprint([]))
    signs(house, people[Level.FIRST], revision, Level.FIRST, seen=seen)


def test_a_text_altered_past_the_program_does_not_go_out(house: Services) -> None:
    delivery = scheduled(house, account=1)
    with house.db.writing() as session:
        row = session.get_one(Revision, 1)
        row.content = {**row.content, "title": "偷改的标题"}
    release_due(house, NOW)
    drain(house, worker="t", now=lambda: NOW)
    with house.db.reading() as session:
        found = session.get_one(Delivery, delivery)
        assert found.state == State.FAILED
        assert found.trouble
        assert found.trouble["code"] == "REV-301"


@pytest.mark.parametrize("table", [Review, ReviewRule])
def test_what_was_decided_can_be_neither_changed_nor_deleted(office: Services, table: Any) -> None:
    submit(office, actor=EDITOR, revision_id=draft(office), now=NOW)
    set_rule(office, actor=EDITOR, office_id=1, rule=Rule(1), reason="人少", now=NOW)
    for change in (update(table).values(reason="x"), delete(table)):
        with pytest.raises(DatabaseError, match="append-only"), office.db.writing() as session:
            session.execute(change)


def test_of_two_who_sign_the_same_level_at_once_one_is_told(office: Services) -> None:
    two, revision = [hire(office, f"r{n}", "reviewer", name=f"审核{n}") for n in (1, 2)], draft(office)
    for _ in range(3):
        submit(office, actor=EDITOR, revision_id=revision, now=NOW)
        came = _at_once(office, *[lambda s, who=who: signs(s, who, revision, Level.FIRST) for who in two])  # type: ignore[misc]
        assert [c for c in came if c is Standing.AWAITING_SECOND] == [Standing.AWAITING_SECOND]
        [told] = [c for c in came if isinstance(c, Refusal)]
        assert told.code == "REV-205"
        withdraw_submission(office, actor=EDITOR, revision_id=revision, now=NOW)


def test_of_one_who_signs_and_one_who_returns_one_is_told(office: Services) -> None:
    one, other, revision = hire(office, "r1", "reviewer"), hire(office, "r2", "reviewer"), draft(office)
    submit(office, actor=EDITOR, revision_id=revision, now=NOW)
    back = {"actor": other, "revision_id": revision, "level": Level.FIRST, "reason": "有误", "now": NOW}
    came = _at_once(office, lambda s: signs(s, one, revision, Level.FIRST), lambda s: send_back(s, **back))
    assert sum(isinstance(c, Refusal) for c in came) == 1
    assert standing(office, revision) in (Standing.AWAITING_SECOND, Standing.RETURNED)


def test_a_signature_and_a_save_at_once_leave_no_signature_on_the_new_text(office: Services) -> None:
    reviewer, revision = hire(office, "r1", "reviewer"), draft(office)
    submit(office, actor=EDITOR, revision_id=revision, now=NOW)
    changed = {"actor": EDITOR, "office_id": 1, "content": Content(title="改过", body="正文"), "seen_version": 1}
    saving = lambda s: save(s, interpretation_id=1, now=NOW, **changed)  # noqa: E731
    _at_once(office, lambda s: signs(s, reviewer, revision, Level.FIRST), saving)
    with office.db.reading() as session:
        newest = session.scalars(select(Revision).order_by(Revision.number.desc()).limit(1)).one()
        assert judgement(session, newest).standing is Standing.DRAFT
        assert session.get_one(Interpretation, 1).standing == Standing.DRAFT


def _at_once(office: Services, *racers: Any) -> list[Any]:
    """What each racer returned or raised, each with connections of its own."""
    gate, came = threading.Barrier(len(racers)), [None] * len(racers)

    def one(position: int, racer: Any) -> None:
        services = Services(office.config, office.channels)
        gate.wait()
        try:
            came[position] = racer(services)
        except Refusal as refusal:
            came[position] = refusal
        finally:
            services.db.close()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def test_an_account_whose_settings_no_longer_fit_stops_nobody(house: Services) -> None:
    with house.db.writing() as session:
        session.execute(update(Account).where(Account.id == 1).values(settings={"unknown": 1}))
    assert submit(house, actor=EDITOR, revision_id=draft(house), now=NOW).standing is Standing.AWAITING_FIRST


def keep_words(services: Services, **kinds: str) -> None:
    with services.db.writing() as session:
        session.add_all(OfficeWord(office_id=1, wrong=wrong, kind=kind) for wrong, kind in kinds.items())


def test_the_offices_own_words_are_asked_at_submission_too(house: Services) -> None:
    keep_words(house, 助餐="sensitive", 养老="wrong")
    revision = draft(house)
    with refused("REV-216") as stopped:
        submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    assert "WRD-101" in stopped.value.words.zh
    with house.db.writing() as session:
        session.execute(delete(OfficeWord).where(OfficeWord.kind == "sensitive"))
    submit(house, actor=EDITOR, revision_id=revision, now=NOW)
    with house.db.reading() as session:
        [submission] = session.scalars(select(Review)).all()
        assert [(f["channel"], f["code"]) for f in submission.findings or ()] == [("", "WRD-101")]


def test_a_word_that_became_sensitive_after_the_last_review_stops_publication(house: Services) -> None:
    revision = write(house)
    keep_words(house, 助餐="sensitive")
    [outcome] = schedule(house, actor=EDITOR, revision_id=revision, account_ids=[1], at=None, now=NOW)
    assert (outcome.delivery_id, [f.code for f in outcome.findings]) == (None, ["WRD-101"])
