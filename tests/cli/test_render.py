"""`yigao render`: no database, no server; one folder a channel, a manifest, and the findings."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from channels.registry import CHANNELS
from hub.setup import SAMPLES
from tests.cli_runner import yigao

FIRST = sorted(SAMPLES.glob("*.md"))[0]
PLAIN = "---\ntitle: 一篇短稿\n---\n\n## 为什么\n\n因为需要。这是正文的第一段。\n"


def manifest_of(folder: Path) -> dict[str, object]:
    """The manifest that a run wrote."""
    found: dict[str, object] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def tree(folder: Path) -> dict[str, str]:
    """Every file below the folder with its hash."""
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_every_channel_is_rendered_and_the_manifest_tells_the_truth(tmp_path: Path) -> None:
    ran = yigao("render", FIRST, "--to", tmp_path / "out")
    assert ran.code == 0, ran
    manifest = manifest_of(tmp_path / "out")
    files = manifest["files"]
    assert isinstance(files, list)
    on_disk = tree(tmp_path / "out")
    on_disk.pop("manifest.json")
    assert {f["path"]: f["sha256"] for f in files} == on_disk
    assert {f["channel"] for f in files} == set(CHANNELS)
    assert all(re.fullmatch(r"[a-z]+/[a-z0-9.+-]+(;.*)?", f["media_type"]) for f in files)
    assert all(f["alt"] for f in files if f["media_type"] == "image/png")


def test_rendering_twice_in_two_processes_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert yigao("render", FIRST, "--to", tmp_path / name, PYTHONHASHSEED=(name == "a" and "1") or "2").code == 0
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_only_a_title_and_a_body_are_needed(tmp_path: Path) -> None:
    (tmp_path / "d.md").write_text(PLAIN, encoding="utf-8")
    ran = yigao("render", tmp_path / "d.md", "--to", tmp_path / "out", "--json")
    assert ran.code == 0, ran
    states = {key: entry["state"] for key, entry in json.loads(ran.out)["channels"].items()}
    assert states.pop("livestream") == "skipped"
    assert set(states.values()) == {"rendered"}


def test_one_channel_can_be_chosen(tmp_path: Path) -> None:
    assert yigao("render", FIRST, "--to", tmp_path / "out", "--channel", "wechat").code == 0
    assert [p.name for p in sorted((tmp_path / "out").iterdir())] == ["manifest.json", "wechat"]


def test_an_empty_draft_is_blocked_with_a_code_and_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "d.md").write_text("---\ntitle:\n---\n", encoding="utf-8")
    ran = yigao("render", tmp_path / "d.md", "--to", tmp_path / "out")
    assert ran.code == 1
    assert re.search(r"[A-Z]{3}-\d{3}", ran.err), ran
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["manifest.json"]


def test_a_blocking_finding_stops_its_channel_alone_and_removes_what_an_earlier_run_left(tmp_path: Path) -> None:
    draft = tmp_path / "d.md"
    draft.write_text(PLAIN, encoding="utf-8")
    assert yigao("render", draft, "--to", tmp_path / "out").code == 0
    draft.write_text(PLAIN + "\n![图](fake.png)\n", encoding="utf-8")
    (tmp_path / "fake.png").write_text("no image")
    ran = yigao("render", draft, "--to", tmp_path / "out")
    assert ran.code == 1
    assert "IMG-101" in ran.err
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert "cards" in names
    assert "website" not in names


def test_wrong_front_matter_names_file_line_and_field_and_writes_nothing(tmp_path: Path) -> None:
    draft = tmp_path / "d.md"
    draft.write_text("---\ntitle: a\npolicies:\n- title: b\n  signed: 去年\n---\nc\n", encoding="utf-8")
    ran = yigao("render", draft, "--to", tmp_path / "out")
    assert ran.code == 1
    assert f"{draft}:5 policies[0].signed FMT-110" in ran.err
    assert "2026-11-23" in ran.err
    assert not (tmp_path / "out").exists()


def test_body_findings_point_at_the_line_of_the_file(tmp_path: Path) -> None:
    draft = tmp_path / "d.md"
    draft.write_text(PLAIN + "\n依据川办函[2021]57 号办理。\n", encoding="utf-8")
    line = draft.read_text(encoding="utf-8").splitlines().index("依据川办函[2021]57 号办理。") + 1
    ran = yigao("render", draft, "--to", tmp_path / "out")
    assert ran.code == 0
    assert re.search(rf"DOC-101 \[website\] {re.escape(str(draft))}:body:{line} .*〔2021〕57号", ran.out + ran.err), ran


@pytest.mark.parametrize(
    "body",
    [
        "a\x00b\x01" + "文" * 20,
        "<script>alert(1)</script>\n\n正文在此。",
        "政策" * 30_000,
        "[点击](javascript:alert(1)) 正文在此。",
        "]]> &amp; <!-- --> 正文在此。",
    ],
    ids=["control characters", "script", "60,000 characters", "script address", "markup ends"],
)
def test_hostile_and_long_drafts_are_published_safely_or_answered(tmp_path: Path, body: str) -> None:
    (tmp_path / "d.md").write_bytes(f"---\ntitle: 标题\n---\n\n{body}\n".encode())
    ran = yigao("render", tmp_path / "d.md", "--to", tmp_path / "out")
    assert "Traceback" not in ran.out + ran.err
    assert ran.code in (0, 1)
    if ran.code == 1:
        assert re.search(r"✗ [A-Z]{3}-\d{3}", ran.err), ran
    for page in (tmp_path / "out").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "alert(1)</script>" not in text
        assert "\x00" not in text
        assert 'href="javascript' not in text
    assert not list((tmp_path / "out").glob(".*"))


def test_lone_surrogates_are_replaced_and_said(tmp_path: Path) -> None:
    (tmp_path / "d.md").write_bytes(b"---\ntitle: \xe6\xa0\x87\xe9\xa2\x98\n---\n\nabc \xed\xa0\x80 def\n")
    ran = yigao("render", tmp_path / "d.md", "--to", tmp_path / "out")
    assert ran.code == 0, ran
    assert "TXT-" in ran.out


def test_a_title_of_59_characters_with_nested_marks_is_set(tmp_path: Path) -> None:
    nested = "《锦溪区人民政府办公室关于转发〈蓉川市老年助餐服务补贴办法〉的通知》"
    title = f"关于{nested}的解读：谁能享受、补多少、怎么申请、向谁咨询四问"
    (tmp_path / "d.md").write_text(f"---\ntitle: {title}\n---\n\n正文在此，说明情况。\n", encoding="utf-8")
    ran = yigao("render", tmp_path / "d.md", "--to", tmp_path / "out")
    assert len(title) >= 59
    assert ran.code == 0, ran


def test_a_missing_file_is_wrong_use(tmp_path: Path) -> None:
    ran = yigao("render", tmp_path / "none.md", "--to", tmp_path / "out")
    assert ran.code == 2
    assert "Traceback" not in ran.err
