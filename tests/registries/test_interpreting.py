"""解读人, and the change of a phone: every page anew, every copy a person must mend, and nothing that was signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from channels.base import Artefact, File
from channels.manuscript import Content, InterpreterRef, Manuscript
from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.editorial.composing import save
from hub.models import Delivery, Event, Interpretation, Interpreter, Refresh, Revision
from hub.publishing.changing import record_hand
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.registries import interpreting
from hub.registries.forms import WrongFieldsError
from hub.registries.interpreting import Person
from hub.services import Services
from hub.workflow import Actor
from tests.fakes import EDITOR, NOW, Keeper, Plain, Sited, later, make_services, sign_off

OLD, NEW = "028-11111111", "028-22222222"


def _printed(manuscript: Manuscript) -> Artefact:
    people = " ".join(f"{i.name} {i.phone}" for i in manuscript.content.interpreters)
    return Artefact(
        "x", (File("index.html", f"{manuscript.content.title} {people}".encode(), "text/html"),), "index.html"
    )


@dataclass
class Paper(Plain):
    """By hand, with the telephone in it."""

    def render(self, manuscript: Manuscript, settings: Any) -> Artefact:
        return _printed(manuscript)


@dataclass
class Screen(Keeper):
    """A far end that replaces."""

    def render(self, manuscript: Manuscript, settings: Any) -> Artefact:
        return _printed(manuscript)


@dataclass
class Page(Sited):
    """A place on the site."""

    def render(self, manuscript: Manuscript, settings: Any) -> Artefact:
        return _printed(manuscript)


PAPER, SCREEN, PAGE = 1, 2, 3


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Services]:
    services = make_services(tmp_path / "var", Paper(), Screen(), Page())
    yield services
    services.db.close()


def run(house: Services, at: datetime = NOW) -> None:
    release_due(house, at)
    drain(house, worker="w", now=lambda: at)


def publish(house: Services, *accounts: int, phone: str = OLD, title: str = "解读") -> int:
    """A signed interpretation that names the interpreter, out on the accounts; its revision's id."""
    content = Content(
        title=title, body="正文", interpreters=(InterpreterRef(name="李工", office="民政局", phone=phone),)
    )
    saved = save(house, actor=EDITOR, office_id=1, content=content, now=NOW)
    with house.db.writing() as session:
        sign_off(session, session.get_one(Revision, saved.revision_id))
    schedule(house, actor=EDITOR, revision_id=saved.revision_id, account_ids=accounts, at=None, now=NOW)
    run(house)
    with house.db.reading() as session:
        waiting = session.scalars(select(Delivery).where(Delivery.state == State.AWAITING_HAND)).all()
    for d in waiting:
        record_hand(house, actor=EDITOR, delivery_id=d.id, version=d.version, url="https://weixin.example/1", now=NOW)
    return saved.revision_id


def change(house: Services, phone: str = NEW, at: datetime | None = None) -> int | None:
    done = interpreting.change_phone(house, actor=EDITOR, interpreter_id=1, phone=phone, now=at or later(days=1))
    run(house, at or later(days=1))
    return done


def shown(house: Services, account: int) -> str:
    """What people read at the account."""
    with house.db.reading() as session:
        newest = session.scalars(
            select(Delivery)
            .where(Delivery.account_id == account, Delivery.artefact.is_not(None))
            .order_by(Delivery.id.desc())
        ).first()
    assert newest is not None
    assert newest.artefact is not None
    return house.artefacts.load(newest.artefact).files[0].data.decode()


def test_every_page_has_the_new_number_without_a_word_to_the_public(house: Services) -> None:
    publish(house, SCREEN, PAGE)
    refresh = change(house)
    assert NEW in shown(house, PAGE)
    assert NEW in shown(house, SCREEN)
    with house.db.reading() as session:
        renewed = session.scalars(select(Delivery).where(Delivery.refresh_id == refresh).order_by(Delivery.id)).all()
        piece = session.get_one(Interpretation, 1)
        row = session.get_one(Refresh, refresh)
    assert [d.state for d in renewed] == [State.PUBLISHED, State.PUBLISHED]
    assert all(d.correction_id is None for d in renewed)
    assert piece.published_at == NOW
    assert (row.before, row.after) == (OLD, NEW)
    # One post at the far end, the new one in the place of the old.
    keeper = house.channels["keeper"]
    assert isinstance(keeper, Keeper)
    assert [NEW in text for text in keeper.standing.values()] == [True]


def test_the_feed_shows_no_reader_the_piece_again(house: Services) -> None:
    publish(house, PAGE)
    with house.db.reading() as session:
        before = session.scalars(select(Delivery.item)).one()
    change(house)
    with house.db.reading() as session:
        after = session.scalars(select(Delivery.item).order_by(Delivery.id.desc())).first()
    assert before is not None
    assert after is not None
    same = ("identity", "place", "published", "updated")
    assert {k: before[k] for k in same} == {k: after[k] for k in same}


