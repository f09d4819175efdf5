"""The public site: a projection of published deliveries into files, and nothing else.

A piece's own folder is written by the delivery that publishes it (`place`). Lists, feeds and policy pages are made from
what is published (`refresh`), and all of it can be made from nothing to the same bytes (`hub.rebuilding`).
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import and_, case, or_, select, update
from sqlalchemy.orm import Session

from channels.base import Artefact, File, Permanent, Receipt, Retryable
from channels.items import Item
from channels.manuscript import ColumnInfo, PolicyRef, SiteInfo, Validity, Withdrawal
from channels.site import pages
from channels.site.notice import notice
from channels.words import Words
from hub.db import upsert
from hub.domain.states import State
from hub.files import below, lock, sync_folder, write_changed
from hub.manuscripts import column_info, site_info
from hub.models import Account, Column, Delivery, Interpretation, Office, Policy, Projection, Site
from hub.models import Withdrawal as WithdrawalRow
from hub.services import Services

log = logging.getLogger("yigao.site")


class Project(Protocol):
    """Lists, feeds and policy pages from what is published; `zone` is the IANA name of the dates' zone."""

    def __call__(
        self,
        site: SiteInfo,
        columns: Sequence[ColumnInfo],
        items: Sequence[Item],
        policies: Sequence[PolicyRef],
        *,
        zone: str,
    ) -> Iterable[File]:
        """Every file of the site but the pieces' own, in a fixed order."""
        ...


# A rebuild of a large site may hold the lock for long; a delivery rather comes back later than outlive its lease.
LOCK_WAIT = 10.0
# While there is work, lists and feeds follow this often.
LISTS_SECONDS = 1.0
# A piece being withdrawn stands until its notice does.
PLACED = {State.WITHDRAWN: 0, State.WITHDRAWING: 1, State.PUBLISHED: 2}


@dataclass(frozen=True)
class Published:
    """One piece that has a place on the site: what lists show of it, and its files' artefact (a withdrawn one has its
    notice instead).
    """

    item: Item
    artefact: str


def site_of(session: Session, office: Office) -> Site | None:
    """The office's site, else the installation's first one."""
    return office.site or first_site(session)


def locked(services: Services, key: str) -> AbstractContextManager[None]:
    """The lock of the pieces' folders, between processes. Raises hub.files.BusyError after a time."""
    return lock(notes(services, key, "lock"), wait=LOCK_WAIT)


def lists_locked(services: Services, key: str) -> AbstractContextManager[None]:
    """The lock of lists and feeds, apart from the pieces' so that publishing never waits for a list. A rebuild takes
    both, this one first. Raises hub.files.BusyError after a time.
    """
    return lock(notes(services, key, "lists"), wait=LOCK_WAIT)


def place(services: Services, site: Site, item: Item, artefact: Artefact) -> Receipt:
    """Write the piece's files into its folder and read them back, byte for byte: that is the receipt. The entry page
    comes last, files of an older revision go. The caller holds the site's lock.

    Raises Permanent when the folder may not be written, Retryable when the disk refuses or reads back otherwise.
    """
    folder = below(services.config.site_folder / site.key, item.place)
    return _written(site, item, artefact, folder)


def find(services: Services, site: Site, item: Item, artefact: Artefact) -> Receipt | None:
    """The receipt of a piece whose files are in their place, every one byte for byte; else None. The caller holds the
    site's lock: whoever writes the piece has it.
    """
    folder = below(services.config.site_folder / site.key, item.place)
    try:
        if _differing(folder, artefact):
            return None
    except OSError:
        return None
    return _receipt(site, item, artefact)


def withdraw(services: Services, site: Site, item: Item, withdrawal: Withdrawal) -> Receipt:
    """Write a notice in the piece's place, where all its other files go, and read it back: that is the receipt. Doing
    it again changes nothing. The caller holds the site's lock and, with the row, wants the lists anew.

    `withdrawal` is `withdrawal_of` the stored row, so that a rebuild makes the same bytes. Raises as `place`.
    """
    with services.db.reading() as session:
        columns = session.scalars(select(Column).where(Column.site_id == site.id).order_by(Column.id)).all()
        artefact = notice_page(site, columns, item.model_copy(update={"withdrawn": withdrawal}))
    return _written(site, item, artefact, below(services.config.site_folder / site.key, item.place))


def withdrawal_of(session: Session, withdrawal_id: int) -> Withdrawal:
    """The stored withdrawal as channels are told it: by the piece's office, in its zone."""
    row = session.get_one(WithdrawalRow, withdrawal_id)
    return _told(row, session.get_one(Interpretation, row.interpretation_id).office)


def _told(row: WithdrawalRow, office: Office) -> Withdrawal:
    return Withdrawal(at=row.at, reason=row.reason, office=office.name, zone=office.zone)


