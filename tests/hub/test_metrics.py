"""Figures: each move counted once, in labels that name no person and no piece, and for whom they are meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from hub import create_app, metrics
from hub.domain.states import State
from hub.metrics import Metrics
from hub.models import Delivery, Heartbeat, Move
from hub.services import Services
from tests.fakes import NOW, Plain, Sender, Sited, make_services, write

# The queue is asked over a socket of its own.
pytestmark = pytest.mark.enable_socket


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is not what is tested here."""
    monkeypatch.setattr("hub.vitals.PATIENCE", 30.0)
    monkeypatch.setattr("hub.metrics.PATIENCE", 30.0)


@pytest.fixture
def fakes(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Services]:
    """Accounts 1 plain, 2 sender, 3 sited; on PostgreSQL for a test that asks for one."""
    url = request.getfixturevalue("database_url") if "database_url" in request.fixturenames else ""
    services = make_services(tmp_path / "var", Plain(), Sender(), Sited(), database_url=url)
    yield services
    services.db.close()


@pytest.fixture
def figures(fakes: Services) -> Metrics:
    """Figures that have noted where to begin."""
    made = Metrics(fakes)
    made.text()
    return made


def values(figures: Metrics) -> dict[tuple[str, ...], float]:
    """Every sample: its name and its labels' values, in the labels' order by name."""
    found = {}
    for family in text_string_to_metric_families(figures.text().decode()):
        for sample in family.samples:
            found[(sample.name, *(sample.labels[name] for name in sorted(sample.labels)))] = sample.value
    return found


def delivery(services: Services, account: int = 2, channel: str = "sender", **values: Any) -> int:
    """A delivery in whatever state, without the verbs."""
    revision = write(services, title="关于低保的解读")
    with services.db.writing() as session:
        row = Delivery(
            interpretation_id=revision,
            revision_id=revision,
            account_id=account,
            channel=channel,
            due_at=NOW,
            created_at=NOW,
            key=f"k{revision}",
            proof="seen",
            **{"state": State.PUBLISHED, **values},
        )
        session.add(row)
        session.flush()
        return row.id


def moved(services: Services, delivery_id: int, source: str, target: str, seconds: float = 0, **values: Any) -> None:
    """A move of it, so many seconds after it was due."""
    with services.db.writing() as session:
        session.add(
            Move(
                delivery_id=delivery_id,
                at=NOW + timedelta(seconds=seconds),
                source=source,
                target=target,
                version=1,
                attempt=1,
                revision_hash="0" * 64,
                **{"actor": "worker:h:1", **values},
            )
        )


def test_deliveries_are_counted_by_state_and_channel(fakes: Services, figures: Metrics) -> None:
    delivery(fakes)
    delivery(fakes)
    delivery(fakes, account=1, channel="plain", state=State.HELD)
    found = values(figures)
    assert found["yigao_deliveries", "sender", "published"] == 2
    assert found["yigao_deliveries", "plain", "held"] == 1
    assert found["yigao_deliveries_held",] == 1
    assert found["yigao_deliveries_unknown",] == 0


def test_an_attempt_and_its_lag_are_counted_once(database_url: str, fakes: Services, figures: Metrics) -> None:
    one = delivery(fakes, render_ms=80)
    moved(fakes, one, "queued", "working", 1)
    moved(fakes, one, "working", "published", 3)
    for _ in range(2):
        found = values(figures)
        assert found["yigao_database_up",] == 1
        assert found["yigao_attempts_total", "sender", "published"] == 1
        assert found["yigao_lag_seconds_count", "sender"] == 1
        assert found["yigao_lag_seconds_sum", "sender"] == 3
        assert found["yigao_lag_seconds_bucket", "sender", "2.0"] == 0
        assert found["yigao_lag_seconds_bucket", "sender", "5.0"] == 1
        assert found["yigao_render_seconds_sum", "sender"] == pytest.approx(0.08)


@pytest.mark.parametrize(
    ("source", "target", "more", "outcome"),
    [
        ("working", "queued", {}, "retry"),
        ("working", "failed", {}, "failed"),
        ("working", "unknown", {"actor": "clock", "reason": "lease ended"}, "lost"),
        ("working", "queued", {"reason": "not begun"}, None),
        ("awaiting_hand", "published", {"actor": "user:1"}, None),
    ],
)
def test_how_an_attempt_ended(
    fakes: Services, figures: Metrics, source: str, target: str, more: dict[str, str], outcome: str | None
) -> None:
    moved(fakes, delivery(fakes), source, target, 60, **more)
    found = values(figures)
    assert [key[-1] for key in found if key[0] == "yigao_attempts_total"] == ([outcome] if outcome else [])
    assert ("yigao_lag_seconds_count", "sender") not in found


