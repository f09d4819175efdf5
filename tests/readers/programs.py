"""The programs that people read with, driven as they drive them; what they show, in one shape."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import feedparser

# Its own copy of feedparser wants a package that it no longer brings along.
os.environ["READER_NO_VENDORED_FEEDPARSER"] = "1"
import reader

ROOT = Path(__file__).parents[2]
SECONDS = 60


@dataclass(frozen=True)
class Shown:
    """One item as a program shows it."""

    id: str
    title: str
    link: str
    text: str
    read: bool = False


class Program(Protocol):
    """A program that keeps what it has read."""

    def fetch(self) -> None:
        """Ask the site for what is new."""

    def shown(self) -> list[Shown]:
        """What a person sees, the newest first."""

    def read_all(self) -> None:
        """The person has read everything."""


@dataclass
class Newsboat:
    """Debian's newsboat, with a folder of its own for what it keeps."""

    folder: Path
    url: str

    def __post_init__(self) -> None:
        self.folder.mkdir()
        (self.folder / "urls").write_text(f"{self.url}\n")
        (self.folder / "config").write_text("auto-reload no\nshow-read-feeds yes\n")

    def fetch(self) -> None:
        """`newsboat -x reload`. Raises AssertionError with what it said when it complains."""
        place = {name: str(self.folder / name) for name in ("urls", "config", "cache.db", "log")}
        command = ["newsboat", "-u", place["urls"], "-C", place["config"], "-c", place["cache.db"]]
        done = subprocess.run(
            [*command, "-d", place["log"], "-l", "2", "-x", "reload"],
            env={**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8", "TERM": "dumb"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done

    def shown(self) -> list[Shown]:
        """From its database, which is where its screen comes from."""
        rows = self._run("SELECT guid, title, url, content, unread FROM rss_item ORDER BY pubDate DESC, id")
        return [Shown(guid, title, url, content, not unread) for guid, title, url, content, unread in rows]

    def read_all(self) -> None:
        """What the key A does to a list."""
        self._run("UPDATE rss_item SET unread = 0")

    def _run(self, statement: str) -> list[tuple[str, str, str, str, int]]:
        kept = sqlite3.connect(self.folder / "cache.db")
        try:
            with kept:
                return list(kept.execute(statement))
        finally:
            kept.close()


@dataclass
class Reader:
    """`reader` (PyPI), the library behind a web reader."""

    url: str
    _reader: reader.Reader = field(init=False)

    def __post_init__(self) -> None:
        self._reader = reader.make_reader(":memory:")
        self._reader.add_feed(self.url)

    def fetch(self) -> None:
        """Raises `reader.ParseError` for a feed that it can't take."""
        self._reader.update_feed(self.url)

    def shown(self) -> list[Shown]:
        """Its entries, with their content, else their summary."""
        found = []
        for entry in self._reader.get_entries():
            content = entry.get_content()
            text = content.value if content else entry.summary
            found.append(Shown(entry.id, entry.title or "", entry.link or "", text or "", entry.read))
        return found

    def read_all(self) -> None:
        """Mark each."""
        for entry in list(self._reader.get_entries()):
            self._reader.mark_entry_as_read(entry)

    def close(self) -> None:
        """Let go of its database."""
        self._reader.close()


def by_feedparser(data: bytes) -> list[Shown]:
    """What feedparser, the library behind most Python readers, makes of a feed. Raises AssertionError when it had to
    guess.
    """
    found = feedparser.parse(data)
    assert not found.bozo, found.bozo_exception
    return [Shown(e.id, e.title, e.link, e.content[0].value if "content" in e else e.summary) for e in found.entries]


def by_feedsmith(data: bytes) -> list[Shown]:
    """The same by feedsmith (npm)."""
    return [Shown(**each) for each in _by_node("feedsmith.mjs", data)]


def by_icaljs(data: bytes) -> dict[str, Any]:
    """A calendar's name and events as ical.js (npm) takes them. Raises AssertionError for what it can't read."""
    found: dict[str, Any] = _by_node("icaljs.mjs", data)
    return found


def _by_node(script: str, data: bytes) -> Any:
    done = subprocess.run(
        ["node", str(Path(__file__).with_name(script))],
        input=data,
        capture_output=True,
        cwd=ROOT / "frontend",
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@dataclass
class Khal:
    """Debian's khal, with a calendar of its own."""

    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "kept").mkdir(parents=True)
        (self.folder / "config").write_text(
            f"[calendars]\n[[site]]\npath = {self.folder / 'kept'}\ntype = calendar\n"
            f"[sqlite]\npath = {self.folder / 'khal.db'}\n"
            "[locale]\nlocal_timezone = Asia/Shanghai\ndefault_timezone = Asia/Shanghai\n"
            "timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
            "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
        )

    def take(self, data: bytes) -> None:
        """Take the file in, as whatever brings subscribed calendars to khal does."""
        path = self.folder / "taken.ics"
        path.write_bytes(data)
        self._run("import", "--batch", "-a", "site", str(path))

    def shown(self, first: str, days: str = "60d") -> list[str]:
        """Its list: begin, title and state of each event."""
        wanted = "{start-date} {start-time} {title} {cancelled}"
        lines = self._run("list", "--day-format", "", "--format", wanted, first, days).splitlines()
        return [line.rstrip() for line in lines]

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            ["khal", "-c", str(self.folder / "config"), *arguments],
            env={**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout
