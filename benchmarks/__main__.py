"""`python -m benchmarks [NAME]…`: runs them, prints a table, then one JSON line per figure."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
import unicodedata

import benchmarks

COLUMNS = ("name", "value", "unit", "against", "ratio")


def main(only: list[str]) -> int:
    """Run the named benchmarks, or all. Returns 2 for an unknown name."""
    names = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if not m.name.startswith("_"))
    unknown = set(only) - set(names)
    if unknown:
        print(f"No benchmark {', '.join(sorted(unknown))}; there are: {', '.join(names)}", file=sys.stderr)
        return 2
    rows = []
    for name in only or names:
        print(f"… {name}", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"benchmarks.{name}").run()
    table([[_shown(row[c]) for c in COLUMNS] for row in rows])
    for row in rows:
        print(json.dumps({c: row[c] for c in COLUMNS}, ensure_ascii=False))
    return 0


def _shown(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def table(rows: list[list[str]]) -> None:
    """Print the rows under a header, columns as wide as their widest cell."""
    lines = [list(COLUMNS), *rows]
    widths = [max(_width(line[n]) for line in lines) for n in range(len(COLUMNS))]
    for line in lines:
        print("  ".join(cell + " " * (widths[n] - _width(cell)) for n, cell in enumerate(line)).rstrip())
    print()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
