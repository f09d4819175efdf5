"""Carrying out one plan with real processes, and judging what came of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import psycopg

from hub.config import Config
from hub.models import Account
from hub.process import die_with_parent
from hub.queue import TransportError, connect_briefly
from hub.supervisor import environment
from tests.fakes import make_services
from tests.faults import checker, entries, paces, shifts
from tests.faults.checker import MOVING, Verdict
from tests.faults.entries import Forked, Setting, fork
from tests.faults.far import Blind, Far, Placed, services_of
from tests.faults.plan import EVERYBODY, Plan
from tests.faults.points import SEAMS, append, pids, resolve
from tests.faults.verbs import edit
from tests.postgres import Server

ROOT = Path(__file__).parents[2]
# All must be settled so long after the last fault; a run that takes longer has lost something.
SETTLE_SECONDS = 90.0
BROKEN_SECONDS = 12.0
START_SECONDS = 60.0
# What is still in flight when all seems settled would arrive within this.
LINGER_SECONDS = 0.3


@dataclass
class Bench:
    """What the runs of one process share: a folder, a sink, the tables to begin with, and perhaps a PostgreSQL."""

    folder: Path
    port: int
    server: Server | None = None

    def __post_init__(self) -> None:
        """A seam or a pace that the product no longer has is told before the first run, not by its silence."""
        for seam in (*SEAMS.values(), *paces.PACES):
            resolve(seam)

    def template(self) -> Path:
        """A SQLite database with the office in it, made once."""
        made = self.folder / "template"
        if not (made / "yigao.db").exists():
            _furnish(Config(data=made))
        return made / "yigao.db"

    def postgres_template(self) -> str:
        """The name of the PostgreSQL database with the office in it, made once."""
        assert self.server is not None
        kept = self.folder / "template-name"
        if not kept.exists():
            name = self.server.create()
            _furnish(Config(data=self.folder / "template-pg", database_url=self.server.url(name)))
            kept.write_text(name)
        return kept.read_text()


def _furnish(config: Config) -> None:
    """Tables, an office, and the accounts of every plan."""
    plain = make_services(config.data, Far(), Blind(), Placed(), database_url=config.database_url)
    with plain.db.writing() as session:
        for number, (channel, name, patience) in EVERYBODY.items():
            account = session.get(Account, number)
            if account is None:
                first = session.get_one(Account, 1)
                account = Account(
                    id=number,
                    office_id=first.office_id,
                    area_id=first.area_id,
                    channel=channel,
                    name=name,
                    beside="又一个",
                )
                session.add(account)
            account.settings = {} if channel == "placed" else {"account": name, "patience": patience}
    plain.db.close()


@contextmanager
def sink(folder: Path) -> Iterator[int]:
    """The sink over the runs in `folder`; yields its port."""
    folder.mkdir(parents=True, exist_ok=True)
    parent = os.getpid()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.sink", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509 (no lock is taken in it)
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@dataclass
class Run:
    """One plan at work."""

    bench: Bench
    plan: Plan
    folder: Path
    tree: Forked | None = None
    others: dict[str, Forked | None] = field(default_factory=dict)
    helpers: list[Forked] = field(default_factory=list)
    lifts: list[tuple[float, Any]] = field(default_factory=list)
    conted: set[str] = field(default_factory=set)
    ending: bool = False

    def __post_init__(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        data = self.folder / "data"
        data.mkdir(parents=True)
        self.setting = Setting(
            self.folder, self.bench.port, tuple(self.plan.arms), self.plan.broken, tuple(self.plan.paces.items())
        )
        self.database = self._make_database(data)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.config = Config(
            data=data,
            port=port,
            workers=self.plan.workers,
            database_url=self.database if "://" in self.database else "",
            lease_seconds=paces.LEASE,
            tick_seconds=self.plan.tick,
            redis_url="",
        )
        (self.folder / "sink.json").write_text(
            json.dumps({"posts": self.plan.posts, "blind_looks": self.plan.blind_looks})
        )
        plan = json.loads(self.plan.as_json())
        plan["accounts"] = {name: number for number, (_, name, _) in EVERYBODY.items()}
        plan["kept"] = self.database
        (self.folder / "plan.json").write_text(json.dumps(plan, ensure_ascii=False, indent=1))
        if self.plan.stuck:
            (self.folder / "stuck").write_text(json.dumps(self.plan.stuck))
        shifts.set_clock(self.folder, 0.0, "UTC")

    def _make_database(self, data: Path) -> str:
        if self.plan.database == "sqlite":
            shutil.copy(self.bench.template(), data / "yigao.db")
            return str(data / "yigao.db")
        assert self.bench.server is not None
        name = f"run{os.getpid()}_{self.folder.name.replace('-', '_')}"
        self.bench.server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.bench.server.execute(
            f"CREATE DATABASE {name} TEMPLATE {self.bench.postgres_template()} STRATEGY FILE_COPY"
        )
        return self.bench.server.url(name)

    # -- processes

    def start(self) -> None:
        """The tree, and what stands beside it."""
        self._tend()
        try:
            _until(lambda: (self.folder / "started").exists() or self._tend(), START_SECONDS)
        except TimeoutError as error:
            logs = [self.folder / "tree.log", self.config.data / "log" / "web.log"]
            last = "\n".join(log.read_text()[-600:] for log in logs if log.exists())
            raise TimeoutError(f"the tree did not start:\n{last}") from error
        self.others.update({f"clock-{n + 2}": None for n in range(self.plan.more_clocks)})
        self.others.update({f"worker-{n + 3}": None for n in range(self.plan.more_workers)})

    def _tend(self) -> None:
        """What has died outside the tree, and the tree itself, is started again: the part of the system's init."""
        if self.ending:
            return
        if self.tree is None or self.tree.poll() is not None:
            parent = os.getpid()
            told = environment(self.config, "")
            told.pop("REDIS_URL", None)
            self.tree = fork(
                lambda: entries.supervise(self.setting, told),
                self.folder / "tree.log",
                prepare=lambda: die_with_parent(parent),
            )
        for name, process in list(self.others.items()):
            if process is None or process.poll() is not None:
                told = environment(self.config, entries.redis_url(self.config.data))
                self.others[name] = entries.outside(name.split("-")[0], name, self.setting, told)

    def stop(self) -> None:
        """End every process of the run."""
        self.ending = True
        self._continue(all_of_them=True)
        mine = [p for p in (*self.others.values(), *self.helpers) if p is not None]
        for process in mine:
            process.terminate()
        if self.tree is not None:
            self.tree.terminate()
        for process in (*mine, self.tree):
            if process is None:
                continue
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)

    def _continue(self, *, all_of_them: bool = False) -> None:
        """Let whoever was stopped at a point go on when its time has come."""
        path = self.folder / "stopped"
        for line in path.read_text().splitlines() if path.exists() else []:
            pid, until = line.split()
            if line not in self.conted and (all_of_them or time.time() >= float(until)):
                self.conted.add(line)
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGCONT)

    # -- faults

    def strike(self, fault: dict[str, Any]) -> None:
        """A process is killed, or stopped for a while."""
        running = pids(self.folder)
        wanted = "worker" if fault["victim"] == "horse" else fault["victim"]
        names = sorted(name for name in running if name.split("-")[0] == wanted)
        if not names:
            return
        pid = running[names[int(fault["which"] * len(names))]]
        if fault["victim"] == "horse":
            with suppress(psutil.NoSuchProcess):
                children = psutil.Process(pid).children()
                pid = children[0].pid if children else 0
        if pid:
            self._signal(pid, fault["seconds"])

    def _signal(self, pid: int, seconds: float) -> None:
        with suppress(ProcessLookupError):
            if seconds:
                append(self.folder / "stopped", f"{pid} {time.time() + seconds}\n")
            os.kill(pid, signal.SIGSTOP if seconds else signal.SIGKILL)

    def clock(self, fault: dict[str, Any]) -> None:
        """The machine's clock and zone are set."""
        shifts.set_clock(self.folder, fault["ahead"], fault["zone"])

    def flush(self, _fault: dict[str, Any]) -> None:
        """The server's data is gone."""
        with suppress(TransportError):  # away, or stopped: then there is nothing to empty
            connect_briefly(entries.redis_url(self.config.data)).flushall()

    def server_stop(self, fault: dict[str, Any]) -> None:
        """The server does not answer for a while."""
        if pid := pids(self.folder).get("server"):
            self._signal(pid, fault["seconds"])

    def server_kill(self, _fault: dict[str, Any]) -> None:
        """The server dies; the supervisor starts it again, empty."""
        if pid := pids(self.folder).get("server"):
            self._signal(pid, 0)

    def lock(self, fault: dict[str, Any]) -> None:
        """Somebody holds the database."""
        body = _lock_sqlite if self.plan.database == "sqlite" else _lock_postgres
        parent = os.getpid()
        self.helpers.append(
            fork(
                lambda: body(self.database, fault["seconds"]),
                self.folder / "lock.log",
                prepare=lambda: die_with_parent(parent),
            )
        )

    def database_crash(self, fault: dict[str, Any]) -> None:
        """The database server ends as in a crash, and comes back after a while."""
        assert self.bench.server is not None
        if not self._postmaster().exists():
            return  # an earlier crash of this run is not over yet
        self.bench.server.stop()
        self.lifts.append((time.monotonic() + fault["seconds"], self.bench.server.start))

    def database_stop(self, fault: dict[str, Any]) -> None:
        """Every process of the database server stands still for a while."""
        with suppress(psutil.NoSuchProcess, FileNotFoundError):
            head = int(self._postmaster().read_text().split()[0])
            for process in (psutil.Process(head), *psutil.Process(head).children(recursive=True)):
                self._signal(process.pid, fault["seconds"])

    def _postmaster(self) -> Path:
        """PostgreSQL's note of its first process; there while the server is."""
        assert self.bench.server is not None
        return self.bench.server.folder / "data" / "postmaster.pid"

    # -- the run

    def note(self, phase: str) -> None:
        """When a phase of the run was over."""
        append(self.folder / "phases", f"{time.time():.3f} {phase}\n")

    def execute(self) -> None:
        """Begin, break, mend, and wait until everything is settled."""
        self.note("prepared")
        self.start()
        self.note("started")
        began = time.monotonic()
        parent = os.getpid()
        self.helpers.append(
            fork(lambda: self._edit(began), self.folder / "editor.log", prepare=lambda: die_with_parent(parent))
        )
        editor = self.helpers[0]
        faults = sorted(self.plan.faults, key=lambda fault: fault["at"])
        # A broken build need not settle: what is wrong with it shows soon.
        patience = began + (BROKEN_SECONDS if self.plan.broken else SETTLE_SECONDS * self.plan.slow)
        settled_at = 0.0
        while time.monotonic() < patience:
            now = time.monotonic()
            while faults and now >= began + faults[0]["at"]:
                fault = faults.pop(0)
                getattr(self, fault["fault"].replace("-", "_"))(fault)
            self._lift(now)
            self._continue()
            self._tend()
            if not faults and not self.lifts and editor.poll() is not None and self._quiet() and self._settled():
                if not settled_at:
                    self.note("settled")
                settled_at = settled_at or now
                if now - settled_at >= LINGER_SECONDS:
                    return
            else:
                settled_at = 0.0
            if editor.poll():
                raise RuntimeError(f"the editors' process broke: see {self.folder}/editor.log")
            time.sleep(0.02)

    def _lift(self, now: float) -> None:
        for lift in [one for one in self.lifts if now >= one[0]]:
            self.lifts.remove(lift)
            lift[1]()

    def _edit(self, began: float) -> int:
        """The editors' own process."""
        shifts.install(self.folder)
        services = services_of(self.config, self.bench.port, self.folder)
        edit(services, self.plan.orders, self.config.port, self.folder, began)
        return 0

    def _quiet(self) -> bool:
        """Whether nobody is stopped and no lock is held."""
        path = self.folder / "stopped"
        waiting = [line for line in path.read_text().splitlines() if line not in self.conted] if path.exists() else []
        return not waiting and all(helper.poll() is not None for helper in self.helpers)

    def _settled(self) -> bool:
        """Whether nothing is on its way any more, as far as the database tells."""
        try:
            rows = _states(self.database)
        except (OSError, sqlite3.Error, psycopg.Error):
            return False  # away at this moment
        return bool(rows) and not any(
            state in MOVING and not (channel == "blind" and in_hands) for state, channel, in_hands in rows
        )


