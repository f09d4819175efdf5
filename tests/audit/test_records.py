"""Reviews, comments, review rules and what administrators change are links of the chain, as moves are."""

from __future__ import annotations

import pytest

from hub.approvals import Rule
from hub.audit import seal, verify
from hub.audit.chain import TABLES
from hub.audit.records import FORMS
from hub.editorial.commenting import answer, comment
from hub.editorial.ruling import set_rule
from hub.registries.wording import Entry, keep
from hub.services import Services
from tests.audit.trails import execute, rows, seal_all
from tests.fakes import EDITOR, NOW, later, write

RECORDS = {"reviews": 2, "comments": 1, "replies": 1, "review_rules": 1, "events": 1}
CHANGES = {
    "reviews": "reason = '另一个理由'",
    "comments": "text = '另一句话'",
    "replies": "text = '另一句话'",
    "review_rules": "levels = 1",
    "events": "actor = 'user:2'",
}


def do_everything(services: Services) -> None:
    """A version signed, talked about, its rule and a word of the office changed."""
    revision = write(services)
    made = comment(services, actor=EDITOR, revision_id=revision, text="请核对", now=NOW)
    answer(services, actor=EDITOR, comment_id=made, text="已核对", now=NOW)
    set_rule(services, actor=EDITOR, office_id=1, rule=Rule(2, True), reason="人少", now=NOW)
    keep(services, actor=EDITOR, office_id=1, entry=Entry("既使", "即使"), word_id=None, now=NOW)


def open_up(services: Services, table: str) -> None:
    if services.db.engine.dialect.name == "sqlite":
        execute(services, f"DROP TRIGGER {table}_no_update", f"DROP TRIGGER {table}_no_delete")
    else:
        execute(services, f"DROP TRIGGER {table}_no_change ON {table}")


def test_every_column_is_sealed() -> None:
    for table, forms in FORMS.items():
        assert set(forms[max(forms)]) == set(TABLES[table].__table__.columns.keys()), "a new column is a new form"


def test_the_clock_seals_whatever_is_only_ever_added(services: Services) -> None:
    do_everything(services)
    assert seal(services, NOW) == sum(RECORDS.values())
    assert seal(services, later(seconds=1)) == 0
    found = rows(services, "SELECT subject, count(*) AS links FROM seals GROUP BY subject")
    assert {row.subject: row.links for row in found} == RECORDS
    assert verify(services, NOW).whole


@pytest.mark.parametrize("table", RECORDS)
def test_a_changed_row_is_named(services: Services, table: str) -> None:
    do_everything(services)
    seal_all(services)
    open_up(services, table)
    execute(services, f"UPDATE {table} SET {CHANGES[table]} WHERE id = 1")  # noqa: S608 (our own names)
    verdict = verify(services, NOW)
    assert [(found.code, found.table, found.row_id) for found in verdict.breaks] == [("AUD-221", table, 1)]
    assert table in verdict.breaks[0].words.zh
    assert verdict.as_dict()["breaks"][0]["row_id"] == 1


@pytest.mark.parametrize("table", ["replies", "events"])
def test_a_deleted_row_is_named(services: Services, table: str) -> None:
    do_everything(services)
    seal_all(services)
    open_up(services, table)
    execute(services, f"DELETE FROM {table} WHERE id = 1")  # noqa: S608 (our own names)
    assert [(found.code, found.table) for found in verify(services, NOW).breaks] == [("AUD-222", table)]


def test_a_seal_turned_to_another_table_is_found(services: Services) -> None:
    do_everything(services)
    seal_all(services)
    execute(services, "UPDATE seals SET subject = 'nothing' WHERE subject = 'events'")
    assert [found.code for found in verify(services, NOW).breaks] == ["AUD-222"]


def test_what_waits_for_its_seal_is_counted(services: Services) -> None:
    do_everything(services)
    verdict = verify(services, later(minutes=2))
    assert verdict.unsealed == sum(RECORDS.values())
    assert [warned.code for warned in verdict.warnings] == ["AUD-301"]
