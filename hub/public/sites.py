"""Which site a request is for, kept in memory and on the disk: pages are files, and stay when the database is away."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import ScalarSelect, select
from sqlalchemy.exc import SQLAlchemyError

from hub.files import write_changed
from hub.models import Office, Site
from hub.services import Services

log = logging.getLogger("yigao.web")

# So long a new site, or another domain, may take to be served.
FRESH_SECONDS = 10.0
NOTE = "sites.json"


class Known(NamedTuple):
    """A site's folder, host name, address and the zone of its dates; the first of them is for hosts that none names."""

    key: str
    domain: str
    base: str
    zone: str


class Sites:
    """The sites there are. The first question is answered from the database, else from the note of the last time; after
    a while the answer is brought up to date beside the requests, so that none waits for a database.
    """

    def __init__(self, services: Services, clock: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._clock = clock
        self._note = services.config.data / "run" / NOTE
        self._known: tuple[Known, ...] | None = None
        self._read_at = 0.0
        self._reading = threading.Lock()
        self._beside: threading.Thread | None = None

    def root(self, host: str) -> Path | None:
        """The folder of the site that `host` (a port may follow) names, else of the first; None while there is none."""
        here = next(iter(self.around(host)), None)
        return self.folder(here) if here else None

    def around(self, host: str) -> list[Known]:
        """Every site, the one that `host` names (else the first) before the others."""
        known = self._present()
        name = host.rsplit(":", 1)[0].lower()
        here = next((site for site in known if site.domain == name), None)
        return [here, *(site for site in known if site != here)] if here else list(known)

    def folder(self, site: Known) -> Path:
        """Where the site's files lie."""
        return self._services.config.site_folder / site.key

    def read(self) -> None:
        """Ask the database, and note the answer; while it is away what is known stays."""
        with self._reading:
            self._read_at = self._clock()
            try:
                with self._services.db.reading() as session:
                    rows = session.execute(
                        select(Site.key, Site.domain, Site.base_url, _zone()).order_by(Site.id)
                    ).all()
            except SQLAlchemyError:
                log.warning("sites unread, the last known are served", exc_info=True)
                if self._known is None:
                    self._known = _noted(self._note)
                return
            self._known = tuple(
                Known(key, domain.lower(), base, zone or "Asia/Shanghai") for key, domain, base, zone in rows
            )
            write_changed(self._note, json.dumps(self._known).encode())

    def wait(self) -> None:
        """Until a reading that is under way has ended."""
        if self._beside is not None:
            self._beside.join()

    def _present(self) -> tuple[Known, ...]:
        if not self._known:
            self.read()
        elif self._clock() - self._read_at > FRESH_SECONDS and not self._reading.locked():
            self._beside = threading.Thread(target=self.read, name="sites", daemon=True)
            self._beside.start()
        return self._known or ()


def _zone() -> ScalarSelect[str]:
    """The zone of the site's dates, as its pages show them."""
    offices = select(Office.zone).where(Office.site_id == Site.id)
    return offices.order_by(Office.id).limit(1).scalar_subquery()


def _noted(path: Path) -> tuple[Known, ...]:
    try:
        return tuple(Known(*pair) for pair in json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return ()
