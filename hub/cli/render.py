"""`yigao render`: a text file to every channel's files. No database, no server."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from channels.manuscript import Manuscript
from channels.registry import CHANNELS
from channels.words import Words
from hub.cli import DONE, FAILED
from hub.cli.drafts import answer_mistakes, findings_in_file
from hub.cli.options import AT, CHANNEL, FILE, JSON
from hub.cli.output import Output
from hub.editorial.front_matter import Draft, read_draft
from hub.editorial.header import DraftError
from hub.rendering import Rendering, render


@click.command("render")
@FILE
@click.option("--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="输出目录 folder")
@CHANNEL
@AT
@JSON
def command(file: Path, folder: Path, channel: tuple[str, ...], at: datetime | None, machine: bool) -> int:
    """把稿件 FILE 生成各渠道成品。 Render FILE for every channel.

    Writes DIR/<channel key>/… and DIR/manifest.json. A finding that blocks stops its channel alone (exit code 1).
    """
    out = Output.from_environment(machine=machine)
    try:
        draft = read_draft(file)
    except DraftError as error:
        return answer_mistakes(out, error)
    manuscript = Manuscript(content=draft.content)
    manuscript = manuscript.at(at) if at else manuscript
    wanted = channel or tuple(CHANNELS)
    renderings = []
    for key in wanted:
        out.say(Words(f"{CHANNELS[key].name.zh} …", f"{CHANNELS[key].name.en} …"))
        done = findings_in_file(render(CHANNELS[key], manuscript, CHANNELS[key].Settings()), draft)
        out.findings(key, done.findings, str(file))
        _write_channel(folder, done)
        _say_result(out, folder, done)
        renderings.append(done)
    manifest = _write_manifest(folder, draft, renderings)
    out.document(manifest)
    stopped = [r for r in renderings if r.blocked or (r.skipped and channel)]
    return FAILED if stopped else DONE


def _say_result(out: Output, folder: Path, done: Rendering) -> None:
    if done.artefact is not None:
        count = len(done.artefact.files)
        place = folder / done.channel
        out.say(Words(f"  ✓ {count} 个文件：{place}", f"  ✓ {count} files: {place}"), colour="green")


def _write_channel(folder: Path, done: Rendering) -> None:
    """Replace the channel's folder in one rename; a stopped channel leaves none."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / done.channel
    if done.artefact is None:
        shutil.rmtree(target, ignore_errors=True)
        return
    staging = Path(tempfile.mkdtemp(prefix=f".{done.channel}-", dir=folder))
    try:
        for file in done.artefact.files:
            path = staging / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
        staging.chmod(0o755)
        shutil.rmtree(target, ignore_errors=True)
        staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write_manifest(folder: Path, draft: Draft, renderings: Sequence[Rendering]) -> dict[str, Any]:
    manifest = {
        "title": draft.content.title,
        "content_hash": draft.content.content_hash,
        "channels": {r.channel: _channel_entry(r) for r in renderings},
        "files": [entry for r in renderings for entry in _file_entries(r)],
        "findings": [{"channel": r.channel, **f.as_dict()} for r in renderings for f in r.findings],
    }
    part = folder / ".manifest.json.part"
    part.write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    part.replace(folder / "manifest.json")
    return manifest


def _channel_entry(done: Rendering) -> dict[str, Any]:
    if done.artefact is None:
        return {"state": "blocked" if done.blocked else "skipped"}
    return {"state": "rendered", "entry": f"{done.channel}/{done.artefact.entry}", "sha256": done.artefact.sha256}


def _file_entries(done: Rendering) -> list[dict[str, Any]]:
    if done.artefact is None:
        return []
    return [
        {
            "channel": done.channel,
            "path": f"{done.channel}/{f.path}",
            "media_type": f.media_type,
            "sha256": f.sha256,
            "size": len(f.data),
            "alt": f.alt,
        }
        for f in done.artefact.files
    ]
