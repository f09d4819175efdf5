"""`yigao site rebuild`: the public site from nothing, out of the database."""

from __future__ import annotations

from pathlib import Path

import click

from channels.words import Words
from hub import rebuilding
from hub.cli import DONE
from hub.cli.options import DATA, JSON
from hub.cli.output import Output
from hub.config import load
from hub.migrations import upgrade
from hub.services import Services


@click.group("site")
def command() -> None:
    """公开站点。 The public site."""


@command.command("rebuild")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="输出目录 folder")
@DATA
@JSON
def rebuild(folder: Path | None, data: Path | None, machine: bool) -> int:
    """从数据库重建站点。 Rebuild the site from the database; the same data gives the same bytes."""
    services = Services(load(data=data))
    out = Output(language=services.config.language, machine=machine)
    services.config.data.mkdir(parents=True, exist_ok=True)
    upgrade(services.db.engine)
    built = rebuilding.rebuild(services, folder)
    for place, count in built.items():
        out.say(Words(f"  ✓ {place}：{count} 个文件", f"  ✓ {place}: {count} files"), colour="green")
    out.document({"sites": [{"folder": str(place), "files": count} for place, count in built.items()]})
    return DONE