def notice_page(site: Site, columns: Sequence[Column], item: Item) -> Artefact:
    """The notice that stands in the piece's place, on one of its site's columns."""
    named = next((c for c in columns if item.column in (c.name, c.slug)), columns[0] if columns else None)
    return notice(site_info(site), column_info(named) if named else ColumnInfo(name=item.column), item)


def _written(site: Site, item: Item, artefact: Artefact, folder: Path) -> Receipt:
    try:
        write_piece(folder, artefact)
        wrong = _differing(folder, artefact)
    except PermissionError as error:
        words = Words(f"站点目录不可写：{folder}。", f"The site's folder {folder} can't be written.")
        raise Permanent("DLV-311", words) from error
    except OSError as error:
        words = Words(f"写入站点失败：{error.strerror}。", f"Writing to the site failed: {error.strerror}.")
        raise Retryable("DLV-312", words) from error
    if wrong:
        raise Retryable("DLV-313", Words("写入后读回的内容不一致。", "What was read back is not what was written."))
    return _receipt(site, item, artefact)


def _differing(folder: Path, artefact: Artefact) -> list[str]:
    return [f.path for f in artefact.files if below(folder, f.path).read_bytes() != f.data]


def _receipt(site: Site, item: Item, artefact: Artefact) -> Receipt:
    proof = f"{item.place}: 读回 {len(artefact.files)} 个文件 files read back, sha256 {artefact.sha256}"
    return Receipt(url=site.base_url + item.place, proof=proof)


def write_piece(folder: Path, artefact: Artefact) -> None:
    """Write the piece's files, the entry page last; whatever else was in its folder goes."""
    for file in sorted(artefact.files, key=lambda f: f.path == artefact.entry):
        write_changed(below(folder, file.path), file.data)
    kept = {below(folder, f.path) for f in artefact.files}
    for path in [p for p in folder.rglob("*") if p.is_file() and p not in kept]:
        path.unlink()
    sync_folder(folder)


def want(session: Session, site_id: int) -> None:
    """Note, in the transaction that publishes, that the site's lists and feeds are behind."""
    row = upsert(session, Projection).values(site_id=site_id, wanted=1, built=0)
    session.execute(row.on_conflict_do_update(index_elements=["site_id"], set_={"wanted": Projection.wanted + 1}))


def behind(services: Services) -> list[int]:
    """The ids of the sites whose lists and feeds do not show everything published."""
    with services.db.reading() as session:
        return list(session.scalars(select(Projection.site_id).where(Projection.built < Projection.wanted)))


def catch_up(services: Services) -> None:
    """Refresh every site that is behind. A site that can't be built now is logged; the clock tries again."""
    for site_id in behind(services):
        try:
            refresh(services, site_id)
        except Exception:
            # What is published stays so: the lists follow as soon as they can.
            log.exception("site not refreshed", extra={"site": site_id})


@dataclass
class Pace:
    """Lets lists and feeds follow while there is other work: a hundred publications build them a few times, and they
    never take more than a fifth of the time.
    """

    _next: float = field(default_factory=lambda: time.monotonic() + LISTS_SECONDS)

    def catch_up(self, services: Services) -> None:
        """`catch_up`, unless it was done a moment ago."""
        begun = time.monotonic()
        if begun < self._next:
            return
        catch_up(services)
        took = time.monotonic() - begun
        self._next = begun + took + max(LISTS_SECONDS, 4 * took)


def refresh(services: Services, site_id: int, project: Project = pages.project) -> bool:
    """Bring the site's lists, feeds and policy pages up to what is published; returns whether it had to.

    Any number of processes may call it: one builds, and the next finds that it is done. Raises hub.files.BusyError.
    """
    with services.db.reading() as session:
        key = session.get_one(Site, site_id).key
    with lists_locked(services, key):
        with services.db.reading() as session:
            row = session.get(Projection, site_id)
            if row is None or row.built >= row.wanted:
                return False
            pieces = published(session, session.get_one(Site, site_id))
            files = projected(session, site_id, pieces, project)
        _write_lists(services, key, files)
        with services.db.writing() as session:
            note_columns(session, site_id, pieces)
            built = Projection.built < row.wanted
            session.execute(update(Projection).where(Projection.site_id == site_id, built).values(built=row.wanted))
    log.info("site refreshed", extra={"site": site_id, "built": row.wanted})
    return True


def note_columns(session: Session, site_id: int, pieces: Iterable[Published]) -> None:
    """Note on each column when the newest piece that stands in it was published: a correction is nothing new."""
    newest: dict[str, datetime] = {}
    for piece in pieces:
        if piece.item.withdrawn is None:
            newest[piece.item.column] = max(piece.item.published, newest.get(piece.item.column, piece.item.published))
    for column in session.scalars(select(Column).where(Column.site_id == site_id)):
        column.last_published_at = max(filter(None, (newest.get(column.name), newest.get(column.slug))), default=None)


