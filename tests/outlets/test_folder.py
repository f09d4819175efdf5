"""A folder that web servers read while it is written."""

from __future__ import annotations

import gzip
import os
from itertools import pairwise
from pathlib import Path

import brotli
import pytest

from hub.files import PART
from hub.outlets import Folder
from hub.outlets.folder import keep_times
from hub.outlets.packing import SMALLEST, gzipped

PAGE = ("<!doctype html><title>政策解读</title>" + "<p>关于养老助餐的解读。</p>" * 60).encode()
OTHER = PAGE.replace("养老".encode(), "托育".encode())
HTML = "text/html; charset=utf-8"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "site")


def _names(folder: Folder) -> list[str]:
    return sorted(p.relative_to(folder.root).as_posix() for p in folder.root.rglob("*") if p.is_file())


def test_a_text_lies_there_plain_and_packed(folder: Folder) -> None:
    assert folder.write("i/1/index.html", PAGE, HTML) is True
    assert _names(folder) == ["i/1/index.html", "i/1/index.html.br", "i/1/index.html.gz"]
    page = folder.root / "i/1/index.html"
    assert page.read_bytes() == PAGE
    assert gzip.decompress(Path(f"{page}.gz").read_bytes()) == PAGE
    assert brotli.decompress(Path(f"{page}.br").read_bytes()) == PAGE
    assert {p.stat().st_mtime_ns for p in page.parent.iterdir()} == {page.stat().st_mtime_ns}
    assert page.stat().st_mode & 0o777 == 0o644


def test_the_same_text_is_packed_to_the_same_bytes(folder: Folder, tmp_path: Path) -> None:
    folder.write("a.html", PAGE, HTML)
    again = Folder(tmp_path / "again")
    again.write("a.html", PAGE, HTML)
    for name in _names(folder):
        assert (folder.root / name).read_bytes() == (again.root / name).read_bytes()


@pytest.mark.parametrize(("path", "data"), [("short.html", b"x" * (SMALLEST - 1)), ("picture.png", b"x" * 9000)])
def test_what_is_small_or_packed_in_itself_has_no_twin(folder: Folder, path: str, data: bytes) -> None:
    folder.write(path, data, "image/png")
    assert _names(folder) == [path]


def test_a_callers_own_packing_is_taken(folder: Folder) -> None:
    packed = gzip.compress(PAGE, 1, mtime=0)
    assert packed != gzipped(PAGE)
    folder.write("feed.xml", PAGE, "application/rss+xml", packed)
    assert _names(folder) == ["feed.xml", "feed.xml.gz"]
    assert (folder.root / "feed.xml.gz").read_bytes() == packed


def test_twins_of_an_older_text_never_stay(folder: Folder) -> None:
    folder.write("feed.xml", PAGE, "application/rss+xml")
    folder.write("feed.xml", OTHER, "application/rss+xml", gzipped(OTHER))
    assert _names(folder) == ["feed.xml", "feed.xml.gz"]
    folder.write("feed.xml", b"<rss/>", "application/rss+xml")
    assert _names(folder) == ["feed.xml"]


def test_the_time_of_a_file_moves_on_by_a_second_with_every_change(folder: Folder) -> None:
    times = []
    for text in (PAGE, OTHER, PAGE, OTHER):
        assert folder.write("a.html", text, HTML) is True
        times.append((folder.root / "a.html").stat().st_mtime)
    assert all(later - earlier >= 1 for earlier, later in pairwise(times))
    assert all(time.is_integer() for time in times)


def test_what_is_there_is_not_written_again(folder: Folder) -> None:
    folder.write("a.html", PAGE, HTML)
    before = {name: (folder.root / name).stat().st_ino for name in _names(folder)}
    assert folder.write("a.html", PAGE, HTML) is False
    assert {name: (folder.root / name).stat().st_ino for name in _names(folder)} == before


def test_a_file_whose_twin_was_lost_in_a_crash_is_written_again(folder: Folder) -> None:
    folder.write("a.html", PAGE, HTML)
    (folder.root / "a.html.gz").unlink()
    assert folder.write("a.html", PAGE, HTML) is True
    assert _names(folder) == ["a.html", "a.html.br", "a.html.gz"]


def test_a_file_goes_with_its_twins_and_the_folder_it_leaves_empty(folder: Folder) -> None:
    folder.write("c/x/page-2/index.html", PAGE, HTML)
    folder.write("c/x/index.html", PAGE, HTML)
    assert folder.remove("c/x/page-2/index.html") is True
    assert not (folder.root / "c/x/page-2").exists()
    assert folder.read("c/x/index.html") == PAGE
    assert folder.remove("c/x/page-2/index.html") is False
    folder.remove("c/x/index.html")
    assert list(folder.root.iterdir()) == []


