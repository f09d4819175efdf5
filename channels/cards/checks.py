"""What a deck of cards can't show as it was written."""

from __future__ import annotations

from collections.abc import Iterator

from channels.base import Finding, Severity, blocks
from channels.cards.cover import MOST_TITLE
from channels.cards.deck import MOST_CARDS, Card, Deck, plan
from channels.cards.settings import CardsSettings
from channels.drawing import missing
from channels.manuscript import Content, Manuscript
from channels.text.checks import common_findings
from channels.words import Words


def findings(manuscript: Manuscript, settings: CardsSettings) -> list[Finding]:
    """The findings of the cards channel, the ones all channels share first."""
    common = common_findings(manuscript, images=False)
    if blocks(common):
        return common
    deck = plan(manuscript, settings)
    return [
        *common,
        *_glyphs(manuscript.content, deck),
        *_shape(manuscript.content, deck),
        *_contact(manuscript.content),
    ]


def _glyphs(content: Content, deck: Deck) -> Iterator[Finding]:
    """A character without a glyph, once, at the first place that shows it."""
    seen: set[str] = set()
    for place, text in _shown(content, deck.cards):
        for char in sorted(missing(text) - seen):
            seen.add(char)
            code = f"U+{ord(char):04X}"
            shown = f"“{char}”（{code}）" if char.isprintable() else code
            yield Finding(
                "CAR-101",
                Severity.WARN,
                place,
                Words(
                    f"字库里没有{shown}，卡片上以“〓”代替。",
                    f"The typeface has no {code}; the cards show 〓.",
                ),
                Words("请改用规范汉字，或删去表情符号。", "Use a standard character, or leave the pictograph out."),
                "GB 2312—1980，〓 表示缺字",
            )


def _shown(content: Content, cards: tuple[Card, ...]) -> Iterator[tuple[str, str]]:
    for card in cards:
        yield card.place, card.title + card.body
    yield "summary", content.summary
    yield "source", content.source
    for i, policy in enumerate(content.policies[:1]):
        yield f"policies[{i}]", policy.title + policy.number
    for i, who in enumerate(content.interpreters):
        yield f"interpreters[{i}]", who.name + who.role + who.office + who.phone


def _shape(content: Content, deck: Deck) -> Iterator[Finding]:
    if deck.left:
        yield _left(deck)
    if deck.derived:
        yield Finding(
            "CAR-202",
            Severity.NOTE,
            "key_points",
            Words(
                "没有填写要点，卡片取自正文的小标题和首句，其余内容留在全文。",
                "There are no key points; the cards show the body's headings and first sentences.",
            ),
            Words("填写 3–6 个要点，卡片会更准确。", "Write three to six key points for better cards."),
        )
    if len(content.short_title or content.title) > MOST_TITLE:
        yield Finding(
            "CAR-203",
            Severity.WARN,
            deck.cards[0].place,
            Words(
                f"标题超过 {MOST_TITLE} 字，封面会截断。", f"The cover cuts a title of over {MOST_TITLE} characters."
            ),
            Words("请填写 20 字以内的短标题。", "Write a short title of at most 20 characters."),
        )
    if len(deck.cards) == 2:
        yield Finding(
            "CAR-204",
            Severity.WARN,
            "body",
            Words(
                "正文里没有可上卡片的文字，只有封面和结束卡。",
                "The body has no text for cards: only cover and closing.",
            ),
            Words("请填写要点。", "Write key points."),
        )


def _left(deck: Deck) -> Finding:
    return Finding(
        "CAR-201",
        Severity.WARN,
        deck.cards[-2].place,
        Words(
            f"一套卡片最多 {MOST_CARDS} 张，其后至少还有 {deck.left} 张的内容没有收入，留给全文。",
            f"A deck has at most {MOST_CARDS} cards; at least {deck.left} more are left to the full article.",
        ),
        Words("请精简要点，或分几期发布。", "Shorten the key points, or publish in several parts."),
    )


def _contact(content: Content) -> Iterator[Finding]:
    if not any(who.phone for who in content.interpreters):
        yield Finding(
            "CAR-205",
            Severity.NOTE,
            "interpreters",
            Words("结束卡上没有咨询电话。", "The closing card has no phone number."),
            Words("请为解读人填写对外公开的办公电话。", "Give the interpreter's public office phone."),
        )
