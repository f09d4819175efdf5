"""`yigao restore`: all data back out of one file, into whichever database is set."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from channels.words import Words
from hub.backup import Restored, restore
from hub.backup.aftermath import hold_name
from hub.cli import DONE, FAILED
from hub.cli.options import DATA, FILE, JSON
from hub.cli.output import Output
from hub.cli.progress import Line
from hub.config import load
from hub.services import Services
from hub.supervisor import alone


@click.command("restore")
@FILE
@click.option("--replace", is_flag=True, help="现有数据改名保留 keep the present data under another name")
@DATA
@JSON
def command(file: Path, replace: bool, data: Path | None, machine: bool) -> int:
    """从 FILE 恢复。恢复后暂停发布，由人核对后解除。 Restore from FILE; publication is then on hold.

    What was open when the backup was made may have gone out since: nothing is sent until somebody has looked.
    """
    services = Services(load(data=data))
    out = Output(language=services.config.language, machine=machine)
    with alone(services.config), Line(out) as tell:
        done = restore(services, file.absolute(), now=datetime.now(UTC), replace=replace, progress=tell)
    _say_restored(out, done)
    out.document(
        {
            "made_at": done.manifest.made_at.isoformat(),
            "tables": done.manifest.tables,
            "files": done.manifest.blobs,
            "former": done.former,
            "settings": str(done.config) if done.config else None,
            "unfinished": done.unfinished,
            "to_look_at": done.asked,
            "again": done.again,
            "hold": done.hold_id,
            "sites": None
            if done.sites is None
            else [{"folder": str(place), "files": count} for place, count in done.sites.items()],
        }
    )
    return DONE if done.sites is not None else FAILED


def _say_restored(out: Output, done: Restored) -> None:
    made = f"{done.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC"
    rows, files = sum(done.manifest.tables.values()), done.manifest.blobs
    if done.again:
        out.say(Words("这份备份上次已载入，这次只重建站点。", "It was loaded before; only the sites were rebuilt."))
    out.say(
        Words(
            f"  ✓ 已恢复 {made} 的备份：{rows} 行，{files} 个文件", f"  ✓ Restored {made}: {rows} rows, {files} files"
        ),
        colour="green",
    )
    for place, count in (done.sites or {}).items():
        out.say(Words(f"  ✓ {place}：{count} 个文件", f"  ✓ {place}: {count} files"), colour="green")
    if done.sites is None:
        out.error(
            Words("BAK-107 缺成品，站点没有重建。", "BAK-107 An artefact is missing; the sites were not rebuilt."),
            Words(
                "请把缺的文件放回 artefacts/，再运行 yigao site rebuild。", "Put it back and run yigao site rebuild."
            ),
        )
    if done.former:
        out.say(Words(f"  原有数据库保留为 {done.former}", f"  The former database is kept as {done.former}"))
    if done.config:
        out.say(
            Words(
                f"  备份中的设置写在 {done.config}，请核对后改名使用",
                f"  The backup's settings are in {done.config}: compare, then rename it",
            )
        )
    _say_hold(out, done)


def _say_hold(out: Output, done: Restored) -> None:
    name = hold_name(done.manifest.made_at)
    out.say(
        Words(
            f"已暂停发布（{name}）：未完成的 {done.unfinished} 项里，"
            f"有 {done.asked} 项在备份之后可能已经发出，须逐项核对。",
            f"Publication is on hold ({name}). Of {done.unfinished} unfinished deliveries {done.asked} may have "
            "gone out since the backup was made: look at each.",
        ),
        colour="yellow",
    )
    out.say(
        Words(
            f"启动后先看“暂缓”和“定时发布”：已经发出的取消；都核对过，再运行 yigao hold lift {done.hold_id}。",
            "Start, look at what is held and what is scheduled, cancel what is out already; "
            f"then run yigao hold lift {done.hold_id}.",
        ),
        colour="yellow",
    )
