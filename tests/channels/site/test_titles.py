"""Where the lines of a title may end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.site.characters import one_line
from channels.site.titles import phrases


def test_no_word_is_cut_and_no_mark_stands_alone() -> None:
    pieces = phrases("《锦溪区居民用水价格管理办法》政策解读")
    assert "政府" in phrases("促进基层政府治理")
    assert pieces[0].startswith("《")
    assert len(pieces[0]) > 1
    assert not any(piece.startswith("》") for piece in pieces)


@given(st.text(max_size=60))
def test_joined_they_are_the_title_again(title: str) -> None:
    assert "".join(phrases(title)) == one_line(title)
