"""docs/operators.md names every check of /readyz and every figure of /metrics, and no other."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub import health
from hub.domain.states import State
from hub.metrics import Metrics
from hub.models import Delivery, Heartbeat, Move
from hub.services import Services
from hub.vitals import Vitals
from tests.fakes import NOW, Sender, make_services, write

PAGE = (Path(__file__).parents[2] / "docs" / "operators.md").read_text(encoding="utf-8")
WELL = PAGE.partition("## Is it well?")[2]


def _rows(heading: str) -> str:
    """The table whose header begins with this cell."""
    return WELL.partition(f"| {heading} |")[2].partition("\n\n")[0]


def test_the_table_has_exactly_the_checks_there_are() -> None:
    nothing = Vitals(datetime(2026, 1, 1, tzinfo=UTC), None, "", None, None)
    assert re.findall(r"^\| `(\w+)` \|", _rows("check"), re.MULTILINE) == [a.name for a in health.judge(nothing)]


def test_the_limits_are_those_of_the_program() -> None:
    assert f"for {health.SILENCE.seconds} seconds is red" in WELL
    assert f"stood still for {health.LISTS_STILL.seconds // 60} minutes" in WELL
    assert f"under {health.DISK_GONE >> 20} MB" in WELL


@pytest.mark.enable_socket
def test_the_table_has_exactly_the_figures_there_are(tmp_path: Path) -> None:
    services: Services = make_services(tmp_path / "var", Sender())
    figures = Metrics(services)
    figures.text()
    revision = write(services)
    common = {"revision_id": revision, "channel": "sender", "due_at": NOW, "created_at": NOW, "render_ms": 1}
    with services.db.writing() as session:
        row = Delivery(interpretation_id=1, account_id=1, key="k", proof="p", state=State.PUBLISHED, **common)
        session.add(row)
        session.flush()
        move = {"source": "working", "target": "published", "version": 1, "attempt": 1, "actor": "worker:1"}
        session.add(Heartbeat(name="clock", at=NOW))
        session.add(Move(delivery_id=row.id, at=NOW, revision_hash="0" * 64, **move))
    named = re.compile(r"^(yigao_\w+?)(?:_bucket|_sum|_count)?(?:\{| )", re.MULTILINE)
    found = set(named.findall(figures.text().decode()))
    # The queue does not answer here.
    told = set(re.findall(r"`(yigao_\w+)`", _rows("figure"))) - {"yigao_queue_hints"}
    assert told == found
    services.db.close()
