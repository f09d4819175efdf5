"""The calendar file is held to RFC 5545 by libical's own parser and restriction check, the one most clients share."""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import cache

import pytest

from channels.manuscript import Imprint, Manuscript, Withdrawal
from channels.registry import CHANNELS
from channels.site.livestreams import calendar_file
from hub.rendering import render
from hub.setup import sample_contents
from tests.channels.site.making import MORNING, SITE
from tests.channels.site.test_livestreams import live

NAME = ctypes.util.find_library("ical")


def subscribed() -> list[bytes]:
    """A calendar that is subscribed to: nothing in it; one event, one that was moved, one that was cancelled."""
    told = Withdrawal(at=MORNING, reason="改期")
    items = [live(1), live(2, sequence=1), live(3, withdrawn=told)]
    return [calendar_file(SITE, "", "直播", some, "Asia/Shanghai").data for some in ([], items)]


@cache
def calendars() -> list[bytes]:
    """Every calendar file that the channels make of the samples, in a database and outside."""
    found = []
    for number, content in enumerate(sample_contents(), 1):
        for imprint in (Imprint(id=number), Imprint()):
            for channel in CHANNELS.values():
                artefact = render(channel, Manuscript(content=content, imprint=imprint), channel.Settings()).artefact
                found += [
                    f.data for f in (artefact.files if artefact else ()) if f.media_type.startswith("text/calendar")
                ]
    return found


def complaints(data: bytes) -> tuple[int, int]:
    """libical's answer: its count of errors in the components, and whether the restrictions hold (1) or not (0)."""
    assert NAME, "libical is not on this machine: sudo apt-get install libical3"
    libical = ctypes.CDLL(NAME)
    libical.icalparser_parse_string.restype = ctypes.c_void_p
    libical.icalparser_parse_string.argtypes = [ctypes.c_char_p]
    libical.icalrestriction_check.argtypes = [ctypes.c_void_p]
    libical.icalcomponent_count_errors.argtypes = [ctypes.c_void_p]
    component = libical.icalparser_parse_string(data)
    assert component, "libical can't parse it"
    holds = libical.icalrestriction_check(component)
    return libical.icalcomponent_count_errors(component), holds


def test_there_is_a_calendar_to_check() -> None:
    assert len(calendars()) >= 2


def test_libical_finds_nothing_wrong() -> None:
    for data in [*calendars(), *subscribed()]:
        assert complaints(data) == (0, 1), data.decode()


@pytest.mark.parametrize(
    ("line", "broken"),
    [(b"\r\nUID:", b"\r\nUID:x\r\nUID:"), (b"VERSION:2.0\r\n", b""), (b"DTSTAMP:2", b"DTSTAMP:X")],
    ids=["two uids", "no version", "no date"],
)
def test_the_check_can_fail(line: bytes, broken: bytes) -> None:
    data = calendars()[0]
    assert complaints(data.replace(line, broken)) != (0, 1)