def test_what_a_person_posted_hours_later_is_no_lag_of_ours(fakes: Services, figures: Metrics) -> None:
    one = delivery(fakes)
    moved(fakes, one, "working", "awaiting_hand", 2)
    moved(fakes, one, "awaiting_hand", "published", 7200)
    assert values(figures)["yigao_lag_seconds_sum", "sender"] == 2


def test_counting_begins_where_the_process_began_and_is_bounded(
    fakes: Services, figures: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = delivery(fakes)
    for _ in range(5):
        moved(fakes, one, "working", "failed")
    assert ("yigao_attempts_total", "sender", "failed") not in values(Metrics(fakes))
    monkeypatch.setattr(metrics, "MOVES_A_SCRAPE", 2)
    counted = [values(figures)["yigao_attempts_total", "sender", "failed"] for _ in range(4)]
    assert counted == [2, 4, 5, 5]


def test_on_postgresql_a_young_move_waits_for_those_that_may_still_come_before_it(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = make_services(tmp_path / "var", Sender(), database_url=postgresql)
    figures = Metrics(services)
    figures.text()
    one = delivery(services, account=1)
    since = (services.db.now() - NOW).total_seconds()
    monkeypatch.setattr(metrics, "UNSETTLED", timedelta(hours=1))
    moved(services, one, "working", "failed", since)
    moved(services, one, "working", "failed", since - 7200)
    assert ("yigao_attempts_total", "sender", "failed") not in values(figures)
    monkeypatch.setattr(metrics, "UNSETTLED", timedelta(0))
    assert values(figures)["yigao_attempts_total", "sender", "failed"] == 2
    services.db.close()


def test_heartbeats_by_kind_and_what_is_away(fakes: Services, figures: Metrics) -> None:
    with fakes.db.writing() as session:
        now = fakes.db.now()
        session.add(Heartbeat(name="worker:1", at=now - timedelta(hours=1)))
        session.add(Heartbeat(name="worker:2", at=now))
    found = values(figures)
    assert found["yigao_heartbeat_age_seconds", "worker"] < 1800
    assert found["yigao_queue_up",] == 0
    assert found["yigao_database_up",] == 1
    assert found["yigao_check_ok", "clock"] == 0
    assert any(key[0] == "yigao_build_info" for key in found)


def test_without_tables_the_rest_is_still_said(tmp_path: Path) -> None:
    services = make_services(tmp_path / "var", create=False)
    services.config.data.mkdir()
    found = values(Metrics(services))
    assert found["yigao_database_up",] == 0
    assert ("yigao_overdue",) not in found


def test_no_figure_names_a_piece_or_a_person(fakes: Services, figures: Metrics) -> None:
    moved(fakes, delivery(fakes), "working", "published", actor="user:1", reason="王某 13912345678")
    text = figures.text().decode()
    assert not any(word in text for word in ("低保", "王某", "139", "编辑", "账号", "user:"))


# --- who may read them ---


def reader(tmp_path: Path, token: str = "") -> FlaskClient:
    services = make_services(tmp_path / "var", Plain(), metrics_token=token)
    return create_app(services).test_client()


def test_this_machine_may_read_them(tmp_path: Path) -> None:
    answer = reader(tmp_path).get("/metrics", headers={"Host": "127.0.0.1:8000"})
    assert answer.status_code == 200
    assert answer.content_type == metrics.CONTENT_TYPE
    assert "yigao_database_up 1.0" in answer.text


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.0.2.7", {"Host": "127.0.0.1"}),
        # By a proxy on this machine.
        ("127.0.0.1", {"Host": "gov.example"}),
        ("127.0.0.1", {"Host": "localhost", "X-Real-IP": "192.0.2.7"}),
    ],
)
def test_others_find_nothing_there(tmp_path: Path, address: str, headers: dict[str, str]) -> None:
    answer = reader(tmp_path).get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 404
    assert "yigao_" not in answer.text


def test_with_a_token_set_nothing_else_counts(tmp_path: Path) -> None:
    client = reader(tmp_path, token="long-and-secret")
    afar = {"REMOTE_ADDR": "192.0.2.7"}
    given = {"Authorization": "Bearer long-and-secret"}
    assert client.get("/metrics", headers=given, environ_base=afar).status_code == 200
    assert client.get("/metrics", headers={"Authorization": "Bearer long"}).status_code == 404
    assert client.get("/metrics", headers={"Host": "localhost"}).status_code == 404
