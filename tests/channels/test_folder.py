"""The receiving folder: a package is there whole or not at all; withdrawn or replaced it leaves a note and no text."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from channels import folder
from channels.base import Artefact, File, NeedsHand, Permanent, Receipt, Replaces, Retracts, Retryable
from channels.folder import (
    CORRECTED,
    NOTE,
    REPLACED,
    WITHDRAWN,
    FolderSettings,
    find_in_folder,
    replace_in_folder,
    retract_from_folder,
    send_to_folder,
)
from channels.manuscript import Withdrawal
from channels.registry import CHANNELS
from tests.channels.retracting import Retracting

WITHDRAWAL = Withdrawal(
    at=datetime(2026, 11, 25, 2, 5, tzinfo=UTC), reason="所附标准有误，待核实后重新发布。", office="锦溪区发展和改革局"
)


def artefact(text: str = "正文") -> Artefact:
    page = File("index.html", text.encode(), "text/html")
    return Artefact("fake", (page, File("images/a.png", b"png", "image/png", "图")), "index.html")


@pytest.fixture
def settings(tmp_path: Path) -> FolderSettings:
    return FolderSettings.model_validate({"folder": "公众号/锦溪发布"}, context={"outbox": tmp_path})


def names(root: Path) -> list[str]:
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def test_a_withdrawn_package_leaves_pick_up_and_only_a_note_stays(settings: FolderSettings, tmp_path: Path) -> None:
    sent = send_to_folder(artefact(), settings, "d1")
    receipt = retract_from_folder(sent, WITHDRAWAL, settings, "w1")
    root = tmp_path / "公众号/锦溪发布"
    assert names(root) == [f"{WITHDRAWN}/d1/{NOTE}"]
    note = (root / WITHDRAWN / "d1" / NOTE).read_text(encoding="utf-8-sig")
    for told in ("2026年11月25日10:05（北京时间）", WITHDRAWAL.reason, WITHDRAWAL.office, "w1"):
        assert told in note
    assert receipt.url == (root / WITHDRAWN / "d1").as_uri()
    assert "读回" in receipt.proof
    assert find_in_folder(artefact(), settings, "d1") is None


def test_a_second_call_finds_it_done_and_answers_the_same(settings: FolderSettings, tmp_path: Path) -> None:
    sent = send_to_folder(artefact(), settings, "d1")
    first = retract_from_folder(sent, WITHDRAWAL, settings, "w1")
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    assert retract_from_folder(sent, WITHDRAWAL, settings, "w1") == first
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("broken", ["Path.rename", "shutil.rmtree"])
def test_cut_short_anywhere_the_next_call_ends_it(
    settings: FolderSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    sent = send_to_folder(artefact(), settings, "d1")

    def refuses(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(f"channels.folder.{broken}", refuses)
        with pytest.raises(Retryable, match="DLV-312"):
            retract_from_folder(sent, WITHDRAWAL, settings, "w1")
    retract_from_folder(sent, WITHDRAWAL, settings, "w1")
    assert names(tmp_path / "公众号/锦溪发布") == [f"{WITHDRAWN}/d1/{NOTE}"]


def test_a_package_that_was_picked_up_is_a_persons_task(settings: FolderSettings, tmp_path: Path) -> None:
    sent = send_to_folder(artefact(), settings, "d1")
    (tmp_path / "公众号/锦溪发布/d1").rename(tmp_path / "taken")
    with pytest.raises(NeedsHand, match="已被取走") as told:
        retract_from_folder(sent, WITHDRAWAL, settings, "w1")
    assert told.value.code == "DLV-332"
    assert "公众号/锦溪发布/d1" in told.value.sentence.zh


@pytest.mark.parametrize("url", ["https://mp.example/s/1", "", "file:///etc", "file:///etc/../x"])
def test_what_a_person_posted_a_person_deletes(settings: FolderSettings, url: str) -> None:
    with pytest.raises(NeedsHand) as told:
        retract_from_folder(Receipt(url=url, platform_id="77"), WITHDRAWAL, settings, "w1")
    assert told.value.code == "DLV-331"
    assert (url or "77") in told.value.sentence.zh


def test_the_folder_in_the_receipt_counts_when_the_account_has_another_since(
    settings: FolderSettings, tmp_path: Path
) -> None:
    sent = send_to_folder(artefact(), settings, "d1")
    moved = FolderSettings.model_validate({"folder": "另一处"}, context={"outbox": tmp_path})
    retract_from_folder(sent, WITHDRAWAL, moved, "w1")
    assert names(tmp_path) == [f"公众号/锦溪发布/{WITHDRAWN}/d1/{NOTE}"]


def test_a_folder_not_ours_is_said(settings: FolderSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = send_to_folder(artefact(), settings, "d1")

    def denied(*_: Any) -> None:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(Path, "rename", denied)
    with pytest.raises(Permanent, match="DLV-311"):
        retract_from_folder(sent, WITHDRAWAL, settings, "w1")


def test_a_correction_takes_the_place_of_the_earlier_package_and_says_so(
    settings: FolderSettings, tmp_path: Path
) -> None:
    earlier = send_to_folder(artefact("错"), settings, "d1")
    receipt = replace_in_folder(artefact("对"), earlier, settings, "d2")
    root = tmp_path / "公众号/锦溪发布"
    assert names(root) == ["d2/images/a.png", "d2/index.html", f"d2/{CORRECTED}", f"{REPLACED}/d1/{NOTE}"]
    assert "d1" in (root / "d2" / CORRECTED).read_text(encoding="utf-8-sig")
    assert "d2" in (root / REPLACED / "d1" / NOTE).read_text(encoding="utf-8-sig")
    assert find_in_folder(artefact("对"), settings, "d2") == receipt
    assert replace_in_folder(artefact("对"), earlier, settings, "d2") == receipt


def test_the_wrong_text_is_gone_before_the_right_one_is_there(
    settings: FolderSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = send_to_folder(artefact("错"), settings, "d1")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(folder, "_write_whole", full)
        with pytest.raises(Retryable):
            replace_in_folder(artefact("对"), earlier, settings, "d2")
    assert find_in_folder(artefact("错"), settings, "d1") is None
    assert find_in_folder(artefact("对"), settings, "d2") is None
    assert replace_in_folder(artefact("对"), earlier, settings, "d2")


def test_what_was_replaced_needs_no_withdrawal_of_its_own(settings: FolderSettings) -> None:
    earlier = send_to_folder(artefact("错"), settings, "d1")
    replace_in_folder(artefact("对"), earlier, settings, "d2")
    assert REPLACED in unquote(retract_from_folder(earlier, WITHDRAWAL, settings, "w1").url)


@pytest.mark.parametrize("earlier", [Receipt(url="https://mp.example/s/1"), Receipt(url="file:///elsewhere/d1")])
def test_a_correction_names_what_it_replaces_even_when_that_is_out_of_reach(
    settings: FolderSettings, tmp_path: Path, earlier: Receipt
) -> None:
    replace_in_folder(artefact("对"), earlier, settings, "d2")
    told = (tmp_path / "公众号/锦溪发布/d2" / CORRECTED).read_text(encoding="utf-8-sig")
    assert earlier.url in told


def test_without_a_folder_a_person_posts_the_correction(tmp_path: Path) -> None:
    by_hand = FolderSettings.model_validate({}, context={"outbox": tmp_path})
    with pytest.raises(NeedsHand, match="DLV-310"):
        replace_in_folder(artefact(), Receipt(url="https://mp.example/s/1"), by_hand, "d2")


def test_channels_that_deliver_into_a_folder_retract_and_replace(tmp_path: Path) -> None:
    filled = [c for c in CHANNELS.values() if issubclass(c.Settings, FolderSettings)]
    assert {c.key for c in filled} == {"wechat", "cards"}
    for channel in filled:
        assert isinstance(channel, Retracts)
        assert isinstance(channel, Replaces)
        set_up = channel.Settings.model_validate({"folder": "a"}, context={"outbox": tmp_path})
        sent = channel.send(artefact(), set_up, f"{channel.key}1")  # type: ignore[attr-defined]
        corrected = channel.replace(artefact("对"), sent, set_up, f"{channel.key}2")
        channel.retract(corrected, WITHDRAWAL, set_up, "w1")
        assert not (tmp_path / "a" / f"{channel.key}2").exists()


def test_the_far_end_of_tests_does_it_once_however_often_it_is_asked() -> None:
    far = Retracting(cut=[Retryable("FAK-300", folder.THE_PLATFORM)])
    sent = far.send(artefact(), None, "d1")
    with pytest.raises(Retryable):
        far.retract(sent, WITHDRAWAL, None, "w1")
    assert far.retract(sent, WITHDRAWAL, None, "w1") == far.retract(sent, WITHDRAWAL, None, "w1")
    assert far.retracted == {"w1": 1}
    assert far.standing == {}
    assert isinstance(far, Retracts)
    assert isinstance(far, Replaces)
