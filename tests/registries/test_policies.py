"""政策文件: what is recorded, what is refused, and what a change of it does to what is published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.manuscript import Content, InterpreterRef, PolicyRef, Validity
from hub.domain.refusals import Refusal
from hub.domain.states import State
from hub.editorial.composing import save
from hub.models import Delivery, Event, Policy, Revision
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.registries import policies, policy_sheets
from hub.registries.catalogue import catalogue, rename_subjects, subjects
from hub.registries.forms import WrongFieldsError
from hub.registries.policies import Facts
from hub.services import Services
from hub.workflow import Actor
from tests.fakes import EDITOR, NOW, Keeper, Plain, Sited, later, make_services, sign_off

RIGHT = Facts(
    title="关于发展养老助餐的意见", number="川办函〔2021〕57号", signed=date(2021, 3, 1), published=date(2021, 3, 3)
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Services]:
    """Accounts 1 plain (by hand), 2 keeper (replaces), 3 sited."""
    services = make_services(tmp_path / "var", Plain(), Keeper(), Sited())
    yield services
    services.db.close()


def add(house: Services, facts: Facts = RIGHT) -> int:
    return policies.add(house, actor=EDITOR, office_id=1, facts=facts, now=NOW)


def published(house: Services, ref: PolicyRef, *accounts: int, title: str = "解读") -> int:
    """An interpretation of the policy that is out on the accounts; its id."""
    content = Content(title=title, body="正文", policies=(ref,), interpreters=(InterpreterRef(name="李工", phone="1"),))
    saved = save(house, actor=EDITOR, office_id=1, content=content, now=NOW)
    with house.db.writing() as session:
        sign_off(session, session.get_one(Revision, saved.revision_id))
    schedule(house, actor=EDITOR, revision_id=saved.revision_id, account_ids=accounts, at=None, now=NOW)
    run(house)
    return saved.interpretation_id


def run(house: Services) -> None:
    """Everything due is worked off."""
    release_due(house, NOW)
    drain(house, worker="w", now=lambda: NOW)


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ({"title": " "}, "POL-101", "title"),
        ({"number": "川办函[2021]57 号"}, "DOC-101", "number"),
        ({"number": "57号文"}, "DOC-101", "number"),
        ({"url": "ftp://x"}, "POL-103", "url"),
        ({"signed": date(2021, 3, 4)}, "POL-104", "published"),
        ({"effective": date(2021, 3, 2)}, "POL-104", "effective"),
        ({"title": "长" * 501}, "POL-102", "title"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(house: Services, change: dict[str, object], code: str, place: str) -> None:
    facts = Facts(**{**vars(RIGHT), **change})  # type: ignore[arg-type]
    with pytest.raises(WrongFieldsError) as refused:
        add(house, facts)
    assert [(f.code, f.place) for f in refused.value.findings] == [(code, place)]


@pytest.mark.parametrize("number", ["", "川办函〔2021〕57号", "市政府令第215号", "锦府发〔2024〕5号、6号"])
def test_every_legal_form_of_a_number_is_taken(house: Services, number: str) -> None:
    assert add(house, Facts(title="某文件", number=number))


def test_a_number_is_registered_once(house: Services) -> None:
    add(house)
    with pytest.raises(WrongFieldsError) as refused:
        add(house, Facts(title="又一份", number=RIGHT.number))
    assert refused.value.code == "POL-110"


def test_what_is_replaced_is_not_in_force(house: Services) -> None:
    new = add(house, Facts(title="新办法"))
    with pytest.raises(WrongFieldsError) as refused:
        add(house, Facts(title="老办法", replaced_by_id=new))
    assert refused.value.code == "POL-105"
    assert add(house, Facts(title="老办法", replaced_by_id=new, validity=Validity.REPEALED))


def test_a_change_says_in_the_trail_what_was_and_what_is(house: Services) -> None:
    id_ = add(house)
    policies.change(house, actor=EDITOR, policy_id=id_, facts=Facts(**{**vars(RIGHT), "issuer": "办公室"}), now=NOW)
    with house.db.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "policy.changed")).one()
    assert (event.before, event.after) == ({"issuer": ""}, {"issuer": "办公室"})


def test_nobody_changes_the_policies_of_an_office_they_do_not_write_for(house: Services) -> None:
    with pytest.raises(Refusal) as refused:
        policies.add(house, actor=Actor("user:9", 9), office_id=1, facts=RIGHT, now=NOW)
    assert refused.value.code == "PER-403"


def test_a_repealed_policy_reads_so_on_every_page_and_lists_what_a_person_must_mend(house: Services) -> None:
    ref = PolicyRef(title=RIGHT.title, number=RIGHT.number)
    published(house, ref, 2, 3)
    with house.db.reading() as session:
        row = session.scalars(select(Policy)).one()
    changed = policies.change(
        house,
        actor=EDITOR,
        policy_id=row.id,
        facts=Facts(**{**vars(policies.facts_of(row)), "validity": Validity.REPEALED}),
        now=NOW,
    )
    run(house)
    with house.db.reading() as session:
        renewed = session.scalars(select(Delivery).where(Delivery.refresh_id == changed.refresh_id)).all()
    assert {(d.account_id, d.state) for d in renewed} == {(2, State.PUBLISHED), (3, State.PUBLISHED)}
    assert all(d.correction_id is None and d.replaces_id is not None for d in renewed)
    site = next(d for d in renewed if d.account_id == 3)
    assert site.item is not None
    assert site.item["policies"][0]["validity"] == "repealed"


def test_a_policy_that_nothing_published_names_renews_nothing(house: Services) -> None:
    id_ = add(house)
    facts = Facts(**{**vars(RIGHT), "validity": Validity.EXPIRED})
    assert policies.change(house, actor=EDITOR, policy_id=id_, facts=facts, now=NOW).refresh_id is None


def test_doubles_become_one_and_what_named_the_other_names_it(house: Services) -> None:
    stays = add(house)
    published(house, PolicyRef(title="养老助餐意见（重复登记）"), 3)
    with house.db.reading() as session:
        double = session.scalars(select(Policy).where(Policy.id != stays)).one().id
    policies.merge(house, actor=EDITOR, policy_id=double, into_id=stays, now=NOW)
    run(house)
    with house.db.reading() as session:
        newest = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
    assert newest is not None
    assert newest.item is not None
    assert [(p["id"], p["number"]) for p in newest.item["policies"]] == [(stays, RIGHT.number)]
    again = save(
        house,
        actor=EDITOR,
        office_id=1,
        content=Content(title="又", body="x", policies=(PolicyRef(title="养老助餐意见（重复登记）"),)),
        now=later(days=1),
    )
    with house.db.reading() as session:
        assert [p.id for p in session.get_one(Revision, again.revision_id).policies] == [stays]


def test_a_policy_is_not_merged_into_itself(house: Services) -> None:
    id_ = add(house)
    with pytest.raises(Refusal) as refused:
        policies.merge(house, actor=EDITOR, policy_id=id_, into_id=id_, now=NOW)
    assert refused.value.code == "POL-112"


TABLE = """政策名称,发文字号,公布日期,有效性,主题
关于发展养老助餐的意见,川办函[2021]57 号,2021年3月3日,有效,养老服务
没有日子的文件,,2021/13/40,有效,
关于发展养老助餐的意见,川办函〔2021〕57号,,有效,
""".encode()


@pytest.mark.parametrize("data", [TABLE, TABLE.decode().encode("gb18030"), b"\xef\xbb\xbf" + TABLE])
def test_a_table_is_looked_at_row_by_row_and_only_what_is_right_is_taken(house: Services, data: bytes) -> None:
    lines = policy_sheets.look(house, actor=EDITOR, office_id=1, data=data)
    assert [(line.number, line.state) for line in lines] == [(2, "new"), (3, "wrong"), (4, "known")]
    assert lines[0].facts.number == "川办函〔2021〕57号"
    assert lines[0].facts.subject == "elderly-care"
    assert policy_sheets.take(house, actor=EDITOR, office_id=1, data=data, now=NOW) == 1
    assert policy_sheets.take(house, actor=EDITOR, office_id=1, data=data, now=NOW) == 0


def test_what_is_no_table_is_answered_with_the_columns(house: Services) -> None:
    with pytest.raises(Refusal) as refused:
        policy_sheets.look(house, actor=EDITOR, office_id=1, data="一,二\n三,四\n".encode())
    assert refused.value.code == "CSV-102"
    assert "发文字号" in refused.value.suggestion.zh


def test_the_catalogue_has_its_26_fields_and_an_office_may_call_them_otherwise(house: Services) -> None:
    assert len(catalogue().fields) == 26
    rename_subjects(house, actor=EDITOR, office_id=1, names={"elderly-care": "养老助老"}, now=NOW)
    with house.db.reading() as session:
        assert subjects(session, 1)["elderly-care"] == "养老助老"
        assert subjects(session, 2)["elderly-care"] == "养老服务"
    with pytest.raises(Refusal):
        rename_subjects(house, actor=EDITOR, office_id=1, names={"elderly-care": "救灾"}, now=NOW)
