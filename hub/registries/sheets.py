"""Tables as editors have them: CSV out of a spreadsheet, in UTF-8 or as Chinese Windows writes it (GB 18030)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from channels.text.cleaning import clean
from channels.words import Words
from hub.domain.refusals import Refusal

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 5000
# A spreadsheet would run what begins with one of these.
FORMULA = ("=", "+", "-", "@", "\t")


def read_sheet(data: bytes, names: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows, by field; `names` are the fields and their headings, either of which may stand in the first row.
    Columns nobody knows are left out. Raises Refusal (CSV-101 to 103) for what is no such table.
    """
    if len(data) > MAX_BYTES:
        raise Refusal("CSV-101", Words("文件超过 2 MB。", "The file is over 2 MB."))
    try:
        rows = [row for row in csv.reader(io.StringIO(as_text(data), newline="")) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise Refusal("CSV-102", Words("读不出表格，请另存为 CSV。", "No table; save it as CSV.")) from error
    fields = {heading: field for field, heading in names.items()} | {field: field for field in names}
    known = [fields.get(cell.strip().lstrip("\ufeff")) for cell in rows[0]] if rows else []
    if not any(known):
        listed = "、".join(names.values())
        raise Refusal(
            "CSV-102",
            Words("第一行应是列名，一个也没认出来。", "The first row should name the columns; none is known."),
            Words(f"列名可用：{listed}。", f"Columns: {', '.join(names)}."),
        )
    if len(rows) - 1 > MAX_ROWS:
        raise Refusal("CSV-103", Words(f"超过 {MAX_ROWS} 行。", f"Over {MAX_ROWS} rows."))
    return [
        {field: clean(cell).strip() for field, cell in zip(known, row, strict=False) if field is not None}
        for row in rows[1:]
    ]


def as_text(data: bytes) -> str:
    """The bytes as text, in whichever of the two codings they are."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")


def write_sheet(names: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table that spreadsheets read as UTF-8 and of which they run nothing."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([[_inert(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
