"""The index of a site: put, forgotten, found, narrowed, ranked; and made anew when it can't be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from channels.site.searching import Asked
from hub.finding import index as module
from hub.finding.index import PER_PAGE, Entry, Index, Missing


def entry(number: int, title: str = "水价怎么算", text: str = "居民用水分三档计价。", **changes: str) -> Entry:
    facts: dict[str, Any] = {
        "identity": f"i{number}",
        "digest": f"{title}{text}{changes}",
        "interpretation": number,
        "place": f"i/{number}/",
        "title": title,
        "text": text,
        "day": f"2026-11-{number % 28 + 1:02d}",
        "form": "文字",
        "section": "政策解读",
        "author": "锦溪区发展和改革局",
    }
    return Entry(**(facts | changes))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "site-main.search"


def put(path: Path, *entries: Entry) -> None:
    with Index.writing(path, "1") as index:
        index.put(entries)


def places(path: Path, query: str, page: int = 1, **narrowed: str) -> list[str]:
    with Index.reading(path, "1") as index:
        return [hit.place for hit in index.find(Asked(query, **narrowed), page).hits]


def test_a_word_in_the_title_comes_before_one_in_the_text(path: Path) -> None:
    put(path, entry(1, "通知", "关于阶梯水价。" + "别的话。" * 5), entry(2, "阶梯水价解读"), entry(3, "别的"))
    assert places(path, "阶梯水价") == ["i/2/", "i/1/"]


def test_what_was_put_again_is_found_by_its_new_words_alone(path: Path) -> None:
    put(path, entry(1, "旧标题", "旧的内容"))
    put(path, entry(1, "新标题", "新的内容"))
    assert places(path, "旧标题") == places(path, "旧的内容") == []
    assert places(path, "新标题") == ["i/1/"]


def test_what_was_dropped_is_found_no_more(path: Path) -> None:
    put(path, entry(1), entry(2))
    with Index.writing(path, "1") as index:
        index.drop(["i1", "i99"])
        assert set(index.digests()) == {"i2"}
    assert places(path, "水价") == ["i/2/"]


def test_an_answer_is_narrowed_by_column_and_days(path: Path) -> None:
    put(path, entry(1), entry(2, section="回应关切"), entry(20))
    assert places(path, "水价", column="回应关切") == ["i/2/"]
    assert places(path, "水价", since="2026-11-21") == ["i/20/"]
    assert places(path, "水价", since="2026-11-02", until="2026-11-02") == ["i/1/"]


def test_an_answer_has_pages_and_every_hit_stands_on_one(path: Path) -> None:
    put(path, *(entry(n) for n in range(2 * PER_PAGE + 1)))
    found = [place for page in (1, 2, 3, 4) for place in places(path, "水价", page)]
    assert len(found) == len(set(found)) == 2 * PER_PAGE + 1
    with Index.reading(path, "1") as index:
        assert index.find(Asked("水价")).total == 2 * PER_PAGE + 1


def test_of_very_many_the_newest_come_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RANKED", 3)
    put(path, *(entry(n) for n in range(10)))
    assert places(path, "水价")[:2] == ["i/9/", "i/8/"]


def test_without_an_index_there_is_no_answer_and_none_of_another_kind_is_read(path: Path) -> None:
    with pytest.raises(Missing), Index.reading(path, "1"):
        pass
    put(path, entry(1))
    with pytest.raises(Missing), Index.reading(path, "2"):
        pass
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(Missing), Index.reading(path, "1"):
        pass
    put(path, entry(2))
    assert places(path, "水价") == ["i/2/"]


def test_a_change_that_breaks_off_changes_nothing(path: Path) -> None:
    put(path, entry(1))

    def broken() -> None:
        with Index.writing(path, "1") as index:
            index.drop(["i1"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert places(path, "水价") == ["i/1/"]
