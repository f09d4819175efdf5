from __future__ import annotations

import io
import zipfile

import pytest

from channels.packing import zip_of

FILES = [("01-cover.png", b"\x89PNG"), ("文本/说明.txt", "一稿".encode())]


def test_the_archive_holds_every_file_in_order() -> None:
    with zipfile.ZipFile(io.BytesIO(zip_of(FILES))) as archive:
        assert [(i.filename, archive.read(i)) for i in archive.infolist()] == FILES


def test_an_entry_names_no_real_time_and_no_owner() -> None:
    with zipfile.ZipFile(io.BytesIO(zip_of(FILES))) as archive:
        assert {(i.date_time, i.create_system, i.external_attr >> 16) for i in archive.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), 3, 0o100644)
        }


@pytest.mark.parametrize("path", ["../a", "/a", "a//b", "a\\b", "", "a/./b"])
def test_a_path_outside_the_archive_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="archive path"):
        zip_of([(path, b"")])


def test_a_path_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="archive path"):
        zip_of([("a", b"1"), ("a", b"2")])
