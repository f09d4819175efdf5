"""A draft of 5,000 characters to the finished WeChat article: p50 and p95, what it keeps in memory, and its inlining
compared with premailer's over the same HTML and style sheet in the same run.
"""

from __future__ import annotations

import re
import statistics
import time
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

from benchmarks.preview import draft
from channels.manuscript import Manuscript
from channels.wechat import article as module
from channels.wechat.article import write_article
from channels.wechat.settings import WechatSettings
from channels.wechat.themes import stylesheet

ROUNDS = 60
SETTINGS = WechatSettings(author="锦溪发布")


def milliseconds(work: Callable[[int], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """The median and the 95th percentile of calls, after three to warm up."""
    taken = []
    for change in range(rounds + 3):
        begun = time.perf_counter()
        work(change)
        taken.append((time.perf_counter() - begun) * 1000)
    cuts = statistics.quantiles(taken[3:], n=20)
    return statistics.median(taken[3:]), cuts[18]


def peak() -> float:
    """Megabytes that one article takes at most while it is made."""
    tracemalloc.start()
    write_article(Manuscript(content=draft(999)), SETTINGS)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def before_inlining() -> str:
    """The article with class names, as it goes to the inlining."""
    seen: list[str] = []

    class Watching:
        def inline_fragment(self, html: str, _css: str) -> str:
            seen.append(html)
            return html

    known, module._inliner = module._inliner, Watching
    try:
        write_article(Manuscript(content=draft(0)), SETTINGS)
    finally:
        module._inliner = known
    return seen[0]


def premailed(html: str) -> Callable[[int], object]:
    """premailer over the same, with the variables written out: it knows none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from premailer import Premailer

    css = stylesheet(SETTINGS.theme)
    for name, value in re.findall(r"(--\w+):\s*([^;]+);", css):
        css = css.replace(f"var({name})", value)
    css = re.sub(r":root\s*{[^}]*}", "", css)
    page = f"<html><head><style>{css}</style></head><body>{html}</body></html>"
    return lambda _change: Premailer(page, cssutils_logging_level="CRITICAL", disable_validation=True).transform()


def run() -> list[dict[str, Any]]:
    """The figures."""
    whole, slow = milliseconds(lambda change: write_article(Manuscript(content=draft(change)), SETTINGS))
    html, css = before_inlining(), stylesheet(SETTINGS.theme)
    ours, _ = milliseconds(lambda _change: module._inliner().inline_fragment(html, css))
    theirs, _ = milliseconds(premailed(html), rounds=20)
    rows = [
        ("wechat article, p50", whole, "ms", "", 1.0),
        ("wechat article, p95", slow, "ms", "its p50", slow / whole),
        ("wechat article, peak memory", peak(), "MB", "", 1.0),
        ("wechat inlining", ours, "ms", f"premailer, {theirs:.1f} ms", ours / theirs),
    ]
    return [dict(zip(("name", "value", "unit", "against", "ratio"), row, strict=True)) for row in rows]
