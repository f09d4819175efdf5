"""Settings: where they come from, in which order, and what a wrong one is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.config import SettingsError, load
from hub.supervisor import environment


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("YIGAO_DATA", "YIGAO_PORT", "YIGAO_WORKERS", "REDIS_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_given_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "yigao.toml").write_text("port = 1111\nworkers = 7\nlease_seconds = 90\n")
    monkeypatch.setenv("YIGAO_PORT", "2222")
    monkeypatch.setenv("YIGAO_WORKERS", "3")
    config = load(data=tmp_path, port=4444)
    assert (config.port, config.workers, config.lease_seconds) == (4444, 3, 90)


@pytest.mark.parametrize(
    ("name", "value"),
    [("YIGAO_PORT", "many"), ("YIGAO_PORT", "0"), ("YIGAO_WORKERS", "-1"), ("REDIS_URL", "http://x")]
    + [
        ("YIGAO_SITE_OUTPUT", wrong)
        for wrong in ("/srv/www", "file://host/www", "file:www", "s3:///prefix", "ftp://x/y")
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_it(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load(data=tmp_path)
    assert name.removeprefix("YIGAO_").lower() in error.value.words.zh.lower()
    assert "\n" not in error.value.words.zh


def test_an_unknown_setting_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "yigao.toml").write_text("prot = 1\n")
    with pytest.raises(SettingsError, match="prot"):
        load(data=tmp_path)


def test_a_broken_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "yigao.toml").write_text("port = = 1\n")
    with pytest.raises(SettingsError, match="SYS-101"):
        load(data=tmp_path)


def test_plain_postgresql_addresses_get_the_driver_we_have() -> None:
    for plain in ("postgres://u@h/d", "postgresql://u@h/d"):
        assert load(database_url=plain).database == "postgresql+psycopg://u@h/d"


def test_children_are_told_every_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "yigao.toml").write_text("port = 1111\n")
    parent = load(data=tmp_path, workers=5, secure_cookies=True, tick_seconds=0.5, language="en")
    for name, value in environment(parent, "unix:///tmp/x.sock").items():
        monkeypatch.setenv(name, value)
    child = load()
    assert child == parent.model_copy(update={"redis_url": "unix:///tmp/x.sock"})


def test_the_site_goes_to_the_data_folder_or_where_its_address_says(tmp_path: Path) -> None:
    assert load(data=tmp_path).site_folder == tmp_path / "site"
    assert load(data=tmp_path, site_output="file:///srv/www%20one").site_folder == Path("/srv/www one")
    assert load(data=tmp_path, site_output="s3://bucket/prefix?region=x").site_folder == tmp_path / "site"


def test_an_object_store_without_its_library_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(SettingsError) as error:
        load(data=tmp_path, site_output="s3://bucket")
    assert "SYS-105" in error.value.words.zh
