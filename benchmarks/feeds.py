"""What one publication costs a site of many pieces: the shelves' feeds and lists brought up, against feedgen making the
same feeds anew in the same run; and making the whole site's lists and feeds from nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert, select

from benchmarks._empty import ROOT, installed
from channels.items import Item
from channels.manuscript import Form, InterpreterRef, PolicyRef
from channels.site.feed_info import FeedInfo
from channels.site.feeds import ENTRIES, rss
from hub.domain.states import State
from hub.manuscripts import site_info
from hub.models import Account, Area, Delivery, Interpretation, Policy, Revision, Site
from hub.services import Services
from hub.site import refresh, refreshing, want
from hub.site.writing import Writer

SIZES = tuple(int(n) for n in os.environ.get("FEEDS_SIZES", "100,10000,100000").split(","))
UPDATES = 7
PIECES_A_POLICY = 40
BEGUN = datetime(2026, 1, 1, 1, 0, tzinfo=UTC)
BODY = "<p>" + "居民用水分三档计价，第一档每月不超过十八立方米。" * 28 + "</p>"


def run() -> list[dict[str, Any]]:
    """For each size, in a process of its own whose memory is told: an update, and everything from nothing."""
    rows: list[dict[str, Any]] = []
    for size in SIZES:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.feeds", str(size)], cwd=ROOT, check=True, stdout=subprocess.PIPE
        )
        rows += json.loads(done.stdout)
    return rows


def _measured(size: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="yigao-bench-") as folder:
        services, revision_id, [account_id] = installed(Path(folder), 1)
        _fill(services, size, revision_id, account_id)
        begun = time.perf_counter()
        refresh(services, 1)
        seconds = time.perf_counter() - begun
        # Linux tells it in kilobytes.
        peak = _peak()
        feeds, whole = _updated(services, size, revision_id, account_id)
        anew = _anew(services)
        files = sum(1 for _ in services.outlet("main").paths())
        services.db.close()
    said = {"unit": "ms", "against": "feedgen makes the same feeds anew"}
    return [
        {"name": f"feeds updated, {size} pieces", "value": round(feeds, 1), **said, "ratio": round(anew / feeds, 1)},
        {"name": f"feeds and lists, {size} pieces", "value": round(whole, 1), **said, "ratio": round(anew / whole, 1)},
        {
            "name": f"from nothing, {size} pieces, {peak} MB",
            "value": round(files / seconds, 1),
            "unit": "files/s",
            "against": "seconds in all",
            "ratio": round(seconds, 1),
        },
    ]


def _peak() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _fill(services: Services, size: int, revision_id: int, account_id: int) -> None:
    with services.db.writing() as session:
        area = session.get_one(Area, 1)
        area.parent_id = _insert(session, Area, [{"name": "锦溪市", "level": "city"}])
        policies = range(1, size // PIECES_A_POLICY + 2)
        session.execute(
            insert(Policy),
            [{"id": n, "office_id": 1, "title": f"办法{n}", "subject": "elderly-care"} for n in policies],
        )
        session.get_one(Account, account_id).channel = "website"
    for first in range(2, size + 2, 5_000):
        _publish(services, range(first, min(first + 5_000, size + 2)), revision_id, account_id)
    with services.db.writing() as session:
        want(session, 1)


def _insert(session: Any, table: Any, rows: list[dict[str, Any]]) -> int:
    session.execute(insert(table), rows)
    return int(session.scalar(select(table.id).order_by(table.id.desc()).limit(1)))


def _publish(services: Services, numbers: range, revision_id: int, account_id: int) -> None:
    """The rows of pieces that were published one a minute."""
    pieces, deliveries = [], []
    for number in numbers:
        at = BEGUN + timedelta(minutes=number)
        pieces.append({"id": number, "office_id": 1, "title": f"水价怎么算（{number}）", "form": "text", "version": 1,
                       "created_at": at, "updated_at": at, "standing": "signed"})  # fmt: skip
        deliveries.append({"interpretation_id": number, "revision_id": revision_id, "account_id": account_id,
                           "channel": "website", "state": State.PUBLISHED, "due_at": at, "key": f"k{number}",
                           "proof": "读回", "item": _item(number).model_dump(mode="json"), "created_at": at,
                           "finished_at": at, "artefact": "0" * 64})  # fmt: skip
    with services.db.writing() as session:
        session.execute(insert(Interpretation), pieces)
        session.execute(insert(Delivery), deliveries)


def _item(number: int) -> Item:
    at = BEGUN + timedelta(minutes=number)
    policy = PolicyRef(title=f"办法{number // PIECES_A_POLICY + 1}", id=number // PIECES_A_POLICY + 1)
    return Item(
        identity=f"i{number}",
        place=f"i/{number}/",
        title=f"水价怎么算（{number}）",
        summary="居民用水分三档计价。",
        html=BODY,
        published=at,
        updated=at,
        author="锦溪区发展和改革局",
        form=list(Form)[number % 9],
        column="政策解读",
        policies=(policy,),
        interpreters=(InterpreterRef(name="水长清", office=f"第{number % 30}科"),),
    )


def _updated(services: Services, size: int, revision_id: int, account_id: int) -> tuple[float, float]:
    """Milliseconds of a refresh after one publication: until the feeds are made, and in all. The median of some."""
    feeds: list[float] = []
    whole: list[float] = []
    made = Writer._feeds

    def timed(self: Writer, shelf: Any) -> None:
        begun = time.perf_counter()
        made(self, shelf)
        feeds[-1] += (time.perf_counter() - begun) * 1000

    Writer._feeds = timed  # type: ignore[method-assign]
    for number in range(size + 10, size + 10 + UPDATES):
        _publish(services, range(number, number + 1), revision_id, account_id)
        with services.db.writing() as session:
            want(session, 1, [number])
        feeds.append(0.0)
        begun = time.perf_counter()
        refreshing.catch_up(services, large=False)
        whole.append((time.perf_counter() - begun) * 1000)
    Writer._feeds = made  # type: ignore[method-assign]
    return median(feeds), median(whole)


def _anew(services: Services) -> float:
    """Milliseconds of feedgen for the feeds of the eight shelves that a publication touches: one call makes the entries
    of all variants.
    """
    with services.db.reading() as session:
        site = site_info(session.get_one(Site, 1))
        assert session.scalar(select(Revision.id).limit(1))
    items = [_item(number) for number in range(1, ENTRIES + 1)]
    feed = FeedInfo(site, "水价", "水价", "feed", "")
    begun = time.perf_counter()
    rss(feed, items)
    return (time.perf_counter() - begun) * 1000 * 8


if __name__ == "__main__":
    print(json.dumps(_measured(int(sys.argv[1]))))