def test_reading_and_listing_know_nothing_of_twins(folder: Folder) -> None:
    folder.write("i/1/index.html", PAGE, HTML)
    folder.write("i/1/data.gz", b"an archive of its own", "application/gzip")
    (folder.root / f"{PART}dead").mkdir()
    (folder.root / f"{PART}dead" / "1").write_bytes(b"x")
    assert sorted(folder.paths()) == ["i/1/data.gz", "i/1/index.html"]
    assert sorted(folder.paths("i/1/")) == ["i/1/data.gz", "i/1/index.html"]
    assert list(folder.paths("i/2/")) == []
    assert folder.read("i/1/") is None
    assert folder.read("i/2/index.html") is None
    assert folder.read("i/1/index.html/x") is None


@pytest.mark.parametrize("path", ["../x.html", "/etc/x", "a/../../x", "a\\b", "a\x00b"])
def test_no_path_leaves_the_folder(folder: Folder, path: str) -> None:
    for call in (lambda: folder.write(path, b"x", ""), lambda: folder.remove(path), lambda: folder.read(path)):
        with pytest.raises(ValueError, match="below the folder"):
            call()


def test_a_batch_shows_nothing_before_its_end_and_then_all(folder: Folder) -> None:
    folder.write("old.html", PAGE, HTML)
    with folder.batch() as batch:
        for number in range(20):
            assert batch.write(f"page-{number}.html", PAGE, HTML) is True
        assert batch.write("feed.xml", PAGE, "application/rss+xml") is True
        assert batch.write("feed.xml", OTHER, "application/rss+xml") is True
        batch.remove("old.html")
        assert batch.read("feed.xml") == OTHER
        assert batch.read("old.html") is None
        assert sorted(folder.paths()) == ["old.html"]
    assert sorted(folder.paths()) == sorted(["feed.xml", *(f"page-{n}.html" for n in range(20))])
    assert folder.read("feed.xml") == OTHER
    assert not [p for p in folder.root.iterdir() if p.name.startswith(PART)]


def test_a_batch_that_fails_changes_nothing(folder: Folder) -> None:
    folder.write("a.html", PAGE, HTML)

    def fail() -> None:
        with folder.batch() as batch:
            batch.write("a.html", OTHER, HTML)
            batch.remove("a.html")
            batch.write("b.html", OTHER, HTML)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert {p: folder.read(p) for p in folder.paths()} == {"a.html": PAGE}
    assert [p.name for p in folder.root.iterdir() if p.name.startswith(PART)] == []


def test_a_batch_gives_names_in_the_order_of_the_calls_and_no_moment_mixes_versions(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("list.html", PAGE, HTML)
    folder.write("feed.xml", PAGE, HTML)
    rename, seen = Path.rename, []

    def watched(part: Path, target: Path) -> Path:
        done = rename(part, target)
        seen.append(target.name)
        for name in ("list.html", "feed.xml"):
            plain = (folder.root / name).read_bytes()
            twin = folder.root / f"{name}.gz"
            assert not twin.exists() or gzip.decompress(twin.read_bytes()) == plain
        return done

    monkeypatch.setattr(Path, "rename", watched)
    with folder.batch() as batch:
        batch.write("list.html", OTHER, HTML)
        batch.write("feed.xml", OTHER, HTML)
    assert seen == ["list.html", "list.html.gz", "list.html.br", "feed.xml", "feed.xml.gz", "feed.xml.br"]


def test_parts_of_a_process_that_died_long_ago_are_swept(folder: Folder) -> None:
    for name, age in (("dead", 2 * 86_400), ("alive", 10)):
        part = folder.root / f"{PART}{name}"
        part.mkdir(parents=True)
        stamp = part.stat().st_mtime - age
        os.utime(part, (stamp, stamp))
    folder.write("a.html", PAGE, HTML)
    assert [p.name for p in folder.root.iterdir() if p.name.startswith(PART)] == [f"{PART}alive"]


def test_a_folder_that_takes_anothers_place_keeps_the_times_of_what_is_the_same(tmp_path: Path) -> None:
    old, fresh = Folder(tmp_path / "old"), Folder(tmp_path / "fresh")
    for name in ("same.html", "changed.html"):
        old.write(name, PAGE, HTML)
        for twin in old.root.glob(f"{name}*"):
            os.utime(twin, (2_000_000_000, 2_000_000_000))
    fresh.write("same.html", PAGE, HTML)
    fresh.write("changed.html", OTHER, HTML)
    fresh.write("new.html", OTHER, HTML)
    keep_times(fresh.root, old.root)
    stamps = {p.name: int(p.stat().st_mtime) for p in fresh.root.iterdir()}
    assert {stamps[f"same.html{twin}"] for twin in ("", ".gz", ".br")} == {2_000_000_000}
    assert {stamps[f"changed.html{twin}"] for twin in ("", ".gz", ".br")} == {2_000_000_001}
    assert stamps["new.html"] < 2_000_000_000
    assert fresh.write("changed.html", OTHER, HTML) is False
