"""Captions: readable by the rules of subtitles, and as long as the cards they belong to."""

from __future__ import annotations

import html
import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from channels.cards.captions import cues, seconds, to_srt, to_vtt
from channels.cards.settings import CardsSettings
from channels.text.counting import width

SETTINGS = CardsSettings()
NARRATION = "四层以上、未设电梯的住宅，本单元三分之二以上业主同意即可申请。依据锦府办发〔2026〕12号，每户补贴1,200元。"
TEXTS = st.lists(
    st.sampled_from(
        ["补贴3.5万元，", "由社区受理；", "90天内办结。", "Wi-Fi", "<b>&", "-->", "\n", "锦溪区住房建设局", "解读"]
    ),
    min_size=1,
    max_size=60,
).map("".join)
_TIMING = re.compile(r"(\d\d):(\d\d):(\d\d)[,.](\d{3}) --> (\d\d):(\d\d):(\d\d)[,.](\d{3})")


def parsed(text: str) -> list[tuple[int, int, list[str]]]:
    """The cues of an SRT or WebVTT file: start, end (ms), lines."""
    found = []
    for block in text.strip().split("\n\n"):
        lines = block.split("\n")
        at = next((i for i, line in enumerate(lines) if _TIMING.fullmatch(line)), None)
        if at is not None:
            h1, m1, s1, f1, h2, m2, s2, f2 = map(int, _TIMING.fullmatch(lines[at]).groups())  # type: ignore[union-attr]
            start, end = (((h * 60 + m) * 60 + s) * 1000 + f for h, m, s, f in ((h1, m1, s1, f1), (h2, m2, s2, f2)))
            found.append((start, end, lines[at + 1 :]))
    return found


def test_a_card_stays_a_second_and_the_reading_time() -> None:
    assert seconds("短", SETTINGS) == 3
    assert seconds("字" * 60, SETTINGS) == 11
    assert seconds("ab" * 30, SETTINGS) == 6
    assert seconds("字" * 60, CardsSettings(characters_per_second=5)) == 13


@given(st.lists(TEXTS, min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_cues_are_short_ordered_and_fill_their_cards(narrations: list[str]) -> None:
    times = [seconds(text, SETTINGS) for text in narrations]
    found = cues(narrations, times)
    assert all(1 <= len(cue.lines) <= 2 for cue in found)
    assert all(width(line) <= 16 for cue in found for line in cue.lines)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(cue.start < cue.end for cue in found)
    assert not found or found[-1].end <= round(sum(times) * 1000)


def test_cues_meet_the_edges_of_the_cards() -> None:
    times = [seconds(NARRATION, SETTINGS)] * 2
    found = cues([NARRATION, NARRATION], times)
    edge = round(times[0] * 1000)
    assert {found[0].start, found[-1].end} == {0, 2 * edge}
    assert edge in {cue.end for cue in found} & {cue.start for cue in found}


def test_a_cue_is_readable_at_a_comfortable_speed() -> None:
    for cue in cues([NARRATION], [seconds(NARRATION, SETTINGS)]):
        held = (cue.end - cue.start) / 1000
        assert 5 / 6 <= held <= 7
        assert sum(map(width, cue.lines)) / held <= 6.5


def test_numbers_are_not_cut_between_lines() -> None:
    lines = [line for cue in cues([NARRATION], [10.0]) for line in cue.lines]
    assert any("锦府办发〔2026〕12号" in line for line in lines)
    assert any("1,200元" in line for line in lines)


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_srt_and_webvtt_say_the_same_and_survive_their_own_marks(text: str) -> None:
    found = cues([text], [seconds(text, SETTINGS)])
    srt, vtt = to_srt(found), to_vtt(found)
    assert vtt.startswith("WEBVTT\n")
    expected = [(cue.start, cue.end, list(cue.lines)) for cue in found]
    assert [(s, e, [html.unescape(line) for line in lines]) for s, e, lines in parsed(vtt)] == expected
    assert parsed(srt) == [(s, e, [line.replace("-->", "→") for line in lines]) for s, e, lines in expected]


def test_srt_numbers_its_cues_from_one() -> None:
    assert to_srt(cues(["补贴。", "申请。"], [3, 3])) == (
        "1\n00:00:00,000 --> 00:00:03,000\n补贴\n\n2\n00:00:03,000 --> 00:00:06,000\n申请\n"
    )
