"""Saving: revisions never change, nobody overwrites anybody, policies and interpreters are records."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import func, select

from channels.manuscript import Content, InterpreterRef, PolicyRef, Validity
from hub.domain.refusals import Refusal
from hub.editorial.composing import StaleEditError, save
from hub.editorial.importing import import_content
from hub.manuscripts import content_of, manuscript_of
from hub.models import Interpretation, Policy, Revision
from hub.services import Services
from hub.setup import Ready, sample_contents
from hub.workflow import Actor

EDITOR = Actor("user:1", 1)


def test_every_save_makes_a_revision_and_the_old_one_stays(services: Services, ready: Ready, now: datetime) -> None:
    first = save(services, actor=EDITOR, office_id=ready.office_id, content=Content(title="甲", body="一"), now=now)
    second = save(
        services,
        actor=EDITOR,
        office_id=ready.office_id,
        content=Content(title="乙", body="二"),
        interpretation_id=first.interpretation_id,
        seen_version=1,
        now=now,
    )
    with services.db.reading() as session:
        bodies = [
            content_of(session.get_one(Revision, r.revision_id), services.artefacts).body for r in (first, second)
        ]
        title = session.get_one(Interpretation, first.interpretation_id).title
    assert (bodies, title, second.version) == (["一", "二"], "乙", 2)


def test_saving_over_somebody_elses_version_is_refused_and_changes_nothing(
    services: Services, ready: Ready, now: datetime
) -> None:
    first = save(services, actor=EDITOR, office_id=ready.office_id, content=Content(title="甲", body="一"), now=now)
    with pytest.raises(StaleEditError) as caught:
        save(
            services,
            actor=EDITOR,
            office_id=ready.office_id,
            content=Content(title="丙"),
            interpretation_id=first.interpretation_id,
            seen_version=0,
            now=now,
        )
    assert caught.value.code == "EDT-409"
    with services.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Revision)) == 1


def test_an_unchanged_save_makes_no_revision(services: Services, ready: Ready, now: datetime) -> None:
    content = Content(title="甲", body="一")
    first = save(services, actor=EDITOR, office_id=ready.office_id, content=content, now=now)
    again = save(
        services,
        actor=EDITOR,
        office_id=ready.office_id,
        content=content,
        interpretation_id=first.interpretation_id,
        seen_version=1,
        now=now,
    )
    assert again == first


def test_another_offices_interpretation_is_not_there(services: Services, ready: Ready, now: datetime) -> None:
    first = save(services, actor=EDITOR, office_id=ready.office_id, content=Content(title="甲"), now=now)
    with pytest.raises(Refusal) as caught:
        save(
            services,
            actor=Actor("cli:op"),
            office_id=ready.office_id + 1,
            content=Content(title="乙"),
            interpretation_id=first.interpretation_id,
            seen_version=1,
            now=now,
        )
    assert caught.value.code == "EDT-404"


def test_a_policy_is_found_by_its_number_and_what_the_draft_leaves_open_comes_from_the_record(
    services: Services, ready: Ready, now: datetime
) -> None:
    ref = PolicyRef(number="锦溪府办发〔2024〕7号", title="锦溪区农机购置与应用补贴实施细则")
    saved = save(
        services, actor=EDITOR, office_id=ready.office_id, content=Content(title="甲", policies=(ref,)), now=now
    )
    with services.db.reading() as session:
        revision = session.get_one(Revision, saved.revision_id)
        manuscript = manuscript_of(session, revision, services.artefacts)
        linked = [p.number for p in revision.policies]
    policy = manuscript.content.policies[0]
    assert policy.validity is Validity.AMENDED
    assert policy.signed is not None
    assert policy.id is not None
    assert linked == ["锦溪府办发〔2024〕7号"]


def test_a_new_policy_becomes_a_record(services: Services, ready: Ready, now: datetime) -> None:
    ref = PolicyRef(number="锦溪府发〔2026〕1号", title="新政策", validity=Validity.NOT_YET)
    save(services, actor=EDITOR, office_id=ready.office_id, content=Content(title="甲", policies=(ref,)), now=now)
    with services.db.reading() as session:
        row = session.scalars(select(Policy).where(Policy.number == ref.number)).one()
    assert (row.title, row.validity) == ("新政策", "not_yet")


def test_an_interpreter_of_the_roster_is_recognised(services: Services, ready: Ready, now: datetime) -> None:
    ref = InterpreterRef(name="解明义", office="锦溪区民政局养老服务科", phone="028-55500121")
    saved = save(
        services, actor=EDITOR, office_id=ready.office_id, content=Content(title="甲", interpreters=(ref,)), now=now
    )
    with services.db.reading() as session:
        content = content_of(session.get_one(Revision, saved.revision_id), services.artefacts)
    assert content.interpreters[0].id is not None


def test_the_same_file_imported_twice_is_one_interpretation(services: Services, ready: Ready, now: datetime) -> None:
    content = sample_contents()[0]
    first = import_content(services, actor=EDITOR, office_id=ready.office_id, content=content, now=now)
    second = import_content(services, actor=EDITOR, office_id=ready.office_id, content=content, now=now)
    assert first == second


def test_who_may_not_write_there_is_told_so(services: Services, ready: Ready, now: datetime) -> None:
    with pytest.raises(Refusal, match="PER-403"):
        save(services, actor=EDITOR, office_id=ready.office_id + 1, content=Content(title="乙"), now=now)
