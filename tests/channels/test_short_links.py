"""Codes of short addresses: the same for ever, short, and safe to copy by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.manuscript import Content, Imprint, Manuscript, SiteInfo
from channels.short_links import ALPHABET, Kind, Target, address, address_in, read

TARGETS = st.builds(Target, st.sampled_from(Kind), st.integers(1, 10**9))
SITE = SiteInfo(base_url="https://www.jinxi.example/")


def test_codes_are_the_same_for_ever() -> None:
    """They hang on walls: whoever has to change this test breaks every printed one."""
    known = {
        Target(Kind.PIECE, 1): "226r",
        Target(Kind.PIECE, 12): "23pm",
        Target(Kind.POLICY, 7): "232x",
        Target(Kind.LIVESTREAM, 12): "23rg",
        Target(Kind.PIECE, 100_000): "kdn5p",
    }
    assert {target: target.code for target in known} == known


@given(TARGETS)
def test_a_code_leads_to_its_target_and_no_other_is_written_for_it(target: Target) -> None:
    assert read(target.code) == target
    assert read(target.code.upper()) == target
    assert read("2" + target.code) is None


@given(TARGETS, st.data())
def test_one_wrong_character_or_two_that_changed_places_are_found(target: Target, data: st.DataObject) -> None:
    code = target.code
    at = data.draw(st.integers(0, len(code) - 1))
    wrong = code[:at] + data.draw(st.sampled_from(ALPHABET.replace(code[at], ""))) + code[at + 1 :]
    assert read(wrong) is None
    at = data.draw(st.integers(0, len(code) - 2))
    turned = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert turned == code or read(turned) is None


@given(st.text(max_size=20))
def test_whatever_is_typed_is_a_target_or_nothing(text: str) -> None:
    target = read(text)
    assert target is None or target.code == text.lower()


def test_a_code_is_short() -> None:
    assert len(Target(Kind.LIVESTREAM, 6096).code) == 4
    assert len(Target(Kind.LIVESTREAM, 176_819).code) == 5


def test_no_code_has_a_character_that_is_taken_for_another() -> None:
    assert not set(ALPHABET) & set("01eilou")


def test_an_address_may_say_where_it_was_found() -> None:
    target = Target(Kind.POLICY, 7)
    assert address(SITE, target) == "https://www.jinxi.example/s/232x"
    assert address(SITE, target, "cards") == "https://www.jinxi.example/s/232x/cards"


def test_a_piece_has_its_address_before_it_is_published_and_keeps_it() -> None:
    piece = Manuscript(content=Content(title="一"), imprint=Imprint(id=12, site=SITE))
    renamed = piece.model_copy(update={"content": Content(title="二", column="回应关切")})
    assert address_in(piece, "cards") == address_in(renamed, "cards") == "https://www.jinxi.example/s/23pm/cards"
    assert address_in(Manuscript(content=Content(title="一")), "cards") == ""
