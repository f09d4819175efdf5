"""`yigao audit verify` and `yigao audit show`: is the trail whole, and what does it say?"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError

from channels.words import NO_WORDS, Words
from hub.audit import Entry, Head, Verdict, listing, verify
from hub.audit.findings import ADVICE
from hub.audit.verifying import Progress
from hub.cli import DONE, FAILED, WRONG_USE
from hub.cli.following import STATE_WORDS
from hub.cli.options import DATA, JSON
from hub.cli.output import Output
from hub.config import load
from hub.services import Services

LAST = 20
HEADINGS = (
    Words("时间", "when"),
    Words("任务", "delivery"),
    Words("账号", "account"),
    Words("从", "from"),
    Words("到", "to"),
    Words("次", "try"),
    Words("何人", "who"),
    Words("版本", "revision"),
    Words("封存", "link"),
    Words("缘由", "why"),
)


class NotedHead(click.ParamType[Head]):
    """A head as `verify` prints it: `1234:9f86d0…`, position and hash."""

    name = "HEAD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        """Parse it, or end with a usage message."""
        position, _, digest = str(value).partition(":")
        digest = digest.strip().lower()
        if not position.isdecimal() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            self.fail(
                f"“{value}”不是链头；写作 位置:64 位校验值。 Not a head: write position:hash, 64 digits.", param, ctx
            )
        return Head(int(position), digest)


@click.group("audit")
def command() -> None:
    """留痕：校验与查看。 The trail: verify and show it."""


@command.command("verify")
@click.option(
    "--head", "heads", multiple=True, type=NotedHead(), help="另行抄录的链头 a head noted elsewhere; repeatable"
)
@DATA
@JSON
def verify_command(heads: tuple[Head, ...], data: Path | None, machine: bool) -> int:
    """校验留痕链，指出第一处破坏。 Recompute the chain and name the first broken row.

    退出码 exit codes: 0 完整 whole, 1 已被破坏 broken, 2 用法或设置有误 wrong use or settings.
    """
    services = Services(load(data=data))
    out = Output(language=services.config.language, machine=machine)
    if not _there(services, out):
        return WRONG_USE
    try:
        with _progress(out) as progress:
            verdict = verify(services, services.db.now(), heads=heads, progress=progress)
    except DatabaseError as error:
        return _unreadable(error, out)
    _say(verdict, out)
    out.document(verdict.as_dict())
    return DONE if verdict.whole else FAILED


@command.command("show")
@click.option("--delivery", type=click.IntRange(min=1), help="只看这项发布任务 of this delivery only")
@click.option(
    "--last", type=click.IntRange(1, 100_000), help=f"最近几条 the last N (default {LAST}; all of a delivery)"
)
@DATA
@JSON
def show_command(delivery: int | None, last: int | None, data: Path | None, machine: bool) -> int:
    """查看流转：何人、何时、从何到何、为何。 Who moved what, when, from where to where, and why."""
    services = Services(load(data=data))
    out = Output(language=services.config.language, machine=machine)
    if not _there(services, out):
        return WRONG_USE
    try:
        entries = listing(services, delivery_id=delivery, last=last or (None if delivery else LAST))
    except DatabaseError as error:
        return _unreadable(error, out)
    if delivery and not entries:
        out.error(Words(f"AUD-102 没有发布任务 {delivery} 的流转。", f"AUD-102 No moves of a delivery {delivery}."))
        return FAILED
    for line in _table(entries, out.language):
        out.say(Words(line, line))
    out.document({"moves": [entry.as_dict() for entry in entries]})
    return DONE


def _there(services: Services, out: Output) -> bool:
    """Whether there is a database file to read, which asking for it would else create."""
    config = services.config
    if config.database_url or (config.data / "yigao.db").is_file():
        return True
    out.error(
        Words(f"AUD-101 {config.data} 中没有数据库。", f"AUD-101 There is no database in {config.data}."),
        Words("请用 --data 指定数据目录。", "Name the data folder with --data."),
    )
    return False


def _unreadable(error: DatabaseError, out: Output) -> int:
    """The database can't be reached or has no tables yet: a wrong setting. It is damaged: broken."""
    if isinstance(error, (OperationalError, ProgrammingError)):
        out.error(
            Words(
                "AUD-103 数据库不可用，或尚未升级到此版本。",
                "AUD-103 The database can't be reached, or isn't up to date.",
            ),
            Words("请运行 yigao doctor；升级随 yigao up 进行。", "Run yigao doctor; yigao up brings it up to date."),
        )
        return WRONG_USE
    out.error(
        Words("AUD-207 数据库文件已损坏，无法读完。", "AUD-207 The database is damaged and can't be read."), ADVICE
    )
    return FAILED


@contextmanager
def _progress(out: Output) -> Iterator[Progress | None]:
    """A bar on a terminal, nothing elsewhere."""
    if out.machine or not sys.stderr.isatty():
        yield None
        return
    label = Words("校验", "Verifying").in_(out.language)
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def advance(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield advance


def _say(verdict: Verdict, out: Output) -> None:
    for warned in verdict.warnings:
        if not out.machine:
            words = Words(f"! {warned.code} {warned.words.zh}", f"! {warned.code} {warned.words.en}")
            out.error(words, warned.suggestion)
    for number, found in enumerate(verdict.breaks):
        words = Words(f"✗ {found.code} {found.words.zh}", f"✗ {found.code} {found.words.en}")
        out.error(words, NO_WORDS if number else ADVICE)
    if more := verdict.broken - len(verdict.breaks):
        out.error(Words(f"  另有 {more} 处。", f"  And {more} more."))
    if verdict.whole:
        out.say(
            Words(
                f"✓ AUD-200 留痕完整：{verdict.links} 环，{verdict.deliveries} 项发布任务，"
                f"与 {verdict.notes} 次链头记录相符；待封存 {verdict.unsealed} 条。",
                f"✓ AUD-200 The trail is whole: {verdict.links} links, {verdict.deliveries} deliveries, agrees with "
                f"{verdict.notes} noted heads; {verdict.unsealed} rows wait for their seal.",
            ),
            colour="green",
        )
    if verdict.head:
        head = f"{verdict.head.position}:{verdict.head.hash}"
        out.say(
            Words(f"  链头 {head}（可抄录，供日后用 --head 比对）", f"  Head {head} (note it down for a later --head)")
        )


def _table(entries: Sequence[Entry], language: str) -> Iterator[str]:
    rows = [[words.in_(language) for words in HEADINGS], *(_cells(entry, language) for entry in entries)]
    # The last column is as long as it likes.
    widths = [max(_width(row[index]) for row in rows) for index in range(len(HEADINGS) - 1)]
    for row in rows:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*cells, row[-1]]).rstrip()


def _cells(entry: Entry, language: str) -> list[str]:
    who = f"{entry.user} ({entry.actor})" if entry.user else entry.actor
    said = f"{entry.said.get('code', '')} {entry.said.get(language, '')}".strip() if entry.said else ""
    cells = [
        f"{entry.local:%Y-%m-%d %H:%M:%S} {entry.zone}",
        str(entry.delivery_id),
        entry.account,
        _state(entry.source, language),
        _state(entry.target, language),
        str(entry.attempt),
        who,
        entry.revision_hash[:12],
        str(entry.position or "–"),
        " · ".join(part for part in (entry.reason, said) if part),
    ]
    return ["".join(c if c.isprintable() else " " for c in cell) for cell in cells]


def _state(state: str | None, language: str) -> str:
    words = {key.value: value for key, value in STATE_WORDS.items()}.get(state or "")
    return words.in_(language) if words else state or "–"


def _width(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
