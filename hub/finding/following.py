"""The index brought up to what is published: when somebody searches, and never while something is being published."""

from __future__ import annotations

import hashlib
import html
import logging
import re
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from channels.manuscript import PolicyRef
from channels.site.facts import policy_facts
from channels.site.shelves import Directory
from channels.site.times import day
from hub.files import BusyError, lock
from hub.finding.index import Entry, Index, Missing
from hub.models import Projection, Site
from hub.services import Services
from hub.site.facts import directory_of, directory_text, policies_of, read_directory
from hub.site.pieces import Placed, placed, portions
from hub.site.places import notes
from hub.site.wanting import changes

log = logging.getLogger("yigao.web")

# Counts up when the index keeps something else, or keeps it otherwise.
VERSION = "3"
# So many changes are followed one by one; beyond, everything is looked at once more.
MOST_CHANGES = 5_000
# Characters of a text that are looked through; beyond, a book is no better found.
LONGEST = 100_000
POLICY = "政策文件"
_BLOCK = re.compile(r"</?(?:p|h\d|li|tr|t[dh]|br|blockquote|figcaption|pre)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")


class Following:
    """Keeps the index of a site near what is published: a search has it brought up beside the request, and waits a
    moment for it. Asked again within `every` seconds it is left as it is.
    """

    def __init__(self, services: Services, *, patience: float = 0.5, every: float = 2.0) -> None:
        self._services = services
        self._patience = patience
        self.every = every
        self._begun: dict[str, float] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._guard = threading.Lock()

    def path(self, key: str) -> Path:
        """Where the index lies."""
        return notes(self._services, key, "search")

    def follow(self, key: str) -> None:
        """Begin to bring the index up to date, unless somebody is at it, and wait a moment for the end of it."""
        with self._guard:
            thread = self._threads.get(key)
            fresh = time.monotonic() - self._begun.get(key, -self.every) < self.every
            if thread is None or not (fresh or thread.is_alive()):
                self._begun[key] = time.monotonic()
                thread = threading.Thread(target=self._beside, args=(key,), name=f"search-{key}", daemon=True)
                self._threads[key] = thread
                thread.start()
        thread.join(self._patience)

    def wait(self) -> None:
        """Until whatever is under way has ended."""
        for thread in list(self._threads.values()):
            thread.join()

    def _beside(self, key: str) -> None:
        try:
            catch_up(self._services, key)
        except BusyError:
            log.info("search index is being made", extra={"site": key})
        except (SQLAlchemyError, OSError, sqlite3.OperationalError):
            # What was found before is still found.
            log.warning("search index not brought up to date", extra={"site": key}, exc_info=True)
        except sqlite3.DatabaseError:
            log.warning("search index is broken, and made anew", extra={"site": key}, exc_info=True)
            self.path(key).unlink(missing_ok=True)


def catch_up(services: Services, key: str) -> bool:
    """Bring the site's index up to what is published; returns whether it had to. Raises hub.files.BusyError when
    another process is at it.
    """
    with lock(notes(services, key, "search-lock"), wait=0):
        with services.db.reading() as session:
            site = session.scalars(select(Site).where(Site.key == key)).one()
            row = session.get(Projection, site.id)
            wanted = row.wanted if row else 0
        path = notes(services, key, "search")
        if _seen(path) == wanted:
            return False
        with Index.writing(path, VERSION) as index:
            seen = index.meta("seen")
            indexing = Indexing(services, site, index)
            # Of a database that was put back to an earlier day nothing is known.
            if seen and 0 <= wanted - int(seen) <= MOST_CHANGES:
                indexing.change(int(seen))
            else:
                indexing.everything()
            index.note("seen", str(wanted))
    return True


def _seen(path: Path) -> int | None:
    """The last change that the index has; None while there is none."""
    try:
        with Index.reading(path, VERSION) as index:
            return int(index.meta("seen"))
    except Missing:
        return None


class Indexing:
    """What is published, put into an index."""

    def __init__(self, services: Services, site: Site, index: Index) -> None:
        self.services, self.site, self.index = services, site, index
        with services.db.reading() as session:
            self.directory = read_directory(session, site)
        index.note("site", directory_text(self.directory))

    def everything(self) -> None:
        """All of it, a portion at a time; what has no place any more goes."""
        there: set[str] = set()
        for some in portions(self.services, self.site):
            there |= self._put(some, set())
        self.index.drop(self.index.digests().keys() - there)

    def change(self, after: int) -> None:
        """What changed after that number in the site's log."""
        with self.services.db.reading() as session:
            rows = changes(session, self.site.id, after, MOST_CHANGES)
            pieces = {row.interpretation_id for row in rows if row.interpretation_id is not None}
            policies = {row.policy_id for row in rows if row.policy_id is not None}
            found = placed(session, self.site, pieces)
        there = self._put(found, policies)
        self.index.drop(self.index.of_interpretations(pieces) - there)
        self.index.drop(f"p{id_}" for id_ in self.index.unnamed())

    def _put(self, pieces: Sequence[Placed], policies: set[int]) -> set[str]:
        """Put them, and the policies that they name or that are asked for and there; returns their identities."""
        standing = [piece for piece in pieces if piece.item.withdrawn is None]
        named = {p.id for piece in standing for p in piece.item.policies if p.id is not None}
        with self.services.db.reading() as session:
            known = policies_of(session, named | (policies & self.index.named()))
        entries = [_policy(ref) for ref, _ in known.values()]
        entries += [_piece(piece, self.directory.zone) for piece in standing]
        self.index.put(entries)
        for piece in standing:
            self.index.name(piece.item.identity, {p.id for p in piece.item.policies if p.id is not None})
        return {entry.identity for entry in entries}


def facts_of(index: Index) -> Directory:
    """The site and its columns, as they were when the index was brought up to date last."""
    return directory_of(index.meta("site"))


def _piece(piece: Placed, zone: str) -> Entry:
    item = piece.item
    text = html.unescape(_TAG.sub("", _BLOCK.sub(" ", item.html)))
    # Keywords are found, and shown only where nothing else is.
    words = " ".join((item.summary, text, *item.keywords))
    return Entry(
        identity=item.identity,
        digest=piece.artefact,
        interpretation=piece.interpretation_id,
        place=item.place,
        title=item.title,
        text=" ".join(words[:LONGEST].split()),
        day=day(item.published, zone),
        form=item.form.label,
        section=item.column,
        author=item.author,
    )


def _policy(policy: PolicyRef) -> Entry:
    facts = policy_facts(policy)
    text = "，".join(f"{label}：{value}" for label, value in facts.facts)
    digest = hashlib.sha256(policy.model_dump_json().encode()).hexdigest()
    told = policy.published or policy.signed
    return Entry(
        identity=f"p{policy.id}",
        digest=digest,
        interpretation=0,
        place=facts.place,
        title=facts.title,
        text=f"{text}，{facts.validity.label}",
        day=told.isoformat() if told else "",
        form=POLICY,
        section=POLICY,
        author=policy.issuer,
    )
