"""A piece's own folder on the site: written, read back, or replaced by the notice of its withdrawal."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import Artefact, Permanent, Receipt, Retryable
from channels.items import Item
from channels.manuscript import ColumnInfo, Withdrawal
from channels.site.notice import notice
from channels.words import Words
from hub.manuscripts import column_info, site_info
from hub.models import Column, Interpretation, Office, Site
from hub.models import Withdrawal as WithdrawalRow
from hub.outlets import Outlet, Writing
from hub.services import Services


def place(services: Services, site: Site, item: Item, artefact: Artefact) -> Receipt:
    """Write the piece's files into its folder and read them back, byte for byte: that is the receipt. The entry page
    comes last, files of an older revision go. The caller holds the site's lock.

    Raises Permanent when the folder may not be written, Retryable when the disk refuses or reads back otherwise.
    """
    return _written(services.outlet(site.key), site, item, artefact)


def find(services: Services, site: Site, item: Item, artefact: Artefact) -> Receipt | None:
    """The receipt of a piece whose files are in their place, every one byte for byte; else None. The caller holds the
    site's lock: whoever writes the piece has it.
    """
    try:
        if _differing(services.outlet(site.key), item, artefact):
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
    return _written(services.outlet(site.key), site, item, artefact)


def withdrawal_of(session: Session, withdrawal_id: int) -> Withdrawal:
    """The stored withdrawal as channels are told it: by the piece's office, in its zone."""
    row = session.get_one(WithdrawalRow, withdrawal_id)
    return told(row, session.get_one(Interpretation, row.interpretation_id).office)


def told(row: WithdrawalRow, office: Office) -> Withdrawal:
    """The withdrawal as channels are told it; `office` is that of its piece."""
    return Withdrawal(at=row.at, reason=row.reason, office=office.name, zone=office.zone)


def notice_page(site: Site, columns: Sequence[Column], item: Item) -> Artefact:
    """The notice that stands in the piece's place, on one of its site's columns."""
    named = next((c for c in columns if item.column in (c.name, c.slug)), columns[0] if columns else None)
    return notice(site_info(site), column_info(named) if named else ColumnInfo(name=item.column), item)


def write_piece(writing: Writing, place: str, artefact: Artefact, there: Sequence[str] = ()) -> None:
    """Write the piece's files, the entry page last; of what was `there` in its folder, the rest goes."""
    kept = {place + file.path for file in artefact.files}
    for file in sorted(artefact.files, key=lambda f: f.path == artefact.entry):
        writing.write(place + file.path, file.data, file.media_type)
    for path in sorted(set(there) - kept):
        writing.remove(path)


def _written(outlet: Outlet, site: Site, item: Item, artefact: Artefact) -> Receipt:
    try:
        with outlet.batch() as batch:
            write_piece(batch, item.place, artefact, list(outlet.paths(item.place)))
        wrong = _differing(outlet, item, artefact)
    except PermissionError as error:
        where = error.filename or item.place
        words = Words(f"站点不可写：{where}。", f"The site can't be written: {where}.")
        raise Permanent("DLV-311", words) from error
    except OSError as error:
        words = Words(f"写入站点失败：{error.strerror}。", f"Writing to the site failed: {error.strerror}.")
        raise Retryable("DLV-312", words) from error
    if wrong:
        raise Retryable("DLV-313", Words("写入后读回的内容不一致。", "What was read back is not what was written."))
    return _receipt(site, item, artefact)


def _differing(outlet: Outlet, item: Item, artefact: Artefact) -> list[str]:
    return [file.path for file in artefact.files if outlet.read(item.place + file.path) != file.data]


def _receipt(site: Site, item: Item, artefact: Artefact) -> Receipt:
    proof = f"{item.place}: 读回 {len(artefact.files)} 个文件 files read back, sha256 {artefact.sha256}"
    return Receipt(url=site.base_url + item.place, proof=proof)
