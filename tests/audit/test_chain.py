"""What is hashed: the same for ever and on every database."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, select

from hub.audit.chain import FORMS, GENESIS, NEWEST, START, bytes_as_text, canonical, columns, fits, link
from hub.audit.findings import SENTENCES
from hub.models import Move
from hub.services import Services
from tests.audit.trails import deliver, execute, unguard
from tests.fakes import later

# A link of 2026 must verify in 2046: these three change only with a new form, never for an old one.
SAMPLE = (
    '{"actor":"user:1","at":"2026-05-04T01:00:00.000007Z","attempt":0,"delivery_id":1,"form":1,"id":1,'
    '"reason":"补发\\n“一稿”","revision_hash":"' + "ab" * 32 + '","said":{"code":"FAK-101","en":"No.","zh":"不行。"},'
    '"source":null,"target":"scheduled","user_id":1,"version":1}'
)
DOCS = Path(__file__).parents[2] / "docs"
DECISION = (DOCS / "decisions" / "0006-moves-are-sealed-in-a-chain.md").read_text(encoding="utf-8")
OPERATORS = (DOCS / "operators.md").read_text(encoding="utf-8")
START_PINNED = "ee25a15260c2e138198236a02ead7810d135771264c2c44223d811ac946f5ccb"
SAMPLE_PINNED = "06dc8356ad1bbc9fb17f0f0245a515f83927f089f4838c88da29d733297e0413"


def sample(services: Services) -> Any:
    """The sample row, as it comes out of the database."""
    deliver(services, 1, steps=0)
    values = {
        "delivery_id": 1,
        "at": later(microseconds=7),
        "source": None,
        "target": "scheduled",
        "version": 1,
        "attempt": 0,
        "actor": "user:1",
        "user_id": 1,
        "revision_hash": "ab" * 32,
        "reason": "补发\n“一稿”",
        "said": {"zh": "不行。", "en": "No.", "code": "FAK-101"},
    }
    with services.db.writing() as session:
        session.execute(insert(Move).values(**values))
        return session.execute(select(*columns(session))).one()


def test_the_canonical_form_of_a_row_is_pinned_on_both_databases(services: Services) -> None:
    row = sample(services)
    assert canonical(row).decode() == SAMPLE
    assert START == START_PINNED
    assert link(START, row) == SAMPLE_PINNED


def test_anybody_can_recompute_a_link_with_sha256_alone() -> None:
    assert hashlib.sha256(GENESIS.encode()).hexdigest() == START_PINNED
    assert hashlib.sha256((START_PINNED + SAMPLE).encode()).hexdigest() == SAMPLE_PINNED


def test_the_decision_tells_how_to_recompute_it() -> None:
    assert f'sha256("{GENESIS}")' in DECISION
    form = re.search(r"Form 1: (.+?)\. A form", DECISION, re.DOTALL)
    assert form
    assert re.findall(r"`(\w+)`", form[1]) == sorted(FORMS[1])


def test_every_code_is_explained_to_operators() -> None:
    assert [code for code in SENTENCES if code not in OPERATORS] == []


def test_every_column_of_a_move_is_sealed() -> None:
    assert set(FORMS[NEWEST]) == set(Move.__table__.columns.keys())


def test_a_link_made_with_an_older_form_still_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    row = SimpleNamespace(**{**json.loads(SAMPLE), "said": None, "new": "x"})
    old = link(START, row, 1)
    monkeypatch.setitem(FORMS, 2, (*FORMS[1], "new"))
    assert fits(old, START, row)
    assert fits(link(START, row, 2), START, row)
    assert link(START, row, 2) != old


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE moves SET at = 'yesterday'",
        "UPDATE moves SET at = at || '+08:00'",
        "UPDATE moves SET said = '{'",
        "UPDATE moves SET reason = CAST(X'E4B8' AS TEXT)",
        "UPDATE moves SET reason = CAST(reason AS BLOB)",
        "UPDATE moves SET version = 'one'",
        "UPDATE moves SET said = '\"\\ud800\"'",
    ],
)
def test_what_sqlite_stores_and_no_program_of_ours_could_is_another_row(lite: Services, change: str) -> None:
    before = canonical(sample(lite))
    unguard(lite)
    execute(lite, change)
    with lite.db.reading() as session, bytes_as_text(session):
        assert canonical(session.execute(select(*columns(session))).one()) != before


@pytest.mark.parametrize("services", ["postgresql"], indirect=True)
@pytest.mark.parametrize("at", ["infinity", "-infinity", "2026-05-04 01:00:00.000007+00 BC", "12026-05-04 01:00:00+00"])
def test_what_postgresql_stores_and_python_can_not_read_is_another_row(services: Services, at: str) -> None:
    before = canonical(sample(services))
    unguard(services)
    execute(services, "UPDATE moves SET at = CAST(:at AS timestamptz)", at=at)
    with services.db.reading() as session:
        assert canonical(session.execute(select(*columns(session))).one()) != before
