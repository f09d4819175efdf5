"""Health: every answer is tried, what nobody answered for lately is not well, and nothing that hangs hides it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from hub import create_app, health
from hub.checkup import examine
from hub.cli.doctor import command
from hub.config import Config
from hub.domain.states import State
from hub.health import SILENCE, judge, troubles
from hub.models import Delivery, FarCalls, Heartbeat, Move, Projection
from hub.services import Services
from hub.setup import Ready
from hub.vitals import Bounded, Stock, Vitals, read
from tests.cli_runner import yigao
from tests.fakes import NOW, Plain, Sender, Sited, make_services
from tests.publishing.helpers import scheduled

# The queue is asked over a socket of its own.
pytestmark = pytest.mark.enable_socket

SIGNS = {"clock": NOW, "worker:1": NOW, "worker:2": NOW, "probe": NOW}
WELL = Vitals(NOW, Stock(at=NOW, signs=SIGNS), "", hints=0, disk=(50 << 30, 100 << 30))


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is not what is tested here."""
    monkeypatch.setattr("hub.vitals.PATIENCE", 30.0)


@pytest.fixture
def fakes(tmp_path: Path) -> Iterator[Services]:
    """Accounts 1 plain, 2 sender, 3 sited."""
    services = make_services(tmp_path / "var", Plain(), Sender(), Sited())
    yield services
    services.db.close()


def unwell(vitals: Vitals) -> set[str]:
    """The names of the checks that are not well."""
    return {answer.name for answer in judge(vitals) if not answer.well}


def warned(vitals: Vitals) -> set[str]:
    return {answer.name for answer in judge(vitals) if answer.well and answer.warning}


def with_stock(**changes: object) -> Vitals:
    assert WELL.stock is not None
    return replace(WELL, stock=replace(WELL.stock, **changes))  # type: ignore[arg-type]


def sentence(vitals: Vitals, name: str) -> str:
    return next(answer.words.zh for answer in judge(vitals) if answer.name == name)


# --- what is judged ---


def test_all_is_well() -> None:
    assert unwell(WELL) == set()
    assert warned(WELL) == set()


@pytest.mark.parametrize("name", ["clock", "worker", "probe"])
def test_who_has_fallen_silent_is_dead_within_the_minute(name: str) -> None:
    others = {sign: at for sign, at in SIGNS.items() if not sign.startswith(name)}
    assert unwell(with_stock(signs=others)) == {name}
    for silence, dead in ((SILENCE, set()), (SILENCE + timedelta(seconds=1), {name})):
        mine = {sign: NOW - silence for sign in SIGNS if sign.startswith(name)}
        assert unwell(with_stock(signs=others | mine)) == dead
    # Signs are given every 15 s at the most, and answers are kept for a second or two.
    assert SILENCE + timedelta(seconds=5) < timedelta(seconds=60)


def test_a_sign_from_the_future_keeps_nobody_alive() -> None:
    ahead = dict.fromkeys(SIGNS, NOW + timedelta(hours=1))
    assert unwell(with_stock(signs=ahead)) == {"clock", "worker", "probe"}


def test_one_living_worker_is_enough_and_the_dead_ones_are_not_counted() -> None:
    vitals = with_stock(signs=SIGNS | {"worker:1": NOW - timedelta(hours=1)})
    assert unwell(vitals) == set()
    assert sentence(vitals, "worker") == "1 个 worker 在运行"


def test_workers_that_are_all_busy_are_no_trouble_while_their_leases_run() -> None:
    late = SIGNS | {"probe": NOW - timedelta(minutes=5)}
    assert unwell(with_stock(signs=late, leased_until=NOW + timedelta(seconds=1))) == set()
    assert unwell(with_stock(signs=late, leased_until=NOW)) == {"probe"}
    # And between two of them, when no lease runs, what has just been done counts.
    assert unwell(with_stock(signs=late, worked_at=NOW - SILENCE)) == set()
    assert unwell(with_stock(signs=late, worked_at=NOW - SILENCE - timedelta(seconds=1))) == {"probe"}


def test_what_the_clock_does_not_release_is_overdue_whatever_the_workers_do() -> None:
    vitals = with_stock(unreleased=3, worked_at=NOW)
    assert unwell(vitals) == {"overdue"}
    assert "3 项" in sentence(vitals, "overdue")


def test_a_backlog_is_a_warning_while_it_is_worked_off_and_red_when_nobody_does() -> None:
    assert warned(with_stock(untaken=9, worked_at=NOW - timedelta(seconds=59))) == {"overdue"}
    assert unwell(with_stock(untaken=9, worked_at=NOW - timedelta(seconds=61))) == {"overdue"}
    assert unwell(with_stock(untaken=9)) == {"overdue"}


def test_rows_that_no_worker_was_told_of() -> None:
    assert unwell(with_stock(unhinted=1)) == {"hints"}


def test_lists_that_stand_still() -> None:
    assert unwell(replace(WELL, behind_since=NOW - health.LISTS_STILL)) == set()
    assert unwell(replace(WELL, behind_since=NOW - health.LISTS_STILL - timedelta(seconds=1))) == {"lists"}


