"""Short-video caption cards: a deck of 1080 × 1920 pictures with captions, for the editor's cutting tool."""

from __future__ import annotations

import json
from collections.abc import Sequence

from channels.base import Artefact, File, Finding, Receipt, VariantField
from channels.cards.captions import cues, seconds, to_srt, to_vtt
from channels.cards.checks import findings
from channels.cards.cover import MOST_TITLE
from channels.cards.deck import Card, plan
from channels.cards.faces import draw
from channels.cards.script import alternative, narration
from channels.cards.setting import KEY, setting_of
from channels.cards.settings import HEIGHT, WIDTH, CardsSettings
from channels.folder import find_in_folder, probe_folder, replace_in_folder, retract_from_folder, send_to_folder
from channels.manuscript import Manuscript, Withdrawal
from channels.packing import zip_of
from channels.templating import environment
from channels.text import deriving
from channels.words import Words


class Cards:
    """The caption card channel."""

    key = KEY
    name = Words("短视频图文卡片", "Short-video caption cards")
    Settings = CardsSettings
    varied = (
        VariantField("short_title", Words("封面标题", "Cover title"), deriving.short_title, MOST_TITLE),
        VariantField("summary", Words("封面说明", "Cover text"), deriving.summary),
        VariantField("key_points", Words("卡片文字", "Words on the cards"), deriving.key_points),
    )
    # A package is there whole or not at all, and looking for it is sure: sends may share their commits.
    batch = 20

    def check(self, manuscript: Manuscript, settings: CardsSettings) -> Sequence[Finding]:
        """What the cards can't show as written; an empty draft blocks."""
        return findings(manuscript, settings)

    def render(self, manuscript: Manuscript, settings: CardsSettings) -> Artefact:
        """The deck: pictures, captions, script, a manifest, a page to look through it, and all of it in one zip."""
        cards = plan(manuscript, settings).cards
        setting = setting_of(manuscript, settings, len(cards))
        pictures = []
        for page, card in enumerate(cards, start=1):
            alt = alternative(card, manuscript, setting.source)
            pictures.append(File(_name(page, card), draw(card, page, setting).png(alt), "image/png", alt))
        spoken = [narration(card, manuscript) for card in cards]
        times = [seconds(text, settings) for text in spoken]
        timed = cues(spoken, times)
        texts = [
            _text("captions.srt", to_srt(timed), "application/x-subrip"),
            _text("captions.vtt", to_vtt(timed), "text/vtt"),
            _text("script.txt", "\n\n".join(spoken) + "\n", "text/plain"),
            _text("deck.json", _manifest(cards, pictures, times), "application/json"),
            _text("index.html", _page(manuscript, pictures, times, spoken), "text/html"),
        ]
        packed = zip_of((file.path, file.data) for file in (*pictures, *texts))
        files = (*pictures, *texts, File("cards.zip", packed, "application/zip"))
        return Artefact(self.key, files, "index.html", _to_copy(manuscript))

    def probe(self, settings: CardsSettings) -> Sequence[Finding]:
        """Whether the account's folder can be written."""
        return probe_folder(settings)

    def send(self, artefact: Artefact, settings: CardsSettings, key: str) -> Receipt:
        """Write the deck into the account's receiving folder; raises as `send_to_folder` does."""
        return send_to_folder(artefact, settings, key)

    def find(self, key: str, artefact: Artefact, settings: CardsSettings) -> Receipt | None:
        """The receipt of a deck that is already in the folder."""
        return find_in_folder(artefact, settings, key)

    def retract(self, receipt: Receipt, withdrawal: Withdrawal, settings: CardsSettings, key: str) -> Receipt:
        """Out of the folder, as `channels.folder.retract_from_folder`."""
        return retract_from_folder(receipt, withdrawal, settings, key)

    def replace(self, artefact: Artefact, earlier: Receipt, settings: CardsSettings, key: str) -> Receipt:
        """The corrected package in the place of the earlier, as `channels.folder.replace_in_folder`."""
        return replace_in_folder(artefact, earlier, settings, key)


def _name(page: int, card: Card) -> str:
    return f"{page:02d}-{card.kind.value}.png"


def _text(path: str, text: str, media_type: str) -> File:
    return File(path, text.encode("utf-8", "replace"), media_type)


def _manifest(cards: Sequence[Card], pictures: Sequence[File], times: Sequence[float]) -> str:
    """The deck as data: what a cutting tool needs to lay the pictures on a time line."""
    rows = []
    start = 0.0
    for card, picture, time in zip(cards, pictures, times, strict=True):
        rows.append(
            {
                "file": picture.path,
                "kind": card.kind.value,
                "start": round(start, 1),
                "seconds": time,
                "alt": picture.alt,
            }
        )
        start += time
    deck = {"width": WIDTH, "height": HEIGHT, "seconds": round(start, 1), "captions": ["captions.srt", "captions.vtt"]}
    return json.dumps({**deck, "cards": rows}, ensure_ascii=False, indent=2) + "\n"


def _page(manuscript: Manuscript, pictures: Sequence[File], times: Sequence[float], spoken: Sequence[str]) -> str:
    title = manuscript.content.short_title or manuscript.content.title
    cards = [
        {"file": picture.path, "alt": picture.alt, "seconds": f"{time:g}", "narration": text}
        for picture, time, text in zip(pictures, times, spoken, strict=True)
    ]
    template = environment().get_template("channels/cards/index.html")
    return template.render(title=title, cards=cards, total=f"{sum(times):.0f}", width=WIDTH, height=HEIGHT)


def _to_copy(manuscript: Manuscript) -> tuple[tuple[str, str], ...]:
    """What a person pastes when they post: title, description, and the search words that may stand for a QR code."""
    content = manuscript.content
    numbers = " ".join(policy.number for policy in content.policies if policy.number)
    texts = (
        ("标题", content.short_title or content.title),
        ("简介", "\n".join(filter(None, (content.summary, numbers)))),
        ("话题", " ".join(f"#{word}" for word in content.keywords)),
    )
    return tuple((label, text) for label, text in texts if text)


CHANNEL = Cards()
