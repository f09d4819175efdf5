"""Options and arguments that several commands share."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from channels.registry import CHANNELS

ZONE = ZoneInfo("Asia/Shanghai")


class Instant(click.ParamType[datetime]):
    """A time such as `2026-12-10T15:00`; without a zone it is read in the offices' zone, Asia/Shanghai."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse it, or end with a usage message."""
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"“{value}”不是时间；写作 2026-12-10T15:00。 Not a time: write 2026-12-10T15:00.", param, ctx)
        return instant if instant.tzinfo else instant.replace(tzinfo=ZONE)


FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
CHANNEL = click.option(
    "--channel",
    multiple=True,
    type=click.Choice(list(CHANNELS)),
    help="只做此渠道，可重复 only this one; repeatable",
)
AT = click.option("--at", type=Instant(), default=None, help="发布时间 publication time, 2026-12-10T15:00")
JSON = click.option("--json", "machine", is_flag=True, help="供程序读取的 JSON answer for machines")
DATA = click.option("--data", type=click.Path(path_type=Path), default=None, help="数据目录 data folder (default var)")
