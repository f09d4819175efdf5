"""The public site's search over 100,000 pieces: what a question costs, against looking through the texts in one run."""

from __future__ import annotations

import random
import re
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from channels.site.searching import Asked
from hub.finding.index import PER_PAGE, Entry, Index
from hub.setup import sample_contents

PIECES = 100_000
# Characters of a text; the samples' own words, in any order.
LENGTH = 240
QUESTIONS = 200
SCANNED = 12


def run() -> list[dict[str, Any]]:
    """The 95th percentile of a question, and how many times as long looking through every text takes."""
    chance = random.Random(1)  # noqa: S311 (the same texts every time)
    words = _words()
    with tempfile.TemporaryDirectory(prefix="yigao-bench-") as folder:
        path = Path(folder) / "search"
        with Index.writing(path, "bench") as index:
            index.put(_entries(words, chance))
        asked = [_question(words, chance) for _ in range(QUESTIONS)]
        ours = _took(lambda question: _find(path, question), asked)
        scan = _took(lambda question: _scan(path, question), asked[:SCANNED])
    return [
        {
            "name": f"search {PIECES:,} pieces, p95",
            "value": round(ours * 1000, 2),
            "unit": "ms",
            "against": "looking through the texts (LIKE)",
            "ratio": round(scan / ours, 1),
        }
    ]


def _words() -> list[str]:
    runs = re.findall("[一-龥]+", "".join(content.body for content in sample_contents()))
    return sorted({run[at : at + 2] for run in runs for at in range(len(run) - 1)})


def _entries(words: Sequence[str], chance: random.Random) -> Iterator[Entry]:
    for number in range(PIECES):
        day = f"20{10 + number * 15 // PIECES:02d}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
        text = "".join(chance.choices(words, k=LENGTH // 2))
        title = "".join(chance.choices(words, k=10))
        told = (f"i{number}", str(number), number, f"i/{number}/", title, text, day, "文字", "政策解读", "办公室")
        yield Entry(*told)


def _question(words: Sequence[str], chance: random.Random) -> str:
    """Mostly a word; two words, or one of four characters, as often as people type them."""
    return ("" if chance.random() < 0.3 else " ").join(chance.choices(words, k=chance.choice([1, 1, 2])))


def _find(path: Path, question: str) -> None:
    with Index.reading(path, "bench") as index:
        index.find(Asked(question))


def _scan(path: Path, question: str) -> None:
    database = sqlite3.connect(path)
    rule = " AND ".join(["text LIKE ?"] * len(question.split()))
    found = f"SELECT id FROM texts WHERE {rule} ORDER BY id DESC"  # noqa: S608 (placeholders alone)
    database.execute(found, [f"%{word}%" for word in question.split()]).fetchmany(PER_PAGE)
    database.execute(f"SELECT count(*) FROM ({found})", [f"%{w}%" for w in question.split()]).fetchone()  # noqa: S608
    database.close()


def _took(ask: Callable[[str], None], questions: Sequence[str]) -> float:
    """The 95th percentile of the seconds that a question takes."""
    taken = []
    for question in questions:
        begun = time.perf_counter()
        ask(question)
        taken.append(time.perf_counter() - begun)
    return sorted(taken)[int(len(taken) * 0.95)]
