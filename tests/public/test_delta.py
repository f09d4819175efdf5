"""Only what is new in a feed (RFC 3229), for readers' programs that ask for it."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import feedparser
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.outlets import Folder
from tests.public.site import ENTRIES, JSON_FEED, WORDS, atom, rss

NEW = ((7, f"{WORDS}7"), (6, f"{WORDS}6"), *ENTRIES[:-2])
CORRECTED = tuple((n, "更正后的说明" if n == 3 else words) for n, words in ENTRIES)
Ask = Callable[..., TestResponse]


@pytest.fixture(params=["feed.xml", "atom.xml"])
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def ask(client: FlaskClient, path: str) -> Ask:
    def asked(tag: str = "", manipulations: str = "feed", **more: str) -> TestResponse:
        headers = {"A-IM": manipulations, "If-None-Match": tag, **{k.replace("_", "-"): v for k, v in more.items()}}
        return client.get(f"/{path}", headers={name: value for name, value in headers.items() if value})

    return asked


@pytest.fixture
def publish(folder: Folder, path: str) -> Callable[..., None]:
    make = rss if path == "feed.xml" else atom
    return lambda *entries: folder.write(path, make(*entries), "") or None


def _titles(data: bytes) -> list[str]:
    feed = feedparser.parse(data)
    assert not feed.bozo, feed.bozo_exception
    assert feed.feed.title == "锦溪区"
    return [entry.title for entry in feed.entries]


def test_who_comes_first_is_sent_the_whole(ask: Ask) -> None:
    answer = ask()
    assert answer.status_code == 200
    assert len(_titles(answer.data)) == 5
    assert "IM" not in answer.headers
    assert {"A-IM", "If-None-Match", "Accept-Encoding"} <= set(answer.headers["Vary"].split(", "))


def test_who_has_it_all_is_sent_nothing(ask: Ask) -> None:
    tag = ask().headers["ETag"]
    answer = ask(tag)
    assert answer.status_code == 304
    assert answer.data == b""
    assert answer.headers["ETag"] == tag
    assert "A-IM" in answer.headers["Vary"]


def test_who_has_an_earlier_version_is_sent_what_is_new_in_a_feed_of_its_own(
    ask: Ask, publish: Callable[..., None], path: str
) -> None:
    first = ask()
    publish(*NEW)
    part = ask(first.headers["ETag"])
    assert part.status_code == 226
    assert part.status == "226 IM USED"
    assert part.headers["IM"] == "feed"
    assert part.headers["Cache-Control"] == "no-store, im, max-age=300"
    assert {"A-IM", "If-None-Match"} <= set(part.headers["Vary"].split(", "))
    assert part.content_type == first.content_type
    assert part.headers.getlist("Link") == first.headers.getlist("Link")
    assert _titles(part.data) == ["第7篇", "第6篇"]
    assert (b"<?xml-stylesheet" in part.data) is (path == "feed.xml")
    assert ask(part.headers["ETag"]).status_code == 304
    assert ask(part.headers["ETag"]).headers["ETag"] == part.headers["ETag"]


def test_a_corrected_entry_is_new(ask: Ask, publish: Callable[..., None]) -> None:
    tag = ask().headers["ETag"]
    publish(*CORRECTED)
    part = ask(tag)
    assert part.status_code == 226
    assert _titles(part.data) == ["第3篇"]


def test_nothing_is_new_where_entries_only_went(ask: Ask, publish: Callable[..., None]) -> None:
    tag = ask().headers["ETag"]
    publish(*ENTRIES[:3])
    assert ask(tag).status_code == 304


def test_whose_version_has_nothing_in_common_is_sent_the_whole(ask: Ask, publish: Callable[..., None]) -> None:
    tag = ask().headers["ETag"]
    publish((9, "九"), (8, "八"))
    answer = ask(tag)
    assert answer.status_code == 200
    assert "no-store" not in answer.headers["Cache-Control"]
    assert _titles(answer.data) == ["第9篇", "第8篇"]


@pytest.mark.parametrize("tag", ['"unknown"', '"a.b"', '"a.!!!"', '"a.不"', 'W/"x"', "*junk", '"65a1-2b4"'])
def test_whose_tag_says_nothing_is_sent_the_whole(ask: Ask, tag: str) -> None:
    assert ask(tag.encode().decode("latin-1")).status_code == 200


def test_several_tags_are_several_versions(ask: Ask, publish: Callable[..., None]) -> None:
    tags = [ask().headers["ETag"]]
    publish((6, f"{WORDS}6"), *ENTRIES)
    tags.append(ask().headers["ETag"])
    publish(*NEW)
    assert _titles(ask(", ".join(tags)).data) == ["第7篇"]


def test_a_version_fetched_packed_counts(ask: Ask, publish: Callable[..., None]) -> None:
    first = ask(Accept_Encoding="gzip")
    assert first.headers["Content-Encoding"] == "gzip"
    assert first.headers["ETag"] != ask().headers["ETag"]
    publish(*NEW)
    part = ask(first.headers["ETag"], Accept_Encoding="gzip")
    assert part.headers["Content-Encoding"] == "gzip"
    assert _titles(gzip.decompress(part.data)) == ["第7篇", "第6篇"]


def test_who_comes_with_a_date_is_answered_by_date(ask: Ask, publish: Callable[..., None]) -> None:
    date = ask().headers["Last-Modified"]
    assert ask(If_Modified_Since=date).status_code == 304
    publish(*NEW)
    assert ask(If_Modified_Since=date).status_code == 200


@pytest.mark.parametrize("manipulations", ["", "gzip", "diffe, vcdiff", "feeds"])
def test_who_does_not_ask_for_entries_is_sent_the_whole(
    ask: Ask, publish: Callable[..., None], manipulations: str
) -> None:
    tag = ask().headers["ETag"]
    publish(*NEW)
    answer = ask(tag, manipulations)
    assert answer.status_code == 200
    assert len(_titles(answer.data)) == 5
    assert "A-IM" not in answer.headers.get("Vary", "")


def test_the_manipulation_may_stand_among_others(ask: Ask, publish: Callable[..., None]) -> None:
    tag = ask().headers["ETag"]
    publish(*NEW)
    assert ask(tag, "vcdiff, Feed;q=0.5").status_code == 226


def test_other_files_know_no_entries(client: FlaskClient) -> None:
    for path, data in (("/feed.json", JSON_FEED), ("/sitemap.xml", b"<urlset/>")):
        answer = client.get(path, headers={"A-IM": "feed"})
        assert answer.data == data
        assert "A-IM" not in answer.headers.get("Vary", "")


def test_an_entity_in_a_feed_is_not_followed(client: FlaskClient, folder: Folder) -> None:
    (folder.root.parent / "secret.txt").write_text("out of reach")
    evil = f'<!DOCTYPE r [<!ENTITY e SYSTEM "{folder.root.parent}/secret.txt">]><rss><channel><title>&e;</title>'
    folder.write("feed.xml", f"{evil}<item>1</item><item>2</item></channel></rss>".encode(), "")
    tag = client.get("/feed.xml", headers={"A-IM": "feed"}).headers["ETag"]
    folder.write("feed.xml", f"{evil}<item>3</item><item>2</item></channel></rss>".encode(), "")
    part = client.get("/feed.xml", headers={"A-IM": "feed", "If-None-Match": tag})
    assert part.status_code == 226
    assert b"out of reach" not in part.data