def test_what_was_posted_by_hand_is_a_persons_task_with_its_link(house: Services) -> None:
    publish(house, PAPER)
    [place] = interpreting.places(house, interpreter_id=1)
    assert (place.way, place.url) == ("hand", "https://weixin.example/1")
    refresh = change(house)
    with house.db.reading() as session:
        task = session.scalars(select(Delivery).where(Delivery.refresh_id == refresh)).one()
    assert task.state == State.AWAITING_HAND
    assert task.hand_by is not None


def test_no_task_is_made_where_the_number_can_not_be_read(house: Services) -> None:
    publish(house, PAPER, phone="")
    assert interpreting.places(house, interpreter_id=1) == []


def test_what_was_signed_stays_what_it_was(house: Services) -> None:
    revision = publish(house, PAGE)
    with house.db.reading() as session:
        before = session.get_one(Revision, revision).content_hash
    change(house)
    with house.db.reading() as session:
        row = session.get_one(Revision, revision)
    assert row.content_hash == before
    assert row.content["interpreters"][0]["phone"] == OLD


def test_a_number_that_a_text_gives_on_purpose_stays(house: Services) -> None:
    publish(house, PAGE)
    publish(house, SCREEN, phone="12345", title="另一篇")
    change(house)
    assert "12345" in shown(house, SCREEN)


def test_a_number_taken_back_is_the_number_again(house: Services) -> None:
    publish(house, PAGE)
    change(house)
    change(house, OLD, later(days=2))
    assert OLD in shown(house, PAGE)
    change(house, NEW, later(days=3))
    assert NEW in shown(house, PAGE)


def test_what_is_scheduled_goes_out_with_the_new_number(house: Services) -> None:
    content = Content(title="解读", body="x", interpreters=(InterpreterRef(name="李工", office="民政局", phone=OLD),))
    saved = save(house, actor=EDITOR, office_id=1, content=content, now=NOW)
    with house.db.writing() as session:
        sign_off(session, session.get_one(Revision, saved.revision_id))
    schedule(house, actor=EDITOR, revision_id=saved.revision_id, account_ids=[PAGE], at=later(days=2), now=NOW)
    assert change(house) is None
    run(house, later(days=2))
    assert NEW in shown(house, PAGE)


@pytest.mark.parametrize(("phone", "code"), [("不知道", "ITP-103"), ("110转", "ITP-103"), ("12", "ITP-103")])
def test_what_is_no_number_is_refused(house: Services, phone: str, code: str) -> None:
    publish(house, PAGE)
    with pytest.raises(WrongFieldsError) as refused:
        change(house, phone)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "phone", ["12345", "028-12345678", "（028）1234 5678", "028-12345678转801", "028-1234567、028-7654321"]
)
def test_numbers_as_people_write_them_are_taken(house: Services, phone: str) -> None:
    publish(house, PAGE)
    change(house, phone)
    assert phone in shown(house, PAGE)


def test_the_present_number_is_no_change(house: Services) -> None:
    publish(house, PAGE)
    with pytest.raises(Refusal) as refused:
        change(house, OLD)
    assert refused.value.code == "ITP-111"


def test_nobody_changes_the_number_of_another_offices_interpreter(house: Services) -> None:
    publish(house, PAGE)
    with pytest.raises(Refusal) as refused:
        interpreting.change_phone(house, actor=Actor("user:9", 9), interpreter_id=1, phone=NEW, now=NOW)
    assert refused.value.code == "PER-403"


def test_the_trail_says_who_changed_it_from_what_to_what(house: Services) -> None:
    publish(house, PAGE)
    change(house)
    with house.db.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "interpreter.phone")).one()
    assert (event.user_id, event.before, event.after) == (1, {"phone": OLD}, {"phone": NEW})


@pytest.mark.parametrize(
    ("person", "code", "place"),
    [
        (Person(), "ITP-101", "name"),
        (Person(name="李", kind="supplementary"), "ITP-105", "trained"),
        (Person(name="李", phone="x"), "ITP-103", "phone"),
        (Person(name="长" * 61), "ITP-102", "name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(house: Services, person: Person, code: str, place: str) -> None:
    with pytest.raises(WrongFieldsError) as refused:
        interpreting.add(house, actor=EDITOR, office_id=1, person=person, now=NOW)
    assert [(f.code, f.place) for f in refused.value.findings] == [(code, place)]


def test_a_person_is_registered_once_in_an_office(house: Services) -> None:
    interpreting.add(house, actor=EDITOR, office_id=1, person=Person(name="李工", office_name="民政局"), now=NOW)
    with pytest.raises(WrongFieldsError) as refused:
        interpreting.add(house, actor=EDITOR, office_id=1, person=Person(name="李工", office_name="民政局"), now=NOW)
    assert refused.value.code == "ITP-110"
    interpreting.add(house, actor=EDITOR, office_id=1, person=Person(name="李工", office_name="教育局"), now=NOW)


def test_the_phone_is_not_changed_by_the_way(house: Services) -> None:
    publish(house, PAGE)
    interpreting.change(house, actor=EDITOR, interpreter_id=1, person=Person(name="李工", phone=NEW), now=NOW)
    with house.db.reading() as session:
        assert session.get_one(Interpreter, 1).phone == OLD
