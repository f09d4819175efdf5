"""Times, titles and posts are worded as an office words them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.manuscript import PolicyRef
from channels.text.wording import hours_words, offset_words, policy_words, span_words, titled

CHINA = ZoneInfo("Asia/Shanghai")


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2027, month, day, hour, minute, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        (at(1, 14, 15), at(1, 14, 16), "2027年1月14日（星期四）15:00—16:00（北京时间）"),
        (at(1, 17, 9, 5), None, "2027年1月17日（星期日）9:05开始（北京时间）"),
        (
            at(12, 31, 23),
            at(12, 31, 23) + timedelta(hours=2),
            "2027年12月31日（星期五）23:00—2028年1月1日（星期六）1:00（北京时间）",
        ),
    ],
)
def test_when_it_is(starts: datetime, ends: datetime | None, words: str) -> None:
    assert span_words(starts, ends, "Asia/Shanghai") == words


def test_the_zone_of_the_office_decides_not_the_zone_it_was_typed_in() -> None:
    typed = datetime(2027, 1, 14, 7, 0, tzinfo=UTC)
    assert span_words(typed, None, "Asia/Shanghai") == "2027年1月14日（星期四）15:00开始（北京时间）"
    assert span_words(typed, None, "Asia/Urumqi") == "2027年1月14日（星期四）13:00开始（乌鲁木齐时间）"


def test_a_foreign_zone_is_named_with_its_distance_on_that_day() -> None:
    winter, summer = datetime(2027, 1, 14, 7, 0, tzinfo=UTC), datetime(2027, 7, 14, 7, 0, tzinfo=UTC)
    assert span_words(winter, None, "Europe/London").endswith("7:00开始（Europe/London，UTC）")
    assert span_words(summer, None, "Europe/London").endswith("8:00开始（Europe/London，UTC+1）")


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "UTC"), (480, "UTC+8"), (-210, "UTC-3:30"), (345, "UTC+5:45"), (-60, "UTC-1")]
)
def test_distances_from_utc(minutes: int, words: str) -> None:
    assert offset_words(timedelta(minutes=minutes)) == words


def test_hours_say_when_the_day_changes() -> None:
    assert hours_words(at(1, 14, 15), at(1, 14, 16, 30), "Asia/Shanghai") == "15:00—16:30"
    assert hours_words(at(1, 14, 23), at(1, 15, 1), "Asia/Shanghai") == "23:00—次日1:00"
    assert hours_words(at(1, 14, 15), at(1, 16, 12), "Asia/Shanghai") == "15:00—1月16日12:00"
    assert hours_words(at(1, 14, 9), None, "Asia/Shanghai") == "9:00"


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("锦溪区老年助餐服务补贴办法", "《锦溪区老年助餐服务补贴办法》"),
        ("《锦溪区老年助餐服务补贴办法》", "《锦溪区老年助餐服务补贴办法》"),
        ("《锦溪区老年助餐服务补贴办法》（试行）", "《锦溪区老年助餐服务补贴办法》（试行）"),
        ("关于修改《细则》的通知", "《关于修改〈细则〉的通知》"),
        ("《甲》和《乙》的比较", "《〈甲〉和〈乙〉的比较》"),
        ("  ", ""),
    ],
)
def test_titles_stand_in_book_title_marks_once(title: str, words: str) -> None:
    assert titled(title) == words


def test_a_document_is_cited_with_its_number() -> None:
    assert policy_words(PolicyRef(title="细则", number="锦溪府办发〔2024〕7号")) == "《细则》（锦溪府办发〔2024〕7号）"


@given(st.text(alphabet="《》甲乙（）", max_size=12))
def test_marking_a_title_twice_changes_nothing_more(title: str) -> None:
    once = titled(title)
    assert titled(once) == once
