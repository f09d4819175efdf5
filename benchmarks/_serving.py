"""The web servers of `benchmarks.serving`, and the feed: `python -m benchmarks._serving KIND DATA PORT`."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import waitress
from feedgen.feed import FeedGenerator
from flask import Flask, Response

from hub import create_app
from hub.config import Config
from hub.models import Base, Site
from hub.services import Services

BASE = "https://www.jinxi.example/"
PATH = "feed.xml"
ENTRIES = 50
# As long as a short interpretation; the same words packed twice over would flatter the packed figures.
CHARACTERS = 1_000
FIRST = datetime(2026, 11, 1, 1, tzinfo=UTC)


def feed(newest: int = ENTRIES) -> bytes:
    """The RSS document of the entries up to number `newest`, as feedgen's own documentation makes one."""
    made = FeedGenerator()
    made.title("锦溪区人民政府门户网站")
    made.description("政策解读")
    made.link(href=f"{BASE}{PATH}", rel="self")
    made.link(href=BASE, rel="alternate")
    made.lastBuildDate(FIRST + timedelta(hours=newest))
    for number in range(newest, newest - ENTRIES, -1):
        entry = made.add_entry(order="append")
        entry.guid(f"tag:www.jinxi.example,2026-01-01:i{number}", permalink=False)
        entry.title(f"第{number}篇解读")
        entry.link(href=f"{BASE}i/{number}/")
        entry.description(_words(number))
        entry.pubDate(FIRST + timedelta(hours=number))
    data: bytes = made.rss_str()
    return data


def _words(number: int) -> str:
    """Text of this entry's own, in Chinese characters."""
    state, said = number + 1, []
    for _ in range(CHARACTERS):
        state = state * 6364136223846793005 % 2**64
        said.append(chr(0x4E00 + (state >> 40) % 3000))
    return "".join(said)


def installed(data: Path) -> Services:
    """An installation with a site of one feed."""
    services = Services(Config(data=data))
    Base.metadata.create_all(services.db.engine)
    with services.db.writing() as session:
        session.add(
            Site(
                key="main",
                name="锦溪",
                domain="www.jinxi.example",
                id_code="0000000000",
                base_url=BASE,
                tag_date=date(2026, 1, 1),
            )
        )
    return services


def generating() -> Flask:
    """What the feed costs where it is made for whoever asks."""
    app = Flask(__name__)
    app.add_url_rule(f"/{PATH}", "feed", lambda: Response(feed(), mimetype="application/rss+xml"))
    return app


def main(kind: str, data: Path, port: int) -> int:
    """Serve until the process is ended."""
    app = generating() if kind == "feedgen" else create_app(Services(Config(data=data)))
    waitress.serve(app, host="127.0.0.1", port=port, threads=4, ident=None)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
