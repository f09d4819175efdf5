"""The web process."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from hub import web
from hub.web import hinting, settle
from tests.fakes import Plain


def test_a_hint_with_the_transport_away_is_no_error(tmp_path: Path) -> None:
    hinting(f"unix://{tmp_path / 'nobody.sock'}")(3)


def test_without_a_transport_there_is_nothing_to_hint() -> None:
    hinting("")(3)


def test_what_stays_in_memory_is_not_looked_through_at_every_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(web, "rehearse", lambda _channels: done.append("rehearsed"))
    try:
        settle({"plain": Plain()})
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
    assert done == ["rehearsed"]