@pytest.mark.parametrize(
    ("free", "total", "red", "warns"),
    [
        (2 << 30, 10 << 30, False, False),
        (1000 << 20, 10 << 30, False, True),
        (4 << 30, 100 << 30, False, True),
        (199 << 20, 1 << 30, True, False),
    ],
)
def test_the_disk(free: int, total: int, red: bool, warns: bool) -> None:
    vitals = replace(WELL, disk=(free, total))
    assert (unwell(vitals) == {"disk"}) is red
    assert (warned(vitals) == {"disk"}) is warns


def test_what_does_not_answer_is_not_well_and_no_check_is_left_out() -> None:
    away = Vitals(NOW, None, "", None, None)
    assert [a.name for a in judge(away)] == [a.name for a in judge(WELL)]
    assert not any(a.well for a in judge(away))
    assert all(a.remedy.zh for a in judge(away))


# --- what is read ---


def stock(services: Services, now: datetime) -> Stock:
    with services.db.reading() as session:
        return read(session, now)


def change(services: Services, delivery: int, **values: object) -> None:
    with services.db.writing() as session:
        row = session.get_one(Delivery, delivery)
        for name, value in values.items():
            setattr(row, name, value)


def test_a_row_that_the_clock_does_not_release(fakes: Services) -> None:
    scheduled(fakes)
    assert stock(fakes, NOW + timedelta(seconds=60)).unreleased == 0
    assert stock(fakes, NOW + timedelta(seconds=61)).unreleased == 1


def test_a_row_that_no_worker_takes_and_one_that_none_was_told_of(fakes: Services) -> None:
    delivery = scheduled(fakes)
    change(fakes, delivery, state=State.QUEUED)
    late = NOW + timedelta(seconds=61)
    assert (stock(fakes, late).untaken, stock(fakes, late).unhinted) == (1, 1)
    change(fakes, delivery, hinted_at=NOW)
    assert (stock(fakes, late).untaken, stock(fakes, late).unhinted) == (1, 0)


def test_a_row_that_waits_for_its_next_try_is_not_overdue(fakes: Services) -> None:
    delivery = scheduled(fakes)
    change(fakes, delivery, state=State.QUEUED, ready_at=NOW + timedelta(minutes=5))
    assert stock(fakes, NOW + timedelta(minutes=2)).untaken == 0
    assert stock(fakes, NOW + timedelta(minutes=7)).untaken == 1


def test_a_claim_that_runs_and_the_last_move_of_a_worker(fakes: Services) -> None:
    delivery = scheduled(fakes)
    assert stock(fakes, NOW).leased_until is None
    assert stock(fakes, NOW).worked_at is None
    lease = NOW + timedelta(seconds=60)
    change(fakes, delivery, state=State.WORKING, token="t", lease_until=lease)
    with fakes.db.writing() as session:
        session.add(_move(delivery, "worker:host:1", NOW))
        session.add(_move(delivery, "clock", NOW + timedelta(seconds=1)))
    assert stock(fakes, NOW).leased_until == lease
    assert stock(fakes, NOW).worked_at == NOW


def _move(delivery: int, actor: str, at: datetime) -> Move:
    return Move(
        delivery_id=delivery, at=at, source="queued", target="working", version=2, attempt=1, actor=actor,
        revision_hash="0" * 64,
    )  # fmt: skip


def test_lists_are_behind_from_when_they_were_seen_to_stand_still(fakes: Services) -> None:
    def project(wanted: int, built: int) -> None:
        with fakes.db.writing() as session:
            session.merge(Projection(site_id=1, wanted=wanted, built=built))

    def since(minutes: int) -> datetime | None:
        return health.examiner(fakes).vitals(NOW + timedelta(minutes=minutes)).behind_since

    project(1, 1)
    assert since(0) is None
    project(2, 1)
    assert since(1) == NOW + timedelta(minutes=1)
    project(3, 1)
    assert since(2) == NOW + timedelta(minutes=1)
    # Built further, though not yet all: they move.
    project(4, 2)
    assert since(3) == NOW + timedelta(minutes=3)


# --- asking what hangs ---


def test_what_hangs_is_asked_once_however_often_one_asks() -> None:
    asked, go = [], threading.Event()

    def question() -> int:
        asked.append(1)
        go.wait(20)
        return 7

    bounded = Bounded(question)
    answers = [bounded.ask() for _ in range(5)]
    go.set()
    assert [answer.result(20) for answer in answers] == [7] * 5
    assert len(asked) == 1
    assert bounded.ask().result(20) == 7
    assert len(asked) == 2


