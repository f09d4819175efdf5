"""`yigao backup`: all data of one moment in one file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from channels.words import Words
from hub.backup import Made, backup
from hub.cli import DONE, FAILED
from hub.cli.options import DATA, JSON
from hub.cli.output import Output
from hub.cli.progress import Line
from hub.config import load
from hub.services import Services


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="覆盖已有的 FILE replace a FILE that is there")
@DATA
@JSON
def command(file: Path, replace: bool, data: Path | None, machine: bool) -> int:
    """备份全部数据到 FILE，运行中亦可。 Back up all data into FILE, also while everything runs.

    The file holds password hashes and accounts' settings: keep it as safe as the data folder.
    """
    services = Services(load(data=data))
    out = Output(language=services.config.language, machine=machine)
    with Line(out) as tell:
        made = backup(services, file.absolute(), now=datetime.now(UTC), replace=replace, progress=tell)
    rows = sum(made.manifest.tables.values())
    size = _size(made.size)
    out.say(
        Words(
            f"  ✓ {made.file}：{rows} 行，{made.manifest.blobs} 个文件，{size}",
            f"  ✓ {made.file}: {rows} rows, {made.manifest.blobs} files, {size}",
        ),
        colour="green",
    )
    _say_faults(out, made)
    out.document(
        {
            "file": str(made.file),
            "size": made.size,
            "made_at": made.manifest.made_at.isoformat(),
            "revision": made.manifest.revision,
            "tables": made.manifest.tables,
            "files": made.manifest.blobs,
            "damaged": made.manifest.damaged,
            "missing": made.manifest.missing,
        }
    )
    return DONE if made.whole else FAILED


def _say_faults(out: Output, made: Made) -> None:
    for kind, names in (
        (Words("文件已损坏", "damaged"), made.manifest.damaged),
        (Words("文件不见了", "missing"), made.manifest.missing),
    ):
        for sha256 in names:
            out.error(
                Words(f"BAK-106 {kind.zh}：artefacts/{sha256[:2]}/{sha256[2:]}", f"BAK-106 {kind.en}: {sha256}"),
                Words("备份已完成，但缺这个成品。", "The backup was made without this artefact."),
            )


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"
