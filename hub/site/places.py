"""Which site an office's pieces stand on, who may write it at a time, and our own notes beside it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.files import lock
from hub.models import Office, Site
from hub.services import Services

# A rebuild of a large site may hold the lock for long; a delivery rather comes back later than outlive its lease.
LOCK_WAIT = 10.0


def site_of(session: Session, office: Office) -> Site | None:
    """The office's site, else the installation's first one."""
    return office.site or first_site(session)


def first_site(session: Session) -> Site | None:
    """The site of offices that name none."""
    return session.scalars(select(Site).order_by(Site.id).limit(1)).first()


def locked(services: Services, key: str) -> AbstractContextManager[None]:
    """The lock of the pieces' folders, between processes. Raises hub.files.BusyError after a time."""
    return lock(notes(services, key, "lock"), wait=LOCK_WAIT)


def lists_locked(services: Services, key: str, wait: float = LOCK_WAIT) -> AbstractContextManager[None]:
    """The lock of lists and feeds, apart from the pieces' so that publishing never waits for a list. Whoever takes both
    takes this one first. Raises hub.files.BusyError after `wait` seconds.
    """
    return lock(notes(services, key, "lists"), wait=wait)


def shelves_path(services: Services, key: str) -> Path:
    """Where the site's shelves are kept (`hub.site.store`)."""
    return notes(services, key, "shelves")


def notes(services: Services, key: str, kind: str) -> Path:
    """Our own notes about a site; outside its folder, which the public reads."""
    return services.config.data / "run" / f"site-{key}.{kind}"
