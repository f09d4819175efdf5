"""What a site's pages show that comes from no piece: read from the tables, and kept with the shelves."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

import channels.items
import channels.site
from channels.manuscript import ColumnInfo, SiteInfo
from channels.site.recorded import RecordedPolicy, Related
from channels.site.shelves import AreaName, Directory
from channels.templating import TEMPLATES
from hub.domain.catalogue import catalogue
from hub.manuscripts import column_info, policy_info, site_info
from hub.models import Area, Column, Office, Policy, Site, SubjectName


def read_directory(session: Session, site: Site, hub: str = "") -> Directory:
    """The directory as the tables have it now; zone and names of fields are those of the site's first office."""
    columns = session.scalars(select(Column).where(Column.site_id == site.id).order_by(Column.id))
    office = session.scalars(select(Office).where(Office.site_id == site.id).order_by(Office.id).limit(1)).first()
    areas = session.execute(select(Area.id, Area.name, Area.parent_id).order_by(Area.id))
    return Directory(
        site=site_info(site),
        columns=tuple(column_info(c) for c in columns),
        zone=office.zone if office else "Asia/Shanghai",
        areas={str(id_): AreaName(name, str(parent or "")) for id_, name, parent in areas},
        fields=_fields(session, office),
        hub=hub,
    )


def _fields(session: Session, office: Office | None) -> dict[str, str]:
    own: dict[str, str] = {}
    if office is not None:
        rows = session.execute(select(SubjectName.key, SubjectName.name).where(SubjectName.office_id == office.id))
        own = {row.key: row.name for row in rows}
    return {key: own.get(key, name) for key, name in catalogue().fields.items()}


def directory_text(directory: Directory) -> str:
    """The directory as text, the same for the same."""
    plain: dict[str, Any] = {
        "site": directory.site.model_dump(mode="json"),
        "columns": [c.model_dump(mode="json") for c in directory.columns],
        "zone": directory.zone,
        "areas": directory.areas,
        "fields": directory.fields,
        "hub": directory.hub,
    }
    return json.dumps(plain, ensure_ascii=False)


def directory_of(text: str) -> Directory:
    """The directory of its text."""
    plain = json.loads(text)
    return Directory(
        site=SiteInfo.model_validate(plain["site"]),
        columns=tuple(ColumnInfo.model_validate(c) for c in plain["columns"]),
        zone=plain["zone"],
        areas={key: AreaName(*area) for key, area in plain["areas"].items()},
        fields=plain["fields"],
        hub=plain["hub"],
    )


def policies_of(session: Session, ids: Collection[int]) -> dict[int, tuple[RecordedPolicy, str]]:
    """These policies, as recorded now, each with the key of its field: a policy repealed since reads so everywhere, and
    one that was entered twice reads as the one that stays.
    """
    rows: dict[int, Policy] = {}
    wanted = sorted(ids)
    for first in range(0, len(wanted), 500):
        some = session.scalars(select(Policy).where(Policy.id.in_(wanted[first : first + 500])))
        rows |= {row.id: row for row in some}
    into = {row.merged_into_id for row in rows.values() if row.merged_into_id is not None}
    known = {row.id: row for row in session.scalars(select(Policy).where(Policy.id.in_(into)))} if into else {}
    stays = {id_: known.get(row.merged_into_id or 0, row) for id_, row in rows.items()}
    related = _related(session, {row.id: row for row in stays.values()})
    return {id_: (_policy(id_, row, *related[row.id]), row.subject) for id_, row in stays.items()}


def _related(session: Session, rows: Mapping[int, Policy]) -> dict[int, tuple[list[Related], list[Related]]]:
    """By id, what took the place of each, and what it took the place of."""
    after = {row.replaced_by_id for row in rows.values() if row.replaced_by_id is not None}
    others: dict[int, Policy] = {}
    wanted = sorted({*rows, *after})
    for first in range(0, len(wanted), 500):
        some = wanted[first : first + 500]
        found = session.scalars(select(Policy).where(or_(Policy.id.in_(some), Policy.replaced_by_id.in_(some))))
        others |= {row.id: row for row in found}
    before: dict[int, list[Related]] = defaultdict(list)
    for id_ in sorted(others):
        before[others[id_].replaced_by_id or 0].append(_cited(others[id_]))
    return {
        id_: ([_cited(others[row.replaced_by_id])] if row.replaced_by_id in others else [], before[id_])
        for id_, row in rows.items()
    }


def _cited(row: Policy) -> Related:
    return Related(id=row.id, title=row.title, number=row.number, url=row.url)


def _policy(id_: int, row: Policy, replaced_by: list[Related], replaces: list[Related]) -> RecordedPolicy:
    told = {**dict(policy_info(row)), "id": id_}
    return RecordedPolicy(**told, replaced_by=tuple(replaced_by), replaces=tuple(replaces))


@cache
def fingerprint() -> str:
    """Of the program that makes the files: another version's shelves are made anew, and so is what they show."""
    code = Path(next(iter(channels.site.__path__)))
    ours = Path(__file__).parent
    sources = [*code.glob("*.py"), *ours.glob("*.py"), Path(channels.items.__file__), *(TEMPLATES / "site").glob("*.*")]
    digest = hashlib.sha256()
    for path in sorted(sources, key=lambda p: (p.parent.name, p.name)):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
