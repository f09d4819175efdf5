"""Logs as JSON lines: what happened to which delivery. No secrets, no personal data, no text of a draft: of our own
records the fixed sentence and the fields named here, of a library's not even what it put into its sentence.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

FIELDS = (
    "delivery",
    "channel",
    "state",
    "code",
    "attempt",
    "site",
    "built",
    "count",
    "address",
    "program",
    "pid",
    "exit",
    "seconds",
)
OURS = "yigao"
# Of a traceback the innermost places.
PLACES = 8

_ABOUT: ContextVar[dict[str, object] | None] = ContextVar("about", default=None)


@contextmanager
def about(**fields: object) -> Iterator[None]:
    """Every record of this block carries these fields (of FIELDS), also those that a library writes in it."""
    token = _ABOUT.set({**(_ABOUT.get() or {}), **fields})
    try:
        yield
    finally:
        _ABOUT.reset(token)


class JsonLines(logging.Formatter):
    """One line a record. Of an exception the kind and the places are kept; its message may quote a draft, so it is
    left out.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": _message(record),
        }
        given = {**(_ABOUT.get() or {}), **vars(record)}
        line.update({name: given[name] for name in FIELDS if name in given})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = _kinds(record.exc_info[1]) or record.exc_info[0].__name__
            line["where"] = [f"{f.filename}:{f.lineno}" for f in traceback.extract_tb(record.exc_info[2])][-PLACES:]
        return json.dumps(line, ensure_ascii=False, default=lambda value: type(value).__name__)


def _message(record: logging.LogRecord) -> str:
    """Our own sentences whole: they are fixed, and what they are given is a number or a name of ours. A library's may
    hold anything (RQ writes whole tracebacks): of it only the sentence before anything was put in, and the place.
    """
    if record.name.partition(".")[0] == OURS:
        return record.getMessage()
    # Without arguments it may have been put together beforehand.
    pattern = str(record.msg).partition("\n")[0] if record.args else "(left out)"
    return f"{pattern} [{Path(record.pathname).name}:{record.lineno}]"


def _kinds(error: BaseException | None) -> str:
    """The kinds of an exception and of those that led to it."""
    kinds: list[str] = []
    while error is not None and len(kinds) < PLACES:
        kinds.append(type(error).__name__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return " from ".join(kinds)


def to_stderr(level: int = logging.INFO) -> None:
    """Send all that this process has to say to standard error as such lines: records (what libraries say only from
    warnings on), warnings, and exceptions that nobody caught.
    """
    _install(logging.StreamHandler(sys.stderr), level)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    warnings.showwarning = _warned


def _install(handler: logging.Handler, level: int) -> None:
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(OURS).setLevel(level)
    # RQ brings handlers of its own; ours is enough.
    logging.getLogger("rq.worker").handlers = [logging.NullHandler()]
    # Else a record that can't be written is printed as it is, with its arguments.
    logging.raiseExceptions = False


def _uncaught(kind: type[BaseException], error: BaseException | None, places: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        logging.getLogger(OURS).critical("not caught", exc_info=(kind, error or kind(), places))


def _warned(
    message: Warning | str,  # noqa: ARG001 (the interface; it may quote what it warns of)
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    logging.getLogger(f"{OURS}.warnings").warning("%s at %s:%d", category.__name__, filename, lineno)


@contextmanager
def to_file(path: Path, name: str) -> Iterator[logging.Logger]:
    """A logger of ours that writes such lines to the end of the file and nowhere else, for a process whose standard
    error is a person's terminal. A file that can't be written is done without.
    """
    log = logging.getLogger(name)
    handler: logging.Handler
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(JsonLines())
    before = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield log
    finally:
        log.removeHandler(handler)
        handler.close()
        log.setLevel(before[0])
        log.propagate = before[1]
