"""The public site: a projection of what is published, always whole, rebuilt to the same bytes."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from channels.base import Artefact, File, Permanent, Receipt, Retryable
from channels.items import Item
from channels.manuscript import Withdrawal as Told
from hub import site
from hub.clock import beat
from hub.domain.states import State
from hub.files import below, write_changed
from hub.models import Column, Delivery, Projection, Site, Withdrawal
from hub.outlets.folder import Batch
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.rebuilding import rebuild
from hub.services import Services
from hub.site import refreshing
from hub.site.pieces import placed
from tests.fakes import NOW, Sited, later, make_services, write
from tests.publishing.helpers import row, scheduled


@pytest.fixture
def sited(tmp_path: Path) -> Iterator[Services]:
    """One account on the site."""
    services = make_services(tmp_path / "var", Sited())
    yield services
    services.db.close()


def _publish(services: Services, title: str, hours: float = 0, interpretation: int | None = None) -> Delivery:
    now = later(hours=hours)
    delivery = scheduled(services, 1, revision=write(services, title, interpretation), now=now)
    release_due(services, now)
    drain(services, worker="w", now=lambda: now)
    done = row(services, delivery)
    assert done.state == State.PUBLISHED, done.trouble
    return done


def _root(services: Services) -> Path:
    return services.config.site_folder / "main"


def _files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def _titles(path: Path) -> list[str]:
    """What a list shows, from the top."""
    return re.findall(r'<h2><a href="[^"]*">([^<]*)</a>', path.read_text())


def test_what_is_published_is_listed_newest_first(sited: Services) -> None:
    _publish(sited, "第一篇")
    _publish(sited, "第二篇", hours=1)
    assert _titles(_root(sited) / "index.html") == ["第二篇", "第一篇"]
    assert _titles(_root(sited) / "c/jd/index.html") == ["第二篇", "第一篇"]


def test_a_correction_shows_the_latest_text_once(sited: Services) -> None:
    _publish(sited, "原文")
    _publish(sited, "更正", hours=1, interpretation=1)
    assert _titles(_root(sited) / "index.html") == ["更正"]


def _last(services: Services) -> datetime | None:
    with services.db.reading() as session:
        return session.scalars(select(Column.last_published_at)).one()


def test_a_column_knows_its_newest_piece_which_no_correction_makes_newer(sited: Services) -> None:
    assert _last(sited) is None
    _publish(sited, "第一篇")
    _publish(sited, "第二篇", hours=1)
    _publish(sited, "第一篇，更正", hours=9, interpretation=1)
    assert _last(sited) == later(hours=1)
    with sited.db.writing() as session:
        session.get_one(Column, 1).last_published_at = None
    rebuild(sited)
    assert _last(sited) == later(hours=1)


def test_lists_that_no_longer_belong_go_and_pieces_stay(sited: Services) -> None:
    _publish(sited, "一")
    with sited.db.writing() as session:
        item = session.scalars(select(Delivery.item)).one()
        session.scalars(select(Delivery)).one().item = {
            **(item or {}),
            "interpreters": [{"name": "解", "office": "科"}],
        }
        site.want(session, 1, [1])
    site.refresh(sited, 1)
    [office] = (_root(sited) / "o").iterdir()
    assert _titles(office / "index.html") == ["一"]
    with sited.db.writing() as session:
        session.scalars(select(Delivery)).one().item = None
        site.want(session, 1, [1])
    site.refresh(sited, 1)
    assert not office.exists()
    assert _titles(_root(sited) / "index.html") == []
    assert (_root(sited) / "i/1/index.html").exists()


def _withdraw(services: Services, *deliveries: Delivery, hours: float = 5) -> Receipt:
    """What a worker does for a withdrawal: the notice and the rows under one lock, then the lists."""
    newest = deliveries[-1]
    with services.db.writing() as session:
        row = Withdrawal(interpretation_id=newest.interpretation_id, at=later(hours=hours), reason="待核实", actor="e")
        session.add(row)
        session.flush()
        told, where = site.withdrawal_of(session, row.id), session.get_one(Site, 1)
    with site.locked(services, "main"):
        receipt = site.withdraw(services, where, Item.model_validate(newest.item), told)
        with services.db.writing() as session:
            for number in (d.id for d in deliveries):
                delivery = session.get_one(Delivery, number)
                delivery.state, delivery.withdrawal_id = State.WITHDRAWN, row.id
                delivery.finished_at = later(hours=hours)
            site.want(session, 1, [newest.interpretation_id])
    site.refresh(services, 1)
    return receipt


def test_what_was_withdrawn_is_nothing_new_in_a_column(sited: Services) -> None:
    _publish(sited, "第一篇")
    _withdraw(sited, _publish(sited, "第二篇", hours=1))
    assert _last(sited) == NOW


def test_a_withdrawn_piece_leaves_a_notice_in_its_place_and_nothing_else(sited: Services) -> None:
    piece = _publish(sited, "有误的解读")
    (_root(sited) / "i/1/old.png").write_bytes(b"old")
    receipt = _withdraw(sited, piece)
    assert {p.name for p in (_root(sited) / "i/1").iterdir()} == {
        "index.html",
        "index.html.gz",
        "index.html.br",
        ".gone",
    }
    page = (_root(sited) / "i/1/index.html").read_text()
    assert "本文已撤回" in page
    assert "2026年5月4日14:00（北京时间）" in page
    assert "待核实" in page
    assert '<meta name="ColumnName" content="政策解读">' in page
    assert (receipt.url, "读回 2 个文件" in receipt.proof) == ("https://x.example/i/1/", True)


def test_withdrawing_twice_changes_nothing_and_answers_the_same(sited: Services) -> None:
    piece = _publish(sited, "有误的解读")
    with sited.db.reading() as session:
        where = session.get_one(Site, 1)
    told = Told(at=later(hours=5), reason="待核实")
    first = site.withdraw(sited, where, Item.model_validate(piece.item), told)
    before = (_root(sited) / "i/1/index.html").stat().st_mtime_ns
    assert site.withdraw(sited, where, Item.model_validate(piece.item), told) == first
    assert (_root(sited) / "i/1/index.html").stat().st_mtime_ns == before


def _told(services: Services) -> list[tuple[str, bool]]:
    with services.db.reading() as session:
        pieces = placed(session, session.get_one(Site, 1))
    return [(p.item.title, p.item.withdrawn is not None) for p in pieces]


def test_the_projection_is_told_of_what_stands_and_of_what_was_withdrawn(sited: Services) -> None:
    first = _publish(sited, "原文")
    second = _publish(sited, "改过的", hours=1, interpretation=1)
    _publish(sited, "另一篇", hours=2)
    _withdraw(sited, first, second)
    assert _told(sited) == [("改过的", True), ("另一篇", False)]


def test_what_is_being_withdrawn_stands_until_its_notice_does(sited: Services) -> None:
    first = _publish(sited, "原文")
    second = _publish(sited, "改过的", hours=1, interpretation=1)
    _withdraw(sited, first, hours=9)
    with sited.db.writing() as session:
        session.get_one(Delivery, second.id).state = State.WITHDRAWING
    assert _told(sited) == [("改过的", False)]


def test_published_again_it_is_a_piece_like_any_other(sited: Services) -> None:
    # The withdrawal ends after the piece came back: what stands is what counts.
    _withdraw(sited, _publish(sited, "原文"), hours=9)
    _publish(sited, "核实后的", hours=6, interpretation=1)
    assert _told(sited) == [("核实后的", False)]
    assert "核实后的" in (_root(sited) / "i/1/index.html").read_text()
    assert _titles(_root(sited) / "index.html") == ["核实后的"]


def test_a_rebuild_makes_the_notices_too(sited: Services, tmp_path: Path) -> None:
    first, _ = _publish(sited, "一"), _publish(sited, "二", hours=1)
    _withdraw(sited, first)
    live = _files(_root(sited))
    rebuild(sited, tmp_path / "copy")
    assert _files(tmp_path / "copy/main") == live
    assert "已撤回" in live["i/1/index.html"].decode()


def test_the_real_lists_and_feeds_follow_a_withdrawal(sited: Services, tmp_path: Path) -> None:
    first, _ = _publish(sited, "一"), _publish(sited, "二", hours=1)
    _withdraw(sited, first)
    rebuild(sited, tmp_path / "copy")
    files = _files(tmp_path / "copy/main")
    assert b"i/1/" not in files["index.html"]
    assert "已撤回：一".encode() in files["atom.xml"]
    assert "i/1/index.html" in files


def test_refreshing_what_is_up_to_date_does_nothing(sited: Services) -> None:
    _publish(sited, "一")
    before = {p: p.stat().st_mtime_ns for p in _root(sited).rglob("*")}
    assert site.refresh(sited, 1) is False
    assert {p: p.stat().st_mtime_ns for p in _root(sited).rglob("*")} == before


def test_many_refreshers_build_once(sited: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    _publish(sited, "一")
    with sited.db.writing() as session:
        site.want(session, 1)
    built: list[bool] = []
    threads = [threading.Thread(target=lambda: built.append(site.refresh(sited, 1))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(built) == [False, False, False, True]


class _NoQueue:
    def emptied(self) -> bool:
        return False

    def hint(self, rows: int) -> int:
        return 0


def test_the_clock_builds_what_a_dead_worker_left_behind(sited: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh = refreshing.refresh

    def dies(*_: Any) -> bool:
        raise OSError("gone")

    monkeypatch.setattr(refreshing, "refresh", dies)
    _publish(sited, "一")
    assert site.behind(sited) == [1]
    monkeypatch.setattr(refreshing, "refresh", refresh)
    beat(sited, _NoQueue(), NOW)  # type: ignore[arg-type]
    assert site.behind(sited) == []
    assert _titles(_root(sited) / "index.html") == ["一"]


def test_a_rebuild_from_nothing_is_the_same_bytes(sited: Services, tmp_path: Path) -> None:
    for number in range(3):
        _publish(sited, f"第{number}篇", hours=number)
    _publish(sited, "更正", hours=9, interpretation=1)
    live = _files(_root(sited))
    counts = rebuild(sited, tmp_path / "copy")
    assert _files(tmp_path / "copy/main") == live
    assert counts == {tmp_path / "copy/main": sum(not path.endswith((".gz", ".br")) for path in live)}


def test_a_rebuild_in_place_mends_and_cleans(sited: Services) -> None:
    _publish(sited, "一")
    live = _files(_root(sited))
    (_root(sited) / "i/1/index.html").write_text("damaged")
    (_root(sited) / "stray.html").write_text("stray")
    rebuild(sited)
    assert _files(_root(sited)) == live
    assert [p.name for p in sited.config.site_folder.iterdir()] == ["main"]


def test_a_rebuild_in_place_is_no_news_to_whoever_holds_a_copy(sited: Services) -> None:
    _publish(sited, "一")
    page = _root(sited) / "index.html"
    os.utime(page, (2_000_000_000, 2_000_000_000))
    rebuild(sited)
    assert page.stat().st_mtime == 2_000_000_000
    page.write_text("三")
    os.utime(page, (2_000_000_000, 2_000_000_000))
    rebuild(sited)
    assert page.stat().st_mtime == 2_000_000_001


def test_a_rebuild_never_writes_over_a_folder_in_use(sited: Services, tmp_path: Path) -> None:
    (tmp_path / "copy/main").mkdir(parents=True)
    (tmp_path / "copy/main/mine.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        rebuild(sited, tmp_path / "copy")


def _placed(services: Services, place: str, path: str = "index.html", data: bytes = b"x") -> str:
    with services.db.reading() as session:
        where = session.get_one(Site, 1)
    item = Sited().item(_manuscript(), None).model_copy(update={"place": place})
    return site.place(services, where, item, Artefact("sited", (File(path, data, "text/html"),), path)).url


def _manuscript() -> Any:
    from channels.manuscript import Content, Manuscript

    return Manuscript(content=Content(title="t"))


def test_nothing_is_written_outside_the_site(sited: Services) -> None:
    for place, path in (("../x/", "index.html"), ("i/1/", "../../y"), ("/etc/", "z"), ("i/1/", "a\\b")):
        with pytest.raises(ValueError, match="not below"):
            _placed(sited, place, path)


def test_a_disk_that_refuses_is_tried_again(sited: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Batch, "write", full)
    with pytest.raises(Retryable, match="DLV-312"):
        _placed(sited, "i/1/")


def test_a_folder_not_ours_is_said(sited: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: Any) -> bool:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(Batch, "write", denied)
    with pytest.raises(Permanent, match="DLV-311"):
        _placed(sited, "i/1/")


def test_what_reads_back_otherwise_is_no_publication(sited: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Batch.write

    def wrong(self: Batch, path: str, data: bytes, media_type: str, packed: bytes | None = None) -> bool:
        return write(self, path, data + b"!", media_type, packed)

    monkeypatch.setattr(Batch, "write", wrong)
    with pytest.raises(Retryable, match="DLV-313"):
        _placed(sited, "i/1/")


def test_every_change_moves_the_modification_time_by_a_second(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    stamps = []
    for number in range(4):
        assert write_changed(path, f"{number}".encode())
        stamps.append(int(path.stat().st_mtime))
    assert stamps == sorted(set(stamps))
    assert write_changed(path, b"3") is False
    assert [p.name for p in tmp_path.iterdir()] == ["feed.xml"]


def test_below_keeps_inside(tmp_path: Path) -> None:
    assert below(tmp_path, "i/1/") == tmp_path / "i" / "1"
    with pytest.raises(ValueError, match="not below"):
        below(tmp_path, "a/../../b")


def test_wanting_counts_up(sited: Services) -> None:
    for _ in range(3):
        with sited.db.writing() as session:
            site.want(session, 1)
    with sited.db.reading() as session:
        assert session.get_one(Projection, 1).wanted == 3