def carry_out(bench: Bench, plan: Plan, name: str) -> tuple[Verdict, Path]:
    """Run the plan in a folder of that name and judge it. The folder is the caller's to keep or remove."""
    run = Run(bench, plan, bench.folder / name)
    try:
        run.execute()
    finally:
        run.note("ended")
        run.stop()
        run.note("stopped")
        for _, lift in run.lifts:
            lift()
    time.sleep(0.05)
    return checker.judge(checker.read(run.folder, run.database)), run.folder


def forget(bench: Bench, plan: Plan, folder: Path) -> None:
    """Remove what a run left."""
    kept = json.loads((folder / "plan.json").read_text())["kept"]
    if plan.database == "postgresql" and bench.server is not None:
        bench.server.drop(kept.split("@/")[1].split("?")[0])
    shutil.rmtree(folder, ignore_errors=True)


def as_slow(plan: Plan) -> Plan:
    """The plan with outages of the length that the product promises to survive."""
    return replace(plan, slow=8.0)


def _states(database: str) -> list[tuple[str, str, bool]]:
    query = "SELECT state, channel, hand_by IS NOT NULL FROM deliveries"
    if "://" in database:
        with psycopg.connect(database, connect_timeout=2) as connection:
            return list(connection.execute(query).fetchall())
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=0.1)) as connection:
        return list(connection.execute(query).fetchall())


def _lock_sqlite(database: str, seconds: float) -> int:
    with closing(sqlite3.connect(database, timeout=10, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")
    return 0


def _lock_postgres(database: str, seconds: float) -> int:
    with psycopg.connect(database) as connection:
        connection.execute("LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE")
        time.sleep(seconds)
    return 0


def _until(true: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.02)
