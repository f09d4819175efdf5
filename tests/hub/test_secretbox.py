"""Secrets in the database: sealed, bound to their row, readable with an older key until that goes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from hub.secretbox import KEYS_FILE, SealError, SecretBox


@pytest.fixture
def box(tmp_path: Path) -> SecretBox:
    return SecretBox(tmp_path)


def test_what_was_sealed_is_opened_and_stands_nowhere_in_clear(box: SecretBox) -> None:
    sealed = box.seal("密钥 s3cret", "account:7")
    assert box.open(sealed, "account:7") == "密钥 s3cret"
    assert "s3cret" not in sealed
    assert sealed.isascii()
    assert box.seal("密钥 s3cret", "account:7") != sealed


def test_a_secret_opens_only_for_what_it_was_sealed_for(box: SecretBox) -> None:
    with pytest.raises(SealError, match="SYS-107"):
        box.open(box.seal("a", "account:7"), "account:8")


@pytest.mark.parametrize("wrong", ["", "plain", "s1.00000000.AAAA", "s2.x.y", "s1.%s.AAAA", "s1.%s.!", "s1.%s.-"])
def test_what_was_never_sealed_or_was_changed_is_refused(box: SecretBox, wrong: str) -> None:
    name = box.seal("a").split(".")[1]
    with pytest.raises(SealError):
        box.open(wrong.replace("%s", name))


def test_a_changed_character_is_noticed(box: SecretBox) -> None:
    sealed = box.seal("a" * 40)
    for place in (13, 30, 50):
        other = "A" if sealed[place] != "A" else "B"
        with pytest.raises(SealError):
            box.open(sealed[:place] + other + sealed[place + 1 :])


def test_the_keys_are_their_owners_alone_and_the_same_for_every_process(box: SecretBox, tmp_path: Path) -> None:
    sealed = box.seal("a")
    assert stat.S_IMODE((tmp_path / KEYS_FILE).stat().st_mode) == 0o600
    assert SecretBox(tmp_path).open(sealed) == "a"
    assert [p.name for p in tmp_path.iterdir()] == [KEYS_FILE]
    with pytest.raises(SealError):
        SecretBox(tmp_path / "elsewhere").open(sealed)


def test_after_a_rotation_the_new_key_seals_and_the_old_one_still_opens(box: SecretBox, tmp_path: Path) -> None:
    old = box.seal("a")
    box.rotate()
    assert stat.S_IMODE((tmp_path / KEYS_FILE).stat().st_mode) == 0o600
    assert box.open(old) == "a"
    assert not box.is_current(old)
    new = box.seal("a")
    assert box.is_current(new)
    box.forget()
    assert box.open(new) == "a"
    with pytest.raises(SealError):
        box.open(old)
