"""The preview of all channels after a change to a draft of 5,000 characters, against the bare work it can't do without:
one pass of markdown-it over the text and one full-size frame painted and encoded with Pillow.
"""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from PIL import Image, ImageDraw

from channels.drawing.fonts import font
from channels.manuscript import Content, KeyPoint
from hub.config import Config
from hub.editorial.previewing import preview
from hub.services import Services
from hub.setup import make_ready

CHARACTERS = 5_000
ROUNDS = 7
PARAGRAPH = "凡年满七十周岁的本区居民，均可持身份证到就近的助餐点用餐，每餐由区财政补贴二元，八十周岁以上的补贴四元。"


def draft(change: int) -> Content:
    """The draft as it stands after a change to its body; the rest stays as it was."""
    parts = [f"第{change}次修改。"]
    while sum(map(len, parts)) < CHARACTERS:
        parts.append(f"\n\n## 第{len(parts)}节\n\n" if len(parts) % 8 == 1 else PARAGRAPH + "\n\n")
    points = tuple(KeyPoint(heading=f"要点{n}", text=PARAGRAPH) for n in range(1, 6))
    return Content(title="养老助餐怎么领", summary=PARAGRAPH, body="".join(parts), key_points=points)


def bare(content: Content) -> None:
    """What no preview of a text and a picture can do without."""
    MarkdownIt().enable("table").render(content.body)
    frame = Image.new("RGB", (1080, 1920), "#faf8f3")
    face = font(64)
    for line in range(12):
        ImageDraw.Draw(frame).text((96, 160 + line * 96), PARAGRAPH[:14], font=face, fill="#1f2328")
    frame.save(io.BytesIO(), "PNG", compress_level=1)


def milliseconds(work: Callable[[Content], object], first: int) -> float:
    """The median over several changes, after one to warm up."""
    taken = []
    for change in range(first, first + ROUNDS + 1):
        content = draft(change)
        begun = time.perf_counter()
        work(content)
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken[1:])


def run() -> list[dict[str, Any]]:
    """The figures: after a change to the body, and after one to a key point (a card is painted anew)."""
    with tempfile.TemporaryDirectory() as folder:
        services = Services(Config(data=Path(folder) / "var"))
        now = datetime.now(UTC)
        office = make_ready(services, sample=True, now=now).office_id

        def whole(content: Content) -> object:
            return preview(services, office_id=office, content=content, published=now)

        def card(content: Content) -> object:
            points = (KeyPoint(heading=content.body[:8], text=PARAGRAPH), *content.key_points[1:])
            return whole(draft(0).model_copy(update={"key_points": points}))

        floor = milliseconds(bare, 100)
        rows = [("preview, body changed", whole, 200), ("preview, key point changed", card, 300)]
        figures = [(name, milliseconds(work, first)) for name, work, first in rows]
        services.db.close()
    against = f"bare markdown-it + one Pillow frame, {floor:.0f} ms"
    return [
        {"name": name, "value": round(value, 1), "unit": "ms", "against": against, "ratio": round(value / floor, 2)}
        for name, value in figures
    ]
