"""The matrix as a table: whatever stands in a cell comes back, and no spreadsheet runs it."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from hub.matrix import table

# One line without blanks at its ends, as every text of the matrix is kept.
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), max_size=20)
RISKY = st.builds(lambda mark, rest: mark + rest, st.sampled_from(["=", "+", "-", "@", "'=", "''+"]), TEXTS)
ROWS = st.lists(st.lists(TEXTS | RISKY, min_size=len(table.HEADER), max_size=len(table.HEADER)), max_size=5)


@given(ROWS)
def test_what_is_written_is_read(rows: list[list[str]]) -> None:
    data = "".join(table.write(rows)).encode()
    filled = [row for row in rows if any(row)]
    assert [list(line.cells.values()) for line in table.read(data)] == filled


@given(TEXTS | RISKY)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    data = "".join(table.write([[text] * len(table.HEADER)]))
    [_header, *lines] = csv.reader(io.StringIO(data.removeprefix("\ufeff"), newline=""))
    for cell in (cell for line in lines for cell in line):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert table.unguarded(cell) == text


@given(st.binary(max_size=60))
def test_whatever_file_is_sent_it_is_lines_or_a_sentence(data: bytes) -> None:
    said = ""
    try:
        table.read(data)
    except table.TableError as error:
        said = error.words.en or "nothing"
    assert said != "nothing"