def projected(session: Session, site_id: int, pieces: Iterable[Published], project: Project) -> Iterator[File]:
    """The files around these pieces. All rows are read before the first file is asked for, so that no transaction is
    open while files are written.
    """
    site = session.get_one(Site, site_id)
    items = [p.item for p in pieces]
    columns = session.scalars(select(Column).where(Column.site_id == site_id).order_by(Column.id))
    zone = session.scalars(select(Office.zone).where(Office.site_id == site_id).order_by(Office.id).limit(1)).first()
    return iter(
        project(
            site_info(site),
            [column_info(c) for c in columns],
            items,
            _policies(session, items),
            zone=zone or "Asia/Shanghai",
        )
    )


def published(session: Session, site: Site) -> list[Published]:
    """What has a place on the site, newest first: of each piece the delivery that stands, published last. Where none
    does, the last one withdrawn, and its item says so.
    """
    first = first_site(session)
    here = Office.site_id == site.id
    if first is not None and first.id == site.id:
        here = or_(here, Office.site_id.is_(None))
    rows = session.execute(
        select(Delivery.item, Delivery.artefact, Delivery.state, Delivery.withdrawal_id)
        .join(Account, Account.id == Delivery.account_id)
        .join(Office, Office.id == Account.office_id)
        .where(and_(here, Delivery.state.in_(PLACED), Delivery.item.is_not(None)))
        # The last one of a piece counts: a withdrawal that ends late is none of what was published again meanwhile.
        .order_by(case(PLACED, value=Delivery.state), Delivery.finished_at, Delivery.id)
    )
    latest = {row.item["identity"]: row for row in rows}
    withdrawals = _withdrawals(session) if any(r.state == State.WITHDRAWN for r in latest.values()) else {}
    pieces = []
    for row in latest.values():
        told = withdrawals[row.withdrawal_id] if row.state == State.WITHDRAWN else None
        pieces.append(Published(Item.model_validate({**row.item, "withdrawn": told}), row.artefact))
    return sorted(pieces, key=lambda p: (p.item.published, p.item.identity), reverse=True)


def _withdrawals(session: Session) -> dict[int, Withdrawal]:
    """All of them by id, in one query: few pieces are withdrawn, but a site may hold a hundred thousand."""
    rows = session.execute(
        select(WithdrawalRow, Office)
        .join(Interpretation, Interpretation.id == WithdrawalRow.interpretation_id)
        .join(Office, Office.id == Interpretation.office_id)
    )
    return {row.id: _told(row, office) for row, office in rows}


def _policies(session: Session, items: Sequence[Item]) -> list[PolicyRef]:
    """The policies that pieces on the site name, as recorded now: a policy repealed since reads so everywhere, and one
    that was entered twice reads as the one that stays.
    """
    ids = {p.id for item in items for p in item.policies if p.id is not None}
    rows = {row.id: row for row in session.scalars(select(Policy).order_by(Policy.id))}
    return [_policy(id_, rows.get(row.merged_into_id or 0, row)) for id_, row in rows.items() if id_ in ids]


def _policy(id_: int, row: Policy) -> PolicyRef:
    return PolicyRef(
        title=row.title,
        number=row.number,
        issuer=row.issuer,
        signed=row.signed,
        published=row.published,
        effective=row.effective,
        validity=Validity(row.validity),
        url=row.url,
        id=id_,
    )


def _write_lists(services: Services, key: str, files: Iterable[File]) -> None:
    """Write what changed and remove the lists that this projection made before and no longer makes."""
    root = services.config.site_folder / key
    index = notes(services, key, "json")
    before = set(json.loads(index.read_bytes())) if index.exists() else set()
    made = set()
    for file in files:
        write_changed(below(root, file.path), file.data)
        made.add(file.path)
    # First the union: killed in between, the next run still knows what to remove.
    write_changed(index, as_json(before | made))
    for path in before - made:
        below(root, path).unlink(missing_ok=True)
    write_changed(index, as_json(made))


def first_site(session: Session) -> Site | None:
    """The site of offices that name none."""
    return session.scalars(select(Site).order_by(Site.id).limit(1)).first()


def notes(services: Services, key: str, kind: str) -> Path:
    """Our own notes about a site; outside its folder, which the public reads."""
    return services.config.data / "run" / f"site-{key}.{kind}"


def as_json(paths: set[str]) -> bytes:
    """A list of paths as it is noted."""
    return json.dumps(sorted(paths), ensure_ascii=False).encode()
