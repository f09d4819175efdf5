"""The process tree of `yigao up`: an embedded server, web, workers and clock; what dies is started again, and nothing
is left behind, however the supervisor ends.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import hub
from channels.words import Words
from hub import embedded, logs
from hub.config import Config
from hub.domain.refusals import Refusal
from hub.files import BusyError, lock
from hub.process import die_with_parent

log = logging.getLogger("yigao.supervisor")

# The whole tree stops within five seconds: asked politely, then killed in time.
POLITE_SECONDS = 3.5
WEB_SECONDS = 30.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# Who has lived this long has started well; its next pause is short again.
SETTLED_SECONDS = 30.0

# -P: a hub/ or worker.py in the folder one happens to stand in is not ours.
PYTHON = (sys.executable, "-P", "-m")
# By its path: it lies beside the package in the checkout and in the wheel, and no other `worker` can be meant.
WORKER = (sys.executable, str(Path(hub.__file__).parent.parent / "worker.py"))


@dataclass
class Program:
    """One process of the tree, kept alive."""

    name: str
    command: Sequence[str]
    stage: int  # the order of stopping, lowest first
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause: float = FIRST_PAUSE
    next_start: float = 0.0

    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None


@dataclass
class Tree:
    """The processes and how they are started. All methods belong to the main thread: the death signal that ties a
    child to its parent is tied to the thread that made it.
    """

    config: Config
    environment: Mapping[str, str]
    say: Callable[[Words], None]
    programs: list[Program] = field(default_factory=list)

    @property
    def redis_url(self) -> str:
        """The address of the tree's server."""
        return self.environment["REDIS_URL"]

    def start(self, program: Program) -> None:
        """Start the program in a session of its own: Ctrl-C reaches the supervisor alone, which stops in order."""
        folder = logs_of(self.config)
        folder.mkdir(parents=True, exist_ok=True)
        parent = os.getpid()
        with (folder / f"{program.name}.log").open("ab") as output:
            program.process = subprocess.Popen(
                program.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509 (no lock is taken in it)
            )
        program.began = time.monotonic()
        log.info("started", extra={"program": program.name, "pid": program.process.pid})

    def tend(self) -> None:
        """Start again what has died, after a pause that doubles while it keeps dying."""
        now = time.monotonic()
        for program in self.programs:
            if program.alive():
                if now - program.began > SETTLED_SECONDS:
                    program.pause = FIRST_PAUSE
            elif program.process is not None:
                code, program.process = program.process.returncode, None
                program.next_start = now + program.pause
                self.say(_died(program, code))
                log.warning("ended", extra={"program": program.name, "exit": code, "seconds": program.pause})
                program.pause = min(program.pause * 2, LONGEST_PAUSE)
            elif now >= program.next_start:
                if program.name == SERVER:
                    embedded.prepare(self.config.data)
                self.start(program)

    def stop(self) -> None:
        """Stop everything, stage by stage, within the time limit; then kill what is left."""
        log.info("stopping")
        end = time.monotonic() + POLITE_SECONDS
        stages = sorted({p.stage for p in self.programs})
        for position, stage in enumerate(stages, start=1):
            mine = [p.process for p in self.programs if p.stage == stage and p.process is not None]
            for process in mine:
                with suppress(ProcessLookupError):
                    process.terminate()
            # The later stages keep a little of the time.
            _wait(mine, end - 0.3 * (len(stages) - position))
            _kill(mine)


SERVER = "server"


def _died(program: Program, code: int) -> Words:
    how = f"信号 {-code}" if code < 0 else f"退出码 {code}"
    how_en = f"signal {-code}" if code < 0 else f"exit code {code}"
    return Words(
        f"{program.name} 已退出（{how}），{program.pause:g} 秒后重新启动。",
        f"{program.name} has ended ({how_en}); it starts again in {program.pause:g} s.",
    )


def _wait(processes: Sequence[subprocess.Popen[bytes]], end: float) -> None:
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, end - time.monotonic()))


