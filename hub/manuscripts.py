"""From rows to the frozen manuscript that channels are given."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.manuscript import ColumnInfo, Content, Imprint, Manuscript, SiteInfo
from hub.artefacts import ArtefactStore
from hub.models import Column, Interpretation, Office, Revision, Site


def content_of(revision: Revision, store: ArtefactStore) -> Content:
    """The revision's content with the image bytes back in it."""
    content = Content.model_validate(revision.content)
    images = tuple(i.model_copy(update={"data": store.get(i.sha256)}) for i in content.images)
    return content.model_copy(update={"images": images}) if images else content


def imprint_of(
    session: Session, interpretation: Interpretation, content: Content, published: datetime | None = None
) -> Imprint:
    """Where the piece stands. A publication time once set on the interpretation wins over `published`."""
    return office_imprint(
        session,
        interpretation.office,
        content,
        interpretation_id=interpretation.id,
        published=interpretation.published_at or published,
    )


def office_imprint(
    session: Session,
    office: Office,
    content: Content,
    *,
    interpretation_id: int | None = None,
    published: datetime | None = None,
) -> Imprint:
    """The imprint of a piece of this office; for a draft that isn't saved yet `interpretation_id` is None."""
    site = office.site or session.scalars(select(Site).order_by(Site.id)).first()
    return Imprint(
        id=interpretation_id,
        office=office.name,
        zone=office.zone,
        published=published,
        site=site_info(site) if site else SiteInfo(),
        column=_column_info(session, site, content.column),
    )


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


def manuscript_of(
    session: Session, revision: Revision, store: ArtefactStore, published: datetime | None = None
) -> Manuscript:
    """The manuscript of a saved revision, the one argument of every check and render."""
    content = content_of(revision, store)
    return Manuscript(content=content, imprint=imprint_of(session, revision.interpretation, content, published))
