"""Restoring: check all of it, build the database beside the present one, put it in place, rebuild the sites.

Nothing is sent before a person has looked: see `aftermath`.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alembic import command
from sqlalchemy import Connection, Integer, Table, func, inspect, select
from sqlalchemy.exc import DatabaseError, DBAPIError

from hub import migrations
from hub.artefacts import ArtefactStore
from hub.audit import set_aside
from hub.backup import refusals
from hub.backup.aftermath import ask_first, hold_of, open_deliveries
from hub.backup.manifest import BLOB, CONFIG, MANIFEST, TABLE, Manifest
from hub.backup.places import place_of
from hub.backup.progress import Progress, Step, silent
from hub.backup.reading import Entry, entries, verify
from hub.backup.rows import load, tables_of
from hub.files import write_changed
from hub.models import Delivery, Heartbeat, Interpretation
from hub.rebuilding import rebuild
from hub.services import Services

# The settings come back under another name: they may name the database and the addresses of the machine where the
# backup was made, and an installation restored for a look must not begin to work on that one's rows.
RESTORED_CONFIG = "yigao.toml.restored"
BLOBS_AT_ONCE = 64
# Clock and workers beat more often than this.
ALIVE = timedelta(seconds=30)


@dataclass(frozen=True)
class Restored:
    """What a restore did. `former` names the database that was there before ("" for none), `config` the settings'
    file when it was written. Everything waits behind the hold; of `unfinished` deliveries `asked` wait for an editor
    one by one. `sites` has the number of files of each site, None when one could not be rebuilt. `again`: the rows were
    there from an earlier try.
    """

    manifest: Manifest
    former: str
    config: Path | None
    hold_id: int | None
    unfinished: int
    asked: int
    sites: dict[Path, int] | None
    again: bool = False


def restore(
    services: Services, file: Path, *, now: datetime, replace: bool = False, progress: Progress = silent
) -> Restored:
    """Load the backup into this installation's database, whichever kind it is. The caller holds the data folder.

    What was killed can be called again: the rows are in place all at once, and then only the sites are still to be
    built. Raises Refusal, with nothing changed, for a file that is altered, cut off, foreign or too new, and for a
    database that is in use or holds interpretations or deliveries (without `replace`; with it that one is kept aside).
    """
    manifest = verify(file, progress)
    _require_free(services, now)
    if not replace and _holds_work(services):
        if not _has_restored(services, manifest):
            raise refusals.not_empty(services.db.engine.url.render_as_string())
        return _finish(services, manifest, now, progress, again=True)
    services.db.close()
    place = place_of(services.config, now)
    try:
        fresh = Services(services.config.model_copy(update={"database_url": place.begin()}), services.channels)
    except DBAPIError as error:
        raise refusals.no_room(str(error.orig).strip()) from error
    try:
        try:
            config = _load(fresh, file, manifest, progress)
            asked = ask_first(fresh, made_at=manifest.made_at, now=now)
        finally:
            fresh.db.close()
        former = place.finish()
    except BaseException:
        # A database that is away is the next restore's to tidy; the first error is the one to be told.
        with suppress(DBAPIError):
            place.abandon()
        raise
    kept = _keep_config(services, config)
    return _finish(services, manifest, now, progress, former=former, asked=asked, config=kept)


def _finish(
    services: Services,
    manifest: Manifest,
    now: datetime,
    progress: Progress,
    *,
    former: str = "",
    asked: int = 0,
    config: Path | None = None,
    again: bool = False,
) -> Restored:
    # Their newest links may be those of a chain that is no longer here.
    set_aside(services.config, now)
    progress(Step.SITE, 0, 0)
    with services.db.reading() as session:
        unfinished = open_deliveries(session)
        hold_id = hold_of(session, manifest.made_at)
    try:
        sites = rebuild(services)
    except FileNotFoundError:
        # An artefact was missing when the backup was made; the rows are restored all the same.
        sites = None
    return Restored(manifest, former, config, hold_id, unfinished, asked, sites, again)


def _require_free(services: Services, now: datetime) -> None:
    """Raise Refusal when a process of another machine works on the database. On SQLite there is none."""
    engine = services.db.engine
    if engine.dialect.name == "sqlite" or not inspect(engine).has_table(Heartbeat.__tablename__):
        return
    with services.db.reading() as session:
        alive = session.scalars(select(Heartbeat.name).where(Heartbeat.at > now - ALIVE).order_by(Heartbeat.name)).all()
    if alive:
        raise refusals.others_run("、".join(alive))


def _holds_work(services: Services) -> bool:
    """Whether there are interpretations or deliveries, or it can't be told."""
    engine = services.db.engine
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return False
    try:
        with engine.connect() as connection:
            here = set(inspect(connection).get_table_names())
            kept = [kind for kind in (Interpretation, Delivery) if kind.__tablename__ in here]
            return any(connection.execute(select(kind.id).limit(1)).first() for kind in kept)
    except DatabaseError:
        return True