def _kill(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def environment(config: Config, redis_url: str) -> dict[str, str]:
    """This process's environment with every setting of `config` in it, so that each child reads the same."""
    mine = dict(os.environ)
    for name, value in config.model_dump(mode="json").items():
        plain = value if isinstance(value, str) else json.dumps(value)
        mine[{"database_url": "DATABASE_URL"}.get(name, f"YIGAO_{name.upper()}")] = plain
    mine.pop("YIGAO_REDIS_URL", None)
    return {**mine, "REDIS_URL": redis_url, "PYTHONUNBUFFERED": "1"}


def _lock_path(config: Config) -> Path:
    return config.data / "run" / "run.lock"


def _several(config: Config) -> bool:
    """Whether other machines may run on this data folder too: when they share its database and its queue."""
    return bool(config.redis_url) and not config.database.startswith("sqlite:")


def logs_of(config: Config) -> Path:
    """Where this machine's processes write their logs."""
    folder = config.data / "log"
    return folder / socket.gethostname() if _several(config) else folder


def is_running(config: Config) -> bool:
    """Whether an instance runs on this data folder, on whatever machine."""
    if not _lock_path(config).exists():
        return False
    try:
        with lock(_lock_path(config), wait=0):
            return False
    except BusyError:
        return True


def precheck(config: Config) -> None:
    """Raise Refusal when a tree could not start here: the folder isn't ours to write, an instance runs on it, or the
    port is taken. Nothing is started.
    """
    with _instance(config, several=_several(config)):
        _require_port(config)


@contextmanager
def _instance(config: Config, *, several: bool = False) -> Iterator[None]:
    """Hold the data folder, alone or with one instance on each of `several` machines. Raises Refusal when it can't be
    written or another instance holds it.
    """
    with ExitStack() as stack:
        try:
            (config.data / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=config.data):
                pass
            # A moment's wait: somebody may just be asking whether an instance runs.
            stack.enter_context(lock(_lock_path(config), wait=0.3, shared=several))
            if several:
                stack.enter_context(lock(_lock_path(config).with_name(f"run-{socket.gethostname()}.lock"), wait=0.3))
        except BusyError:
            raise Refusal(
                "SYS-202",
                Words(f"数据目录 {config.data} 已有一个实例在运行。", f"An instance already runs on {config.data}."),
                Words("请用 --data 指定另一个目录，或先停止它。", "Use another folder with --data, or stop it first."),
            ) from None
        except OSError as error:
            why = error.strerror
            raise Refusal(
                "SYS-203",
                Words(f"数据目录 {config.data} 不可写：{why}。", f"{config.data} can't be written: {why}."),
                Words("请用 --data 指定可写的目录。", "Use --data to name a folder you may write."),
            ) from error
        yield


def alone(config: Config) -> AbstractContextManager[None]:
    """Hold the data folder for a command beside which no instance may run. Raises Refusal when one does."""
    return _instance(config)


def _require_port(config: Config) -> None:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except (OSError, OverflowError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise Refusal(
                "SYS-201",
                Words(
                    f"{config.host}:{config.port} 不能监听：{why}。",
                    f"Can't listen on {config.host}:{config.port}: {why}.",
                ),
                Words("请用 --port 换一个端口。", "Choose another port with --port."),
            ) from error


@contextmanager
def _tree(config: Config, say: Callable[[Words], None]) -> Iterator[Tree]:
    """A tree with its server answering and nothing else started; stopped at the end of the block."""
    own = not config.redis_url
    tree = Tree(config, environment(config, config.redis_url or embedded.url(config.data)), say)
    # What is said on a terminal goes with it; this stays.
    with logs.to_file(logs_of(config) / "supervisor.log", log.name):
        try:
            if own:
                embedded.prepare(config.data)
                server = Program(SERVER, embedded.command(config.data), stage=3)
                tree.programs.append(server)
                tree.start(server)
                if not embedded.answers(config.data):
                    raise _not_started(config, SERVER)
            yield tree
        finally:
            tree.stop()


def _not_started(config: Config, name: str) -> Refusal:
    path = logs_of(config) / f"{name}.log"
    return Refusal(
        "SYS-204",
        Words(f"{name} 没能启动。", f"{name} did not start."),
        Words(f"请看 {path}。", f"See {path}."),
    )


def _start_workers(tree: Tree) -> None:
    """Add clock and workers, and start all that isn't running yet."""
    tree.programs.append(Program("clock", [*PYTHON, "hub.clock"], stage=0))
    numbers = range(1, tree.config.workers + 1)
    tree.programs += [Program(f"worker-{n}", WORKER, stage=1) for n in numbers]
    for program in tree.programs:
        if not program.alive():
            tree.start(program)


def run(
    config: Config,
    *,
    started: Callable[[], None] = lambda: None,
    say: Callable[[Words], None] | None = None,
    web: Sequence[str] = (*PYTHON, "hub.web"),
) -> int:
    """Run the whole tree until SIGINT, SIGTERM or SIGHUP; the exit code. The database is migrated by the caller.

    `started` is called once the console answers and returns at once; `say` gets a line for whatever happens. Raises
    Refusal before anything is started when the folder or the port can't be had, or when the web does not start.
    """
    stop = threading.Event()
    with _instance(config, several=_several(config)), _signals(stop):
        _require_port(config)
        with _tree(config, say or _say_on_terminal(config)) as tree:
            console = Program("web", list(web), stage=2)
            tree.programs.append(console)
            # Alone at first: five processes that load at once on two cores would all be late.
            tree.start(console)
            if _wait_for_web(tree, stop):
                _start_workers(tree)
                started()
            while not stop.wait(0.2):
                tree.tend()
    return 0


def _say_on_terminal(config: Config) -> Callable[[Words], None]:
    def say(words: Words) -> None:
        # A closed terminal is no reason to stop in disorder.
        with suppress(OSError, ValueError):
            print(words.in_(config.language), file=sys.stderr, flush=True)  # noqa: T201 (the program's own voice)

    return say


def _wait_for_web(tree: Tree, stop: threading.Event) -> bool:
    """Whether our web answers; False when a stop came first. That the port answers is not enough: a stranger may have
    taken it since the check, and ours then ends.
    """
    end = time.monotonic() + WEB_SECONDS
    web = next(p for p in tree.programs if p.name == "web")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(tree.config.host, tree.config.host)  # noqa: S104 (compared)
    while time.monotonic() < end:
        if stop.wait(0.05):
            return False
        with suppress(OSError), socket.create_connection((host, tree.config.port), timeout=1):
            if web.alive() and not stop.wait(0.2) and web.alive():
                return True
        tree.tend()
    raise _not_started(tree.config, "web")


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Turn the three signals into the wish to stop; a closed terminal sends SIGHUP."""
    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {s: signal.signal(s, lambda *_: stop.set()) for s in wanted}
    try:
        yield
    finally:
        for s, handler in before.items():
            signal.signal(s, handler)


@contextmanager
def temporary(config: Config) -> Iterator[Tree]:
    """The tree without the web, for one command; the caller may call `tend()` while it waits. Raises Refusal when an
    instance runs on the folder already.
    """
    with _instance(config), _tree(config, _say_on_terminal(config)) as tree:
        _start_workers(tree)
        yield tree
