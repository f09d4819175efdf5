"""The README's pictures, from the sample: `python -m tests.browser.pictures --to DIR`."""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from PIL import Image

from channels.base import Artefact
from channels.manuscript import Imprint, Manuscript
from channels.registry import CHANNELS
from hub.rendering import render
from hub.setup import sample_contents
from tests.browser.house import chromium

PICTURE = (390, 693)
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


if __name__ == "__main__":
    main()
