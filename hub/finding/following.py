"""The index brought up to what is published: when somebody searches, and never while something is being published."""

from __future__ import annotations

import hashlib
import html
import json
import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from channels.items import Item
from channels.manuscript import ColumnInfo, PolicyRef, SiteInfo
from channels.site.facts import policy_facts
from channels.site.times import day
from hub.files import BusyError, lock
from hub.finding.index import Entry, Index
from hub.manuscripts import column_info, site_info
from hub.models import Column, Office, Projection, Site
from hub.services import Services
from hub.site.facts import policies_of
from hub.site.pieces import placed
from hub.site.places import notes

log = logging.getLogger("yigao.web")

# Counts up when the index keeps something else, or keeps it otherwise.
VERSION = "2"
# Characters of a text that are looked through; beyond, a book is no better found.
LONGEST = 100_000
POLICY = "政策文件"
_BLOCK = re.compile(r"</?(?:p|h\d|li|tr|t[dh]|br|blockquote|figcaption|pre)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")


class Following:
    """Keeps the index of a site near what is published: a search that finds it behind has it brought up beside the
    request, and waits a moment for it.
    """

    def __init__(self, services: Services, *, patience: float = 0.5) -> None:
        self._services = services
        self._patience = patience
        self._threads: dict[str, threading.Thread] = {}
        self._guard = threading.Lock()

    def path(self, key: str) -> Path:
        """Where the index lies."""
        return notes(self._services, key, "search")

    def follow(self, key: str) -> None:
        """Begin to bring the index up to date, unless somebody is at it, and wait a moment for the end of it."""
        with self._guard:
            thread = self._threads.get(key)
            if thread is None or not thread.is_alive():
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
        except (SQLAlchemyError, OSError):
            # What was found before is still found.
            log.warning("search index not brought up to date", extra={"site": key}, exc_info=True)


def catch_up(services: Services, key: str) -> bool:
    """Bring the site's index up to what is published; returns whether it had to. Raises hub.files.BusyError when
    another process is at it.
    """
    path = notes(services, key, "search")
    with lock(notes(services, key, "search-lock"), wait=0):
        with services.db.reading() as session:
            site = session.scalars(select(Site).where(Site.key == key)).one()
            row = session.get(Projection, site.id)
            wanted = str(row.wanted if row else 0)
        with Index.writing(path, VERSION) as index:
            if index.meta("wanted") == wanted:
                return False
            with services.db.reading() as session:
                entries = list(_entries(session, site))
                index.note("site", _facts(session, site))
            known = index.digests()
            index.drop(known.keys() - {entry.identity for entry in entries})
            index.put(entry for entry in reversed(entries) if known.get(entry.identity) != entry.digest)
            index.note("wanted", wanted)
    return True


def facts_of(index: Index) -> tuple[SiteInfo, list[ColumnInfo]]:
    """The site and its columns, as they were when the index was brought up to date last."""
    told = json.loads(index.meta("site"))
    return SiteInfo.model_validate(told["site"]), [ColumnInfo.model_validate(c) for c in told["columns"]]


def _facts(session: Session, site: Site) -> str:
    columns = session.scalars(select(Column).where(Column.site_id == site.id).order_by(Column.id))
    told = {
        "site": site_info(site).model_dump(mode="json"),
        "columns": [column_info(c).model_dump(mode="json") for c in columns],
    }
    return json.dumps(told, ensure_ascii=False)


def _entries(session: Session, site: Site) -> Iterator[Entry]:
    """Everything with a place, newest first; the withdrawn are gone from it."""
    zone = session.scalars(select(Office.zone).where(Office.site_id == site.id).order_by(Office.id).limit(1)).first()
    pieces = [p for p in placed(session, site) if p.item.withdrawn is None]
    for piece in sorted(pieces, key=lambda p: (p.item.published, p.item.identity), reverse=True):
        yield _piece(piece.item, piece.artefact, zone or "Asia/Shanghai")
    named = {policy.id for piece in pieces for policy in piece.item.policies if policy.id is not None}
    for _, (policy, _field) in sorted(policies_of(session, named).items()):
        yield _policy(policy)


def _piece(item: Item, digest: str, zone: str) -> Entry:
    text = html.unescape(_TAG.sub("", _BLOCK.sub(" ", item.html)))
    # Keywords are found, and shown only where nothing else is.
    words = " ".join((item.summary, text, *item.keywords))
    return Entry(
        identity=item.identity,
        digest=digest,
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
        place=facts.place,
        title=facts.title,
        text=f"{text}，{facts.validity.label}",
        day=told.isoformat() if told else "",
        form=POLICY,
        section=POLICY,
        author=policy.issuer,
    )
