"""From rows to the frozen manuscript that channels are given."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from channels.manuscript import (
    ColumnInfo,
    Content,
    Correction,
    Imprint,
    Manuscript,
    PolicyRef,
    SiteInfo,
    Validity,
    Withdrawal,
)
from hub.artefacts import ArtefactStore
from hub.domain.states import State
from hub.models import Column, Delivery, FormerPhone, Interpreter, Office, Policy, Revision, Site
from hub.models import Correction as CorrectionRow
from hub.models import Withdrawal as WithdrawalRow


def content_of(revision: Revision, store: ArtefactStore) -> Content:
    """The revision's content with the image bytes back in it."""
    content = Content.model_validate(revision.content)
    images = tuple(i.model_copy(update={"data": store.get(i.sha256)}) for i in content.images)
    return content.model_copy(update={"images": images}) if images else content


def is_unaltered(revision: Revision) -> bool:
    """Whether the stored text is the one that its hash, and with it every signature, is of."""
    return Content.model_validate(revision.content).content_hash == revision.content_hash


def office_imprint(
    session: Session,
    office: Office,
    content: Content,
    *,
    interpretation_id: int | None = None,
    published: datetime | None = None,
    upto: int | None = None,
    correction: Correction | None = None,
) -> Imprint:
    """The imprint of a piece of this office; for a draft that isn't saved yet `interpretation_id` is None. It tells of
    the corrections up to revision number `upto` (None: all), and of `correction`, one about to be recorded.
    """
    site = office.site or session.scalars(select(Site).order_by(Site.id)).first()
    return Imprint(
        id=interpretation_id,
        office=office.name,
        zone=office.zone,
        published=published,
        site=site_info(site) if site else SiteInfo(),
        column=_column_info(session, site, content.column),
        corrections=(*_corrections(session, interpretation_id, upto), *((correction,) if correction else ())),
        withdrawals=_withdrawals(session, office, interpretation_id),
    )


def _corrections(session: Session, interpretation_id: int | None, upto: int | None) -> tuple[Correction, ...]:
    """What the public was told, or is about to be: a correction called off everywhere is left out."""
    told = exists().where(Delivery.correction_id == CorrectionRow.id, Delivery.state != State.CANCELLED)
    query = select(CorrectionRow).where(CorrectionRow.interpretation_id == interpretation_id, told)
    if upto is not None:
        query = query.join(Revision, Revision.id == CorrectionRow.revision_id).where(Revision.number <= upto)
    rows = session.scalars(query.order_by(CorrectionRow.number))
    return tuple(correction_info(row) for row in rows)


def correction_info(row: CorrectionRow) -> Correction:
    """The correction as channels are told it."""
    return Correction(at=row.at, reason=row.reason, number=row.number)


def _withdrawals(session: Session, office: Office, interpretation_id: int | None) -> tuple[Withdrawal, ...]:
    """The withdrawals that took down something the public had seen."""
    seen = exists().where(
        Delivery.withdrawal_id == WithdrawalRow.id, Delivery.state.in_((State.WITHDRAWING, State.WITHDRAWN))
    )
    rows = session.scalars(
        select(WithdrawalRow)
        .where(WithdrawalRow.interpretation_id == interpretation_id, seen)
        .order_by(WithdrawalRow.id)
    )
    return tuple(Withdrawal(at=r.at, reason=r.reason, office=office.name, zone=office.zone) for r in rows)


def site_info(site: Site) -> SiteInfo:
    """The site as channels are told it."""
    return SiteInfo(
        name=site.name,
        domain=site.domain,
        id_code=site.id_code,
        base_url=site.base_url,
        tag_date=site.tag_date,
        language=site.language,
        contact=site.contact,
        icp=site.icp,
        police=site.police,
        find_errors=site.find_errors,
    )


def policy_info(row: Policy) -> PolicyRef:
    """The recorded policy as channels are told it, without its number in the database: what is signed has none."""
    return PolicyRef(
        title=row.title,
        number=row.number,
        issuer=row.issuer,
        signed=row.signed,
        published=row.published,
        effective=row.effective,
        validity=Validity(row.validity),
        url=row.url,
    )


