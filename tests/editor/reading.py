"""What a reader sees of HTML: blocks, and within them runs of text with their marks, however the elements nest."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_MARKS = {"a", "code", "em", "s", "strong"}
_VOID = {"br", "hr", "img"}


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.out: list[tuple[str, str]] = []
        self.marks: list[str] = []
        self.verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        shown = " ".join(
            f"{name}={' '.join((value or '').split())}" for name, value in sorted(attrs) if name not in ("rel",)
        )
        if tag in _MARKS and "footnote" not in shown and self.marks.count("pre") == 0:
            self.marks.append(f"{tag} {shown}".strip())
        else:
            self.out.append((f"<{tag} {shown}".strip(), ",".join(self.shown()) if tag in ("br", "img") else ""))
            self.verbatim += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        at = next((n for n in reversed(range(len(self.marks))) if self.marks[n].split()[0] == tag), None)
        if tag in _MARKS and at is not None:
            del self.marks[at]
        elif tag not in _VOID:
            self.out.append((f"</{tag}", ""))
            self.verbatim -= tag == "pre"

    def handle_data(self, data: str) -> None:
        text = data if self.verbatim else re.sub(r"\s+", " ", data)
        marks = ",".join(self.shown())
        if self.out and self.out[-1][1] == marks and not self.out[-1][0].startswith("<"):
            self.out[-1] = (self.out[-1][0] + text, marks)
        elif text:
            self.out.append((text if not text.startswith("<") else " " + text, marks))

    def shown(self) -> list[str]:
        return sorted(set(self.marks))


def seen(html: str) -> list[tuple[str, str]]:
    """The reader's view; two texts with the same one look and read the same."""
    reader = _Seen()
    reader.feed(html)
    reader.close()
    kept = [(re.sub(r" +", " ", text), marks) for text, marks in reader.out]
    return [(text.strip() if edge(kept, at) else text, marks) for at, (text, marks) in enumerate(kept) if text.strip()]


def edge(parts: list[tuple[str, str]], at: int) -> bool:
    """Whether the blanks at this text's ends stand beside a block's edge, where nobody sees them."""
    around = [parts[n][0] for n in (at - 1, at + 1) if 0 <= n < len(parts)]
    return any(part.startswith("<") for part in around) or len(around) < 2
