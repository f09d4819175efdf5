"""The matrix as a table (CSV) for a spreadsheet: UTF-8 with a byte order mark, so that Excel reads it as such, and no
cell that a spreadsheet would run as a formula.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from channels.words import Words
from hub.account_settings import plain
from hub.models import Account, Area, Office, User

ID, AREA, OFFICE, CHANNEL, NAME, STATE, REASON = "编号", "区域", "单位", "渠道", "账号名称", "状态", "停用原因"
FILING, OWNER, PHONE, OPENED, CLOSED, BESIDE, SETTINGS = (
    "备案号",
    "负责人",
    "联系电话",
    "开通日期",
    "停用日期",
    "再开理由",
    "设置",
)
HEADER = (ID, AREA, OFFICE, CHANNEL, NAME, STATE, REASON, FILING, OWNER, PHONE, OPENED, CLOSED, BESIDE, SETTINGS)
IN_USE, OFF = "在用", "停用"
SLASH = "/"
# A spreadsheet takes a cell that begins so for a formula; an apostrophe before it makes it a text.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
MOST_LINES = 50_000


class TableError(Exception):
    """A file that is no such table; `words` says why."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.zh)
        self.words = words


@dataclass(frozen=True)
class Line:
    """One line of a table that was read: its number in the file, and its cells by column."""

    number: int
    cells: dict[str, str]


def guarded(cell: str) -> str:
    """The cell as a spreadsheet shows it, never as a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell


def write(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The table with its header, a line at a time."""
    yield "\ufeff" + _line(HEADER)
    for row in rows:
        yield _line([guarded(cell) for cell in row])


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def read(data: bytes) -> list[Line]:
    """The lines of a table, whatever the order of its columns; columns may be missing. Empty lines are left out.

    Excel in China saves as GB 18030 where it isn't told otherwise, so that is read too. Raises TableError.
    """
    reader = csv.reader(io.StringIO(_decoded(data), newline=""))
    lines: list[Line] = []
    names: list[str] | None = None
    try:
        for cells in reader:
            if names is None:
                names = _header(cells)
            elif any(cell.strip() for cell in cells):
                row = {n: unguarded(c.strip(" \u3000\n")) for n, c in zip(names, cells, strict=False)}
                lines.append(Line(reader.line_num, row))
    except csv.Error as error:
        said = Words(f"第 {reader.line_num} 行无法识别。", f"Line {reader.line_num} can't be read.")
        raise TableError(said) from error
    if names is None:
        raise TableError(Words("文件是空的。", "The file is empty."))
    if len(lines) > MOST_LINES:
        raise TableError(Words(f"超过 {MOST_LINES} 行，请分批导入。", f"Over {MOST_LINES} lines: import it in parts."))
    return lines


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableError(
        Words(
            "文件的编码无法识别，请在表格软件中另存为“CSV UTF-8”。", "The encoding can't be read: save it as CSV UTF-8."
        )
    )


def _header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    unknown = [name for name in names if name and name not in HEADER]
    if unknown or len(set(names)) != len(names):
        wrong = unknown[0] if unknown else next(n for n in names if names.count(n) > 1)
        raise TableError(
            Words(
                f"表头“{wrong}”无法识别或重复。请使用导出的表头：{'、'.join(HEADER)}。",
                f"The column {wrong!r} is unknown or there twice. The columns are those of an export.",
            )
        )
    if ID not in names and not {AREA, OFFICE, CHANNEL, NAME} <= set(names):
        raise TableError(
            Words(
                "缺少“编号”一列；新增账号则须有区域、单位、渠道、账号名称四列。",
                "The column 编号 is missing; new accounts need 区域, 单位, 渠道 and 账号名称.",
            )
        )
    return names


def accounts_of(office_ids: Select[int]) -> Any:
    """The query for the accounts of the offices with all that a table shows."""
    return (
        select(
            Account.id,
            Account.office_id,
            Office.area_id,
            Office.name.label("office"),
            Account.channel,
            Account.name,
            Account.active,
            Account.closed_reason,
            Account.filing,
            Account.owner_id,
            User.name.label("user"),
            Account.owner_name,
            Account.owner_phone,
            Account.opened,
            Account.closed,
            Account.beside,
            Account.settings,
            Account.version,
        )
        .join(Office, Office.id == Account.office_id)
        .outerjoin(User, User.id == Account.owner_id)
        .where(Account.office_id.in_(office_ids))
        .order_by(Office.area_id, Office.id, Account.id)
    )


def cells_of(row: Row[Any], ways: dict[int, str]) -> list[str]:
    """An account as the cells of its line."""
    return [
        str(row.id),
        ways[row.area_id],
        row.office,
        row.channel,
        row.name,
        IN_USE if row.active else OFF,
        row.closed_reason,
        row.filing,
        row.user or row.owner_name,
        row.owner_phone,
        _day(row.opened),
        _day(row.closed),
        row.beside,
        json.dumps(kept, ensure_ascii=False, sort_keys=True) if (kept := plain(row.settings)) else "",
    ]


def all_ways(session: Session) -> dict[int, str]:
    """Every area's way from the top, "蓉川市/锦溪区/荷堰镇"."""
    areas = {id_: (name, parent) for id_, name, parent in session.execute(select(Area.id, Area.name, Area.parent_id))}
    ways: dict[int, str] = {}

    def way(id_: int) -> str:
        if id_ not in ways:
            name, parent = areas[id_]
            ways[id_] = f"{way(parent)}{SLASH}{name}" if parent is not None else name
        return ways[id_]

    return {id_: way(id_) for id_ in areas}


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