def column_info(column: Column) -> ColumnInfo:
    """The column as channels are told it."""
    return ColumnInfo(
        name=column.name,
        slug=column.slug,
        description=column.description,
        keywords=column.keywords,
        type=column.type,
    )


def _column_info(session: Session, site: Site | None, name: str) -> ColumnInfo:
    """The column named in the draft, else the site's first one."""
    if site is None:
        return ColumnInfo()
    columns = session.scalars(select(Column).where(Column.site_id == site.id).order_by(Column.id)).all()
    chosen = next((c for c in columns if c.name == name), columns[0] if columns else None)
    return column_info(chosen) if chosen else ColumnInfo()


def with_present_facts(session: Session, content: Content) -> Content:
    """The content with the facts of its records as they are now, where they changed after it was written: a former
    phone of an interpreter, a policy's validity, a policy entered twice. What reviews signed stays what it was: these
    are no editor's words. See docs/decisions/0020-facts-of-records.md.
    """
    people = _present_phones(session, content)
    policies = _present_policies(session, [p.id for p in content.policies if p.id is not None])
    if not people and not policies:
        return content
    return content.model_copy(
        update={
            "interpreters": tuple(
                i.model_copy(update={"phone": people.get((i.id or (i.name, i.office), i.phone), i.phone)})
                for i in content.interpreters
            ),
            "policies": tuple(_present(p, policies.get(p.id)) for p in content.policies),
        }
    )


def _present_phones(session: Session, content: Content) -> dict[tuple[Any, str], str]:
    """By interpreter and former number, the present one. A draft that isn't saved knows them by name and office."""
    if not content.interpreters:
        return {}
    ids = [i.id for i in content.interpreters if i.id is not None]
    names = [i.name for i in content.interpreters if i.id is None]
    columns: tuple[Any, ...] = (Interpreter.id, Interpreter.name, Interpreter.office_name)
    rows = session.execute(
        select(*columns, Interpreter.phone, FormerPhone.phone.label("former"))
        .join(FormerPhone, FormerPhone.interpreter_id == Interpreter.id)
        .where(or_(Interpreter.id.in_(ids), Interpreter.name.in_(names)))
    )
    present: dict[tuple[Any, str], str] = {}
    for row in rows.all():
        if row.former != row.phone:
            present[row.id, row.former] = present[(row.name, row.office_name), row.former] = row.phone
    return present


def _present_policies(session: Session, ids: list[int]) -> dict[int | None, Policy]:
    """By the id that was written, the policy's row, or that of the one it was merged into."""
    if not ids:
        return {}
    rows = {row.id: row for row in session.scalars(select(Policy).where(Policy.id.in_(ids)))}
    into = [row.merged_into_id for row in rows.values() if row.merged_into_id is not None]
    known = {row.id: row for row in session.scalars(select(Policy).where(Policy.id.in_(into)))} if into else {}
    return {id_: known.get(row.merged_into_id or 0, row) for id_, row in rows.items()}


def _present(ref: PolicyRef, row: Policy | None) -> PolicyRef:
    if row is None:
        return ref
    validity = Validity(row.validity)
    if row.id == ref.id:
        return ref if validity is ref.validity else ref.model_copy(update={"validity": validity})
    facts = {
        n: v for n in ("title", "number", "issuer", "signed", "published", "effective", "url") if (v := getattr(row, n))
    }
    return ref.model_copy(update={**facts, "validity": validity, "id": row.id})


def manuscript_of(
    session: Session,
    revision: Revision,
    store: ArtefactStore,
    published: datetime | None = None,
    *,
    correction: Correction | None = None,
) -> Manuscript:
    """The manuscript of a saved revision, the one argument of every check and render. A publication time once set on
    the interpretation wins over `published`. `correction` is one about to be recorded.
    """
    content = with_present_facts(session, content_of(revision, store))
    piece = revision.interpretation
    imprint = office_imprint(
        session,
        piece.office,
        content,
        interpretation_id=piece.id,
        published=piece.published_at or published,
        upto=revision.number,
        correction=correction,
    )
    return Manuscript(content=content, imprint=imprint)
