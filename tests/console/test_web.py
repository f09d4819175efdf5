"""The web process."""

from __future__ import annotations

from pathlib import Path

from hub.web import hinting


def test_a_hint_with_the_transport_away_is_no_error(tmp_path: Path) -> None:
    hinting(f"unix://{tmp_path / 'nobody.sock'}")(3)


def test_without_a_transport_there_is_nothing_to_hint() -> None:
    hinting("")(3)
