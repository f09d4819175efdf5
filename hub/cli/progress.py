"""How far a long command is, on a terminal."""

from __future__ import annotations

import sys

import click

from channels.words import Words
from hub.backup.progress import Progress, Step
from hub.cli.output import Output

STEPS = {
    Step.READ: Words("读取数据", "reading rows"),
    Step.PACK: Words("打包文件", "packing files"),
    Step.VERIFY: Words("核对备份", "checking the backup"),
    Step.LOAD: Words("载入", "loading"),
    Step.SITE: Words("重建站点", "rebuilding the sites"),
}


class Line:
    """One line on a terminal that says how far it is; nothing where nobody watches."""

    def __init__(self, out: Output) -> None:
        self.shown = sys.stderr.isatty() and not out.machine
        self.language = out.language
        self.last = ""

    def __enter__(self) -> Progress:
        return self.tell

    def __exit__(self, *_: object) -> None:
        if self.last:
            click.echo("\r\x1b[K", nl=False, err=True)

    def tell(self, step: Step, done: int, total: int) -> None:
        """Show it, when it reads otherwise than before."""
        far = f"{100 * done // total} %" if total else (f"{done}" if done else "")
        line = f"  {STEPS[step].in_(self.language)} {far}"
        if self.shown and line != self.last:
            self.last = line
            click.echo(f"\r\x1b[K{line}", nl=False, err=True)
