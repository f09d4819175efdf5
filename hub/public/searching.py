"""The search page, answered: without a script, from the index beside the site."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Flask, Request, Response, abort, request

from channels.site import paths
from channels.site.searching import Asked, search_page
from hub.finding import Answer, Following, Hit, Index, Missing
from hub.finding.excerpts import excerpt, marked
from hub.finding.following import VERSION, facts_of
from hub.finding.index import MOST_COUNTED, PER_PAGE
from hub.finding.words import LONGEST, needles
from hub.public.files import Found, find, missing, served
from hub.public.headers import dress
from hub.public.sites import Sites
from hub.services import Services

# Nobody turns further, and every page is counted from the first hit.
MOST_PAGES = 100


class Pages(NamedTuple):
    """The page of an answer, and the addresses of its neighbours."""

    number: int
    total: int
    newer: str
    older: str


def register(app: Flask, services: Services, sites: Sites) -> None:
    """Answer where the site's own search page stands. Asked for nothing, that page is given as it is."""
    following = app.extensions["yigao-search"] = Following(services)

    @app.get(f"/{paths.SEARCH.rstrip('/')}")
    def search_turned() -> Response:
        """To the page's own address; relative, so that it holds behind a proxy that adds a prefix."""
        typed = request.query_string.decode("utf-8", "replace")
        return dress(Response(status=301, headers={"Location": f"{paths.SEARCH}{typed and '?' + typed}"}), paths.SEARCH)

    @app.get(f"/{paths.SEARCH}")
    @app.get(f"/{paths.index(paths.SEARCH)}")
    def search() -> Response:
        root = sites.root(request.host)
        if root is None:
            return abort(404)
        key = root.name
        if request.args.get("q", "").strip():
            following.follow(key)
            try:
                with Index.reading(following.path(key), VERSION) as index:
                    return _answered(index, _asked(request), _number(request))
            except Missing:
                # Not made yet: the page's own script looks through what lies beside it.
                pass
        found = find(root, paths.SEARCH)
        if isinstance(found, Found):
            return served(found, request)
        return missing(root, "404.html", 404, request) or abort(404)


def _answered(index: Index, asked: Asked, number: int) -> Response:
    answer = index.find(asked, number)
    directory = facts_of(index)
    total = min(MOST_PAGES, max(1, -(-answer.total // PER_PAGE)))
    pages = Pages(
        number,
        total,
        _address(asked, number - 1) if number > 1 else "",
        _address(asked, number + 1) if number < total else "",
    )
    body = search_page(directory.site, directory.columns, asked, _shown(answer, asked, pages))
    made = dress(Response(body), paths.index(paths.SEARCH))
    # What is looked for is nobody's business but the reader's.
    made.headers["Cache-Control"] = "no-store"
    made.headers["X-Robots-Tag"] = "noindex"
    return made


def _shown(answer: Answer, asked: Asked, pages: Pages) -> dict[str, Any]:
    words = needles(asked.query)
    return {
        "total": answer.total,
        "more": answer.total >= MOST_COUNTED,
        "pages": pages,
        "hits": [_hit(hit, words) for hit in answer.hits],
    }


def _hit(hit: Hit, words: list[str]) -> dict[str, Any]:
    return {
        "place": hit.place,
        "title": marked(hit.title, words),
        "excerpt": excerpt(hit.text, words),
        "day": hit.day,
        "form": hit.form,
        "column": "" if hit.section == hit.form else hit.section,
        "author": hit.author,
    }


def _asked(asked: Request) -> Asked:
    return Asked(
        query=" ".join(asked.args.get("q", "")[:LONGEST].split()),
        column=asked.args.get("column", "").strip()[:LONGEST],
        since=_day(asked.args.get("since", "")),
        until=_day(asked.args.get("until", "")),
    )


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        return ""


def _number(asked: Request) -> int:
    return min(MOST_PAGES, max(1, asked.args.get("page", 1, type=int)))


def _address(asked: Asked, number: int) -> str:
    told = {"q": asked.query, "column": asked.column, "since": asked.since, "until": asked.until, "page": str(number)}
    return "?" + urlencode({name: value for name, value in told.items() if value})
