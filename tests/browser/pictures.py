"""The README's pictures, from the sample: `python -m tests.browser.pictures --to DIR`."""

from __future__ import annotations

import argparse
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from channels.base import Artefact
from channels.manuscript import Imprint, Manuscript
from channels.registry import CHANNELS
from hub.rendering import render
from hub.setup import sample_contents
from tests.browser.house import DESKTOP, chromium, house

PICTURE = (390, 693)
SITE = {"site-home.png": "", "site-article.png": "i/1/", "site-search.png": "search/?q=补贴"}
CARD = {"width": PICTURE[0], "height": PICTURE[1]}


def artefacts() -> dict[str, Artefact]:
    """The first sample on every channel."""
    content = sample_contents()[0]
    done = [render(c, Manuscript(content=content, imprint=Imprint()), c.Settings()) for c in CHANNELS.values()]
    return {d.channel: d.artefact for d in done if d.artefact}


def save(data: bytes, path: Path) -> None:
    """The picture at the README's size."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.convert("RGB").resize(PICTURE, Image.Resampling.LANCZOS).save(path, optimize=True)


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, required=True)
    folder = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    made = artefacts()
    save(made["cards"].file("01-cover.png").data, folder / "cards.png")
    save(made["livestream"].file("poster.png").data, folder / "livestream.png")
    with chromium() as browser:
        page = browser.new_page(viewport=CARD, device_scale_factor=2)  # type: ignore[arg-type]
        page.set_content(made["website"].file("index.html").data.decode())
        save(page.screenshot(), folder / "website.png")
        article = made["wechat"].file("article.html").data.decode()
        page.set_content(f'<body style="margin:0;padding:16px;background:#fff;font-family:sans-serif">{article}')
        save(page.screenshot(), folder / "wechat.png")
        site(browser, folder)


def site(browser: Browser, folder: Path) -> None:
    """The public site, as a citizen's computer shows it."""
    with tempfile.TemporaryDirectory() as data, house(Path(data) / "var", working=False) as made:
        made.publish_samples()
        made.work()
        context = browser.new_context(viewport=DESKTOP, locale="zh-CN")  # type: ignore[arg-type]
        page = context.new_page()
        for name, place in SITE.items():
            page.goto(made.address + place)
            with Image.open(io.BytesIO(page.screenshot())) as picture:
                picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(folder / name, optimize=True)
        context.close()


if __name__ == "__main__":
    main()
