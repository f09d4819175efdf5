"""Restoring: check all of it, build the database beside the present one, put it in place, rebuild the sites.

What was open when the backup was made may have gone out since. So a restored installation is on hold: nothing leaves
the house until a person has looked and lifted it. Whoever had a claim is gone: the leases end, and the ordinary sweep
queues what had not begun and has the rest looked up.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alembic import command
from sqlalchemy import Connection, Engine, Integer, Table, func, insert, inspect, select, update
from sqlalchemy.exc import DatabaseError, DBAPIError

from hub import migrations, site
from hub.artefacts import ArtefactStore
from hub.backup import refusals
from hub.backup.manifest import BLOB, CONFIG, TABLE, Manifest
from hub.backup.places import place_of
from hub.backup.progress import Progress, Step, silent
from hub.backup.reading import Entry, entries, verify
from hub.backup.rows import load, tables_of
from hub.domain.states import OPEN
from hub.files import write_changed
from hub.models import Delivery, Heartbeat, Hold, Interpretation
from hub.services import Services

ACTOR = "cli:restore"
HOLD = "恢复备份"
# The settings come back under another name: they may name the database and the addresses of the machine where the
# backup was made, and an installation restored for a look must not begin to work on that one's rows.
RESTORED_CONFIG = "yigao.toml.restored"
BLOBS_AT_ONCE = 64
# Clock and workers beat more often than this.
ALIVE = timedelta(seconds=30)


@dataclass(frozen=True)
class Restored:
    """What a restore did. `former` names the database that was there before ("" for none), `config` the settings'
    file when it was written; `sites` has the number of files of each site, None when one could not be rebuilt.
    """

    manifest: Manifest
    former: str
    config: Path | None
    open_deliveries: int
    sites: dict[Path, int] | None


def restore(
    services: Services, file: Path, *, now: datetime, replace: bool = False, progress: Progress = silent
) -> Restored:
    """Load the backup into this installation's database, whichever kind it is. The caller holds the data folder.

    Raises Refusal, with nothing changed, for a file that is altered, cut off, foreign or too new, and for a database
    that is in use or holds interpretations or deliveries (without `replace`; with it the former one is kept aside).
    """
    manifest = verify(file, progress)
    _require_free(services, now)
    if not replace:
        _require_empty(services)
    services.db.close()
    place = place_of(services.config, now)
    engine = place.begin()
    try:
        config, waiting = _build(services, engine, file, manifest, now, progress)
        former = place.finish(engine)
    except BaseException:
        place.abandon(engine)
        raise
    progress(Step.SITE, 0, 0)
    return Restored(manifest, former, config, waiting, _rebuild(services))


def _require_free(services: Services, now: datetime) -> None:
    """Raise Refusal when a process of another machine works on the database. On SQLite there is none."""
    engine = services.db.engine
    if engine.dialect.name == "sqlite" or not inspect(engine).has_table(Heartbeat.__tablename__):
        return
    with services.db.reading() as session:
        alive = session.scalars(select(Heartbeat.name).where(Heartbeat.at > now - ALIVE).order_by(Heartbeat.name)).all()
    if alive:
        raise refusals.others_run("、".join(alive))


def _require_empty(services: Services) -> None:
    """Raise Refusal when there are interpretations or deliveries, or when it can't be told."""
    engine = services.db.engine
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return
    try:
        with engine.connect() as connection:
            here = set(inspect(connection).get_table_names())
            kept = [kind for kind in (Interpretation, Delivery) if kind.__tablename__ in here]
            full = any(connection.execute(select(kind.id).limit(1)).first() for kind in kept)
    except DatabaseError:
        full = True
    if full:
        raise refusals.not_empty(engine.url.render_as_string())


def _build(
    services: Services, engine: Engine, file: Path, manifest: Manifest, now: datetime, progress: Progress
) -> tuple[Path | None, int]:
    """Tables as they were when the backup was made, their rows in one transaction, then the newest schema and the
    hold. Returns where the settings were put, and how many deliveries are open.
    """
    command.upgrade(migrations.settings(engine), manifest.revision)
    with engine.begin() as connection:
        loading = _Loading(connection, services.artefacts, manifest, progress)
        for entry in entries(file):
            loading.take(entry)
        loading.end()
    migrations.upgrade(engine)
    with engine.begin() as connection:
        waiting = _hold(connection, now)
    return _keep_config(services, loading.config), waiting


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
        if match := TABLE.fullmatch(entry.name):
            self._rows(self.tables[match[1]], entry)
        elif BLOB.fullmatch(entry.name):
            self._blob(entry.stream.read())
        elif entry.name == CONFIG:
            self.config = entry.stream.read()

    def end(self) -> None:
        """Write what is left, and let new rows be numbered after the loaded ones."""
        self.store.put_all(self.blobs)
        if self.connection.dialect.name != "sqlite":
            for table in self.tables.values():
                _set_sequence(self.connection, table)

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


def _hold(connection: Connection, now: datetime) -> int:
    """Put everything on hold and end every claim; returns how many deliveries are open."""
    connection.execute(insert(Hold).values(name=HOLD, kind="switch", starts_at=now, created_at=now, created_by=ACTOR))
    connection.execute(update(Delivery).where(Delivery.token.is_not(None)).values(lease_until=now))
    return connection.execute(select(func.count()).select_from(Delivery).where(Delivery.state.in_(OPEN))).scalar_one()


def _keep_config(services: Services, data: bytes) -> Path | None:
    """The backup's settings for comparison, unless they are the ones in use."""
    used = services.config.data / CONFIG
    if not data or (used.is_file() and used.read_bytes() == data):
        return None
    kept = services.config.data / RESTORED_CONFIG
    write_changed(kept, data)
    kept.chmod(0o600)
    return kept


def _rebuild(services: Services) -> dict[Path, int] | None:
    try:
        return site.rebuild(services)
    except FileNotFoundError:
        # An artefact was missing when the backup was made; the rows are restored all the same.
        return None
