"""Caption cards a second: ours against headless Chromium making a picture of the same card, in one run.

Warm means that fonts, grounds and glyphs are loaded on both sides; every card of the series has its own text. The
second figure is a fresh process that makes a deck of six cards, against its budget of a second.
"""

from __future__ import annotations

import html
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from channels.cards.deck import Card, Kind
from channels.cards.faces import draw
from channels.cards.setting import setting_of
from channels.cards.settings import CardsSettings
from channels.drawing.fonts import font
from channels.manuscript import Content, Imprint, KeyPoint, Manuscript, PolicyRef

CHROMIUM = Path("/usr/bin/chromium")
SECONDS = 4.0
BODY = "每部电梯按造价的40%补贴，六层及以下最高{n}万元，七层及以上最高25万元；困难家庭另减每户1,200元，由街道核定。"
CONTENT = Content(
    title="老楼装电梯，补贴怎么领",
    source="锦溪区住房建设局",
    policies=(PolicyRef(title="锦溪区加装电梯财政补贴实施细则", number="锦府办发〔2026〕12号"),),
    key_points=tuple(KeyPoint(heading="最高补贴25万元", text=BODY.format(n=n)) for n in range(10, 14)),
)
PAGE = """<!doctype html><meta charset="utf-8"><style>
@font-face {{ font-family: Card; src: url("{font}"); font-weight: 100 900 }}
body {{ margin: 0; width: 1080px; height: 1920px; background: #FAF8F3; color: #1F2328; font-family: Card }}
main {{ position: absolute; left: 64px; top: 250px; width: 836px; height: 1190px }}
.n {{ font-size: 128px; font-weight: 700; line-height: 1; color: #A8221B }}
h1 {{ font-size: 80px; line-height: 1.28; margin: 40px 0 }} p {{ font-size: 62px; line-height: 1.66; margin: 0 }}
hr {{ width: 96px; height: 8px; border: 0; margin: 0 0 40px; background: #B3261E }}
footer {{ position: absolute; bottom: 0; width: 100%; font-size: 36px; color: #565B62 }}
.paper {{ position: absolute; inset: 1500px 0 0; background: repeating-linear-gradient(#EBD3CB 0 2px, #0000 2px 72px),
repeating-linear-gradient(90deg, #EBD3CB 0 2px, #0000 2px 72px) }}
</style><div class="paper"></div><main><div class="n">02</div><h1>最高补贴25万元</h1><hr><p id="t"></p>
<footer>来源：锦溪区住房建设局</footer></main>"""


def run() -> list[dict[str, Any]]:
    """One figure: cards a second, against Chromium's when it is there (`ratio` is None when it is not)."""
    ours = _per_second(_our_card())
    other = _chromium_per_second() if CHROMIUM.exists() else None
    if other is None:
        print(f"cards: {CHROMIUM} is not there, so nothing is compared", file=sys.stderr)
    cold = _cold_deck_seconds()
    return [
        {
            "name": "cards",
            "value": round(ours, 1),
            "unit": "cards/s",
            "against": "headless Chromium, absent" if other is None else f"headless Chromium, {other:.1f} cards/s",
            "ratio": None if other is None else round(ours / other, 1),
        },
        {
            "name": "cards_cold_deck",
            "value": round(cold, 2),
            "unit": "s",
            "against": "the budget, 1 s",
            "ratio": round(cold, 2),
        },
    ]


def _our_card() -> Callable[[int], bytes]:
    setting = setting_of(Manuscript(content=CONTENT, imprint=Imprint(id=12)), CardsSettings(), 7)

    def card(n: int) -> bytes:
        text = BODY.format(n=10 + n % 90)
        return draw(Card(Kind.POINT, "最高补贴25万元", text, 2, size=62), 3, setting).png(text)

    return card


def _per_second(card: Callable[[int], bytes]) -> float:
    for n in range(3):
        card(n)
    started, made = time.perf_counter(), 0
    while time.perf_counter() - started < SECONDS:
        card(made)
        made += 1
    return made / (time.perf_counter() - started)


def _chromium_per_second() -> float:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1080, "height": 1920})
        source = Path("var/benchmarks/card.html").resolve()
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(PAGE.format(font=Path(str(font(20).path)).as_uri()), encoding="utf-8")
        page.goto(source.as_uri())
        page.evaluate("document.fonts.ready.then(() => 1)")

        def card(n: int) -> bytes:
            page.evaluate("text => { document.getElementById('t').innerHTML = text }", html.escape(BODY.format(n=n)))
            return bytes(page.screenshot(type="png"))

        rate = _per_second(card)
        browser.close()
        return rate


def _cold_deck_seconds() -> float:
    """Wall time of a fresh process that renders a deck of six cards, imports included; the best of three."""
    program = (
        "from benchmarks.cards import CONTENT; from channels.cards import CHANNEL;"
        "from channels.manuscript import Manuscript;"
        "assert len(CHANNEL.render(Manuscript(content=CONTENT), CHANNEL.Settings()).files) == 6 + 6"
    )
    times = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).resolve().parents[1])
        times.append(time.perf_counter() - started)
    return min(times)