def test_a_database_that_hangs_is_said_in_time(
    fakes: Services, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    hang = threading.Event()
    request.addfinalizer(hang.set)
    monkeypatch.setattr("hub.vitals.PATIENCE", 0.05)
    monkeypatch.setattr("hub.vitals.read", lambda _session, _at: hang.wait(20))
    said = {answer.name: answer for answer in health.ready(fakes, NOW)}
    assert not said["database"].well
    assert said["database"].words.zh == "数据库没有及时回应"
    assert not said["clock"].well
    assert said["disk"].words.zh.startswith("磁盘剩余")


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_servers_that_hang_are_said_in_time(tmp_path: Path, silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.vitals.PATIENCE", 0.3)
    hanging = {"redis_url": f"redis://127.0.0.1:{silent}/0", "database_url": f"postgresql://x@127.0.0.1:{silent}/x"}
    said = {answer.name: answer.well for answer in health.ready(Services(Config(data=tmp_path, **hanging)))}
    assert said == dict.fromkeys(said, False) | {"disk": True}


# --- who is told ---


@pytest.fixture
def client(fakes: Services) -> FlaskClient:
    return create_app(fakes).test_client()


def test_ready_is_503_with_a_sentence_for_each_check_and_no_place_in_it(client: FlaskClient, fakes: Services) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["Cache-Control"] == "no-store"
    checks = {check["name"]: check for check in answer.get_json()["checks"]}
    assert list(checks) == [a.name for a in judge(WELL)]
    assert not checks["queue"]["ok"]
    assert all(check["sentence"]["zh"] and check["sentence"]["en"] for check in checks.values())
    text = json.dumps(answer.get_json(), ensure_ascii=False)
    assert "/" not in text.replace("database/", "")
    assert str(fakes.config.data) not in text


def test_ready_is_200_when_all_is_well(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.vitals.Examiner.vitals", lambda *_, **__: WELL)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["ready"]) == (200, True)


def test_the_process_lives_whatever_is_away(client: FlaskClient, fakes: Services) -> None:
    (fakes.config.data / "yigao.db").unlink()
    assert client.get("/healthz").get_json()["status"] == "ok"


def test_the_console_is_told_what_is_not_well(fakes: Services) -> None:
    names = {answer.name for answer in troubles(fakes, NOW)}
    assert {"queue", "clock", "worker", "probe"} <= names
    assert "database" not in names


# --- yigao doctor ---


def test_what_has_never_run_is_said(services: Services, ready: Ready, now: datetime) -> None:
    assert {a.name for a in examine(services, now) if not a.well} == {"queue", "clock", "worker", "probe"}


def test_without_tables_the_database_is_not_well(services: Services, now: datetime) -> None:
    services.config.data.mkdir(parents=True)
    assert "database" in {a.name for a in examine(services, now) if not a.well}


def test_doctor_names_places_but_no_password(tmp_path_factory: pytest.TempPathFactory, now: datetime) -> None:
    folder = tmp_path_factory.mktemp("var")
    secret = Services(Config(data=folder, redis_url="redis://:kept-quiet@127.0.0.1:1/0"))
    said = " ".join(f"{a.words} {a.detail}" for a in examine(secret, now))
    assert "127.0.0.1:1" in said
    assert "kept-quiet" not in said


def test_the_command_ends_with_1_and_says_each_check_and_what_to_do(services: Services, ready: Ready) -> None:
    with services.db.writing() as session:
        session.add(Heartbeat(name="worker:1", at=NOW))
    ran = yigao("doctor", "--data", services.config.data)
    assert ran.code == 1
    assert "时钟从未运行" in ran.out
    assert "请运行 yigao up" in ran.out
    assert "Traceback" not in ran.err


def test_what_hangs_on_the_database_is_one_line(tmp_path: Path) -> None:
    ran = CliRunner().invoke(command, ["--data", str(tmp_path / "var")], standalone_mode=False)
    assert ran.return_value == 1
    assert [line for line in ran.output.splitlines() if "无从得知" in line] == [
        "  ✗ 数据库没有回应，无从得知 (clock, worker, probe, overdue, hints, lists, allowances)"
    ]


def test_for_machines_it_is_one_document(services: Services, ready: Ready) -> None:
    ran = CliRunner().invoke(command, ["--json", "--data", str(services.config.data)], standalone_mode=False)
    said = json.loads(ran.output)
    assert (ran.return_value, said["well"]) == (1, False)
    names = [check["name"] for check in said["checks"]]
    assert names == ["folder", "fonts", *(a.name for a in judge(WELL)), "writing"]
    red = [check for check in said["checks"] if not check["well"]]
    assert all(check["remedy"]["zh"] and check["remedy"]["en"] for check in red)


def test_accounts_that_have_nearly_used_up_their_calls_are_a_warning(fakes: Services) -> None:
    day = (NOW + timedelta(hours=8)).date()
    with fakes.db.writing() as session:
        for account, count in (("x:1", 80), ("x:2", 79), ("x:3", 100)):
            session.add(FarCalls(account=account, day=day, name="submit", count=count, most=100))
        session.add(FarCalls(account="x:4", day=day - timedelta(days=1), name="submit", count=100, most=100))
    with fakes.db.reading() as session:
        stock = read(session, NOW)
    assert stock.nearly_used == 2
    assert "allowances" in warned(replace(WELL, stock=replace(stock, signs=SIGNS)))
