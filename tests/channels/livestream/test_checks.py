"""Each thing wrong with a livestream is said once, at its place, and stops the channel only when it must."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from channels.base import Severity
from channels.livestream.checks import check_livestream, room_address
from channels.manuscript import Manuscript

START = datetime(2027, 3, 9, 7, 0, tzinfo=UTC)


@pytest.fixture
def found(make: Callable[..., Manuscript]) -> Callable[..., dict[str, tuple[Severity, str]]]:
    """Code to severity and place, for a livestream with the changes given."""

    def look(**changes: Any) -> dict[str, tuple[Severity, str]]:
        findings = check_livestream(make(**changes))
        assert len({(f.code, f.place) for f in findings}) == len(findings)
        assert all(f.sentence.zh and f.sentence.en for f in findings)
        return {f.code: (f.severity, f.place) for f in findings}

    return look


Found = Callable[..., dict[str, tuple[Severity, str]]]


def test_a_whole_livestream_has_only_its_unlisted_guest_noted(found: Found) -> None:
    assert found() == {"LIV-132": (Severity.NOTE, "livestream.guests[1]")}


def test_a_manuscript_without_livestream_is_skipped(found: Found) -> None:
    assert found(content={"livestream": None}) == {"LIV-100": (Severity.SKIP, "livestream")}


@pytest.mark.parametrize(
    ("changes", "code", "severity", "place"),
    [
        ({"topic": " "}, "LIV-101", Severity.BLOCK, "livestream.topic"),
        ({"topic": "长" * 41}, "LIV-102", Severity.WARN, "livestream.topic"),
        ({"ends": START}, "LIV-110", Severity.BLOCK, "livestream.ends"),
        ({"ends": START - timedelta(minutes=1)}, "LIV-110", Severity.BLOCK, "livestream.ends"),
        ({"ends": None}, "LIV-112", Severity.NOTE, "livestream.ends"),
        ({"ends": START + timedelta(hours=13)}, "LIV-113", Severity.WARN, "livestream.ends"),
        ({"imprint": {"published": START}}, "LIV-111", Severity.WARN, "livestream.starts"),
        ({"platform": ""}, "LIV-120", Severity.WARN, "livestream.platform"),
        ({"room": ""}, "LIV-120", Severity.WARN, "livestream.room"),
        ({"room": "javascript:alert(1)"}, "LIV-121", Severity.BLOCK, "livestream.room"),
        ({"room": "file:///etc/passwd"}, "LIV-121", Severity.BLOCK, "livestream.room"),
        ({"room": "http://[bad"}, "LIV-121", Severity.BLOCK, "livestream.room"),
        ({"room": "https://"}, "LIV-121", Severity.BLOCK, "livestream.room"),
        ({"host": ""}, "LIV-130", Severity.WARN, "livestream.host"),
        ({"guests": ()}, "LIV-131", Severity.WARN, "livestream.guests"),
        ({"content": {"policies": ()}}, "LIV-105", Severity.WARN, "policies"),
    ],
)
def test_what_is_wrong_is_said(
    found: Found, changes: dict[str, Any], code: str, severity: Severity, place: str
) -> None:
    assert found(**changes)[code] == (severity, place)


@pytest.mark.parametrize("year", [1, 9999])
def test_a_year_out_of_reason_is_answered_not_overflowed(found: Found, year: int) -> None:
    for hours in (-12, 14):
        moment = datetime(year, 1 if year == 1 else 12, 1 if year == 1 else 31, tzinfo=timezone(timedelta(hours=hours)))
        assert found(starts=moment, ends=None)["LIV-114"][0] is Severity.BLOCK


def test_the_same_instant_in_two_zones_is_no_time_at_all(found: Found) -> None:
    assert "LIV-110" in found(ends=START.astimezone(timezone(timedelta(hours=-8))))
    assert "LIV-110" not in found(ends=(START + timedelta(hours=1)).astimezone(timezone(timedelta(hours=-8))))


@pytest.mark.parametrize("room", ["309室", "搜索“锦溪区发布”", "12345678", "视频号 锦溪：直播", "锦溪区政务：309"])
def test_a_room_may_be_named_in_words(found: Found, make: Callable[..., Manuscript], room: str) -> None:
    assert "LIV-121" not in found(room=room)
    stream = make(room=room).content.livestream
    assert stream is not None
    assert room_address(stream) == ""
