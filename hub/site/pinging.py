"""Telling the WebSub hub of changed feeds (WebSub, 7: one POST, `hub.url` repeated): by the clock, never by a delivery.

What is to be told stands with the shelves, and goes when the hub has taken it. A hub that does not answer is asked
again a few times, ever more seldom, then let be: readers that ask for themselves miss nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from channels.site import paths
from hub.domain.refusals import Refusal
from hub.fetching import Fetcher
from hub.manuscripts import site_info
from hub.models import Site
from hub.services import Services
from hub.site.facts import fingerprint
from hub.site.places import shelves_path
from hub.site.store import Store

log = logging.getLogger("yigao.site")

# After the first try, the second, …; after the last one it is given up.
PAUSES = tuple(timedelta(seconds=s) for s in (10, 60, 600, 3600))
# Feeds in one POST: hubs take some 100 kB.
MOST = 500
SECONDS = 5.0
AGENT = {"User-Agent": "Yigao"}


class _State(NamedTuple):
    """How often the hub did not take it, and when it is asked next (ISO 8601)."""

    tries: int = 0
    next: str = ""


def ping_all(services: Services, now: datetime) -> None:
    """Tell the hub, if one is set, what is to be told of every site."""
    if not services.config.websub_hub:
        return
    with services.db.reading() as session:
        sites = session.scalars(select(Site).order_by(Site.id)).all()
    for site in sites:
        ping(services, site, now)


def ping(services: Services, site: Site, now: datetime) -> bool:
    """Tell the hub of the site's changed feeds, unless it is too early; returns whether it took them."""
    with Store.opened(shelves_path(services, site.key), fingerprint()) as store:
        if store is None:
            return False
        rows = store.execute("SELECT max(id), path FROM news GROUP BY path ORDER BY 1 LIMIT ?", (MOST,)).fetchall()
        state = _State(*json.loads(store.meta("ping") or "[]"))
        if not rows or (state.next and now < datetime.fromisoformat(state.next)):
            return False
        info = site_info(site)
        taken = _tell(services, [paths.address(info, path) for _, path in rows])
        if taken or state.tries >= len(PAUSES):
            if not taken:
                log.warning("the hub was not told", extra={"site": site.id, "feeds": len(rows)})
            _done(store, rows)
        else:
            later = now + PAUSES[state.tries]
            with store.writing():
                store.note("ping", json.dumps(_State(state.tries + 1, later.isoformat())))
        return taken


def _done(store: Store, rows: Sequence[tuple[int, str]]) -> None:
    """What changed again meanwhile has a later number, and stays."""
    with store.writing():
        store.many("DELETE FROM news WHERE path = ? AND id <= ?", [(path, id_) for id_, path in rows])
        store.note("ping", json.dumps(_State()))


def _tell(services: Services, topics: Sequence[str]) -> bool:
    fetcher = Fetcher(internal=services.config.named_hosts, seconds=SECONDS)
    try:
        answer = fetcher.post(services.config.websub_hub, {"hub.mode": "publish", "hub.url": topics}, AGENT)
    except Refusal as refusal:
        log.info("the hub does not answer", extra={"code": refusal.code})
        return False
    if not 200 <= answer.status < 300:
        log.info("the hub refused", extra={"status": answer.status})
    return 200 <= answer.status < 300