def _has_restored(services: Services, manifest: Manifest) -> bool:
    try:
        with services.db.reading() as session:
            return hold_of(session, manifest.made_at) is not None
    except DatabaseError:
        return False


def _load(fresh: Services, file: Path, manifest: Manifest, progress: Progress) -> bytes:
    """Tables as they were when the backup was made, all their rows in one transaction, the artefacts, then the newest
    schema. Returns the backup's settings.
    """
    engine = fresh.db.engine
    command.upgrade(migrations.settings(engine), manifest.revision)
    with engine.connect() as connection:
        loading = _Loading(connection, fresh.artefacts, manifest, progress)
        for entry in entries(file):
            loading.take(entry)
            if entry.name != MANIFEST and entry.digest()[0] != manifest.members[entry.name].sha256:
                # Not what was checked a moment ago: a file that somebody changes, or a disk that fails.
                raise refusals.altered(file, entry.name)
        loading.end()
    migrations.upgrade(engine)
    return loading.config


class _Loading:
    """Rows into the tables, blobs into the store. A blob that is in the store already is left there if it is sound."""

    def __init__(self, connection: Connection, store: ArtefactStore, manifest: Manifest, progress: Progress) -> None:
        self.connection = connection
        self.store = store
        self.progress = progress
        self.tables = {table.name: table for table in tables_of(connection)}
        self.rows = sum(manifest.tables.values())
        self.total = self.rows + manifest.blobs
        self.done = 0
        self.blobs: list[bytes] = []
        self.config = b""

    def take(self, entry: Entry) -> None:
        """Load one member. Raises Refusal when the database doesn't take its rows."""
        match = TABLE.fullmatch(entry.name)
        if match:
            self._rows(self.tables[match[1]], entry)
        else:
            # The tables come first. No transaction is open over the slow rest: PostgreSQL ends those that idle.
            self._commit()
        if BLOB.fullmatch(entry.name):
            self._blob(entry.stream.read())
        elif entry.name == CONFIG:
            self.config = entry.stream.read()

    def end(self) -> None:
        """Write what is left."""
        self._commit()
        self.store.put_all(self.blobs)

    def _commit(self) -> None:
        """End the transaction, if it is open; new rows will be numbered after the loaded ones."""
        if not self.connection.in_transaction():
            return
        if self.connection.dialect.name != "sqlite":
            for table in self.tables.values():
                _set_sequence(self.connection, table)
        self.connection.commit()

    def _rows(self, table: Table, entry: Entry) -> None:
        before = self.done
        try:
            count = load(self.connection, table, entry.stream, lambda n: self._tell(before + n))
        except DBAPIError as error:
            raise refusals.not_loaded(table.name, str(error.orig).strip()) from error
        self._tell(before + count)

    def _blob(self, data: bytes) -> None:
        path = self.store.path(hashlib.sha256(data).hexdigest())
        if path.exists() and path.read_bytes() != data:
            path.unlink()
        self.blobs.append(data)
        if len(self.blobs) >= BLOBS_AT_ONCE:
            self.store.put_all(self.blobs)
            self.blobs = []
        self._tell(self.done + 1)

    def _tell(self, done: int) -> None:
        self.done = done
        self.progress(Step.LOAD, done, self.total)


def _set_sequence(connection: Connection, table: Table) -> None:
    for column in table.primary_key.columns:
        if isinstance(column.type, Integer) and column.autoincrement is not False:
            latest = connection.execute(select(func.max(column))).scalar()
            sequence = func.pg_get_serial_sequence(f'"{table.name}"', column.name)
            if latest is not None:
                connection.execute(select(func.setval(sequence, latest)))


def _keep_config(services: Services, data: bytes) -> Path | None:
    """The backup's settings for comparison, unless they are the ones in use."""
    used = services.config.data / CONFIG
    if not data or (used.is_file() and used.read_bytes() == data):
        return None
    kept = services.config.data / RESTORED_CONFIG
    write_changed(kept, data)
    kept.chmod(0o600)
    return kept
