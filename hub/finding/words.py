"""A text as the words of a full-text index, and a question in the same words.

Chinese has no spaces, and a dictionary would miss the very names that people look for. Every two characters that stand
together are a word; a word of the question is the row of its pairs. So what is typed is found exactly where it stands.
"""

from __future__ import annotations

import re
import unicodedata

# Chinese characters (and kana, hangul: written without spaces too) against letters and digits.
_HAN = (
    r"\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
_RUN = re.compile(rf"(?P<han>[{_HAN}]+)|(?P<number>[0-9]+)|(?P<word>(?:(?![{_HAN}0-9])[^\W_])+)")
# What one question may ask for.
MOST_WORDS = 8
LONGEST = 100


def indexed(text: str) -> str:
    """The words of a text, with a space between them, in their order."""
    return " ".join(word for run in _RUN.finditer(folded(text)) for word in _words(run))


def folded(text: str) -> str:
    """The text with full-width letters and digits as plain ones, in lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def question(typed: str) -> str:
    """What was typed as an expression of SQLite's FTS5: all its words, each whole; empty when it names nothing."""
    return " AND ".join(filter(None, map(_phrase, needles(typed))))


def needles(typed: str) -> list[str]:
    """The words that were typed, as they were written, each once."""
    return list(dict.fromkeys(typed[:LONGEST].split()))[:MOST_WORDS]


def _phrase(needle: str) -> str:
    runs = list(_RUN.finditer(folded(needle)))
    if not runs:
        return ""
    last = runs[-1]
    words = [word for run in runs[:-1] for word in _words(run)]
    # The text may go on after the last run: its end is none of the question's.
    open_ended = (last["han"] is None and last["number"] is None) or (len(last[0]) == 1 and last["han"] is not None)
    words += _words(last) if open_ended or last["number"] else _words(last)[:-1]
    return f'"{" ".join(words)}"' + (" *" if open_ended else "")


def _words(run: re.Match[str]) -> list[str]:
    """A Chinese run as its pairs and its last character, so that what follows it is still next to it."""
    text = run[0]
    if run["han"] is None:
        return [text]
    return [*(text[at : at + 2] for at in range(len(text) - 1)), text[-1]]
