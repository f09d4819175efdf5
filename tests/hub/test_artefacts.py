"""The artefact store: written once, whole or not at all, found by its content."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.base import Artefact, File
from hub.artefacts import ArtefactStore

ARTEFACT = Artefact(
    channel="x",
    files=(
        File("a.txt", b"1", "text/plain"),
        File("b/c.png", b"2", "image/png", "alt"),
        File("d.txt", b"1", "text/plain"),
    ),
    entry="a.txt",
    texts=(("标题", "甲"),),
)


def test_what_was_kept_is_loaded_again_and_named_by_its_content(tmp_path: Path) -> None:
    store = ArtefactStore(tmp_path)
    assert store.keep(ARTEFACT) == ARTEFACT.sha256
    assert store.load(ARTEFACT.sha256) == ARTEFACT


def test_keeping_twice_and_at_once_leaves_one_copy_and_no_part(tmp_path: Path) -> None:
    store = ArtefactStore(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: store.keep(ARTEFACT), range(32)))) == 1
    assert len([p for p in tmp_path.rglob("*") if p.is_file()]) == 3
    assert not list(tmp_path.rglob(".part-*"))


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_only_a_hash_is_a_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        ArtefactStore(tmp_path).get(name)


def test_old_previews_are_forgotten_and_new_ones_kept(tmp_path: Path) -> None:
    store = ArtefactStore(tmp_path, durable=False)
    old, new = store.put(b"old"), store.put(b"new")
    os.utime(store.path(old), (1_000_000, 1_000_000))
    assert store.forget(before=datetime(2026, 1, 1, tzinfo=UTC)) == 1
    assert not store.path(old).exists()
    assert store.get(new) == b"new"


def test_looking_again_at_what_was_shown_before_keeps_it_for_another_day(tmp_path: Path) -> None:
    store = ArtefactStore(tmp_path, durable=False)
    seen = store.put(b"seen")
    os.utime(store.path(seen), (1_000_000, 1_000_000))
    store.put(b"seen")
    assert store.forget(before=datetime(2026, 1, 1, tzinfo=UTC)) == 0
