"""渠道稿: which channels have which words of their own, for the text format and the compose page."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from channels.base import Channel, Derived, VariantField, Varies
from channels.manuscript import Content, KeyPoint, OwnPoint
from channels.registry import CHANNELS
from channels.words import Words
from hub.editorial.header import Mistake


def varied(channel: Channel) -> Sequence[VariantField]:
    """The fields for which the channel may have words of its own."""
    return channel.varied if isinstance(channel, Varies) else ()


@dataclass(frozen=True)
class Card:
    """A key point of a channel: the common words, and what the editor wrote for this channel alone. `number` counts
    from 0 among the common ones, or among this channel's alone where `common` is None.
    """

    number: int
    common: KeyPoint | None
    own: OwnPoint


@dataclass(frozen=True)
class Own:
    """One field of a channel's own words: what the editor wrote ("" is derived), what is derived and from where, and
    the length of what is shown, as the channel counts it. Key points have words of their own each: `cards`.
    """

    field: VariantField
    text: str
    derived: Derived
    count: float
    cards: Sequence[Card] = ()

    @property
    def written(self) -> int:
        """In how many places the editor wrote something for this channel alone."""
        return sum(not card.own.blank for card in self.cards) if self.cards else bool(self.text)

    @property
    def over(self) -> bool:
        """Whether what is shown exceeds the channel's limit."""
        return bool(self.field.limit) and self.count > self.field.limit


def own_words(channel: Channel, content: Content) -> list[Own]:
    """The channel's fields as they stand."""
    variant = content.variant(channel.key)
    made = []
    for taken in varied(channel):
        derived = taken.derived(content)
        if taken.name == "key_points":
            made.append(Own(taken, "", derived, 0, cards(content.key_points, variant.key_points)))
        else:
            written = getattr(variant, taken.name)
            made.append(Own(taken, written, derived, taken.count(written or derived.text)))
    return made


def cards(common: Sequence[KeyPoint], own: Sequence[OwnPoint]) -> list[Card]:
    """A card for each common key point, those of the channel alone, and a blank one to begin another with."""
    filled = [*own, *[OwnPoint()] * (max(len(common) - len(own), 0) + 1)]
    made = [Card(number, point, filled[number]) for number, point in enumerate(common)]
    return made + [Card(number, None, point) for number, point in enumerate(filled[len(common) :])]


@dataclass(frozen=True)
class Limit:
    """A channel's limit on a common field: how long the text is there, as the channel counts it."""

    channel: Words
    label: Words
    source: str
    count: float
    limit: int


def exceeded(channels: Iterable[Channel], content: Content) -> list[Limit]:
    """The limits that the common words exceed, of the channels that have none of their own."""
    return [
        Limit(channel.name, own.field.label, own.derived.source, own.count, own.field.limit)
        for channel in channels
        for own in own_words(channel, content)
        if own.over and not own.text
    ]


def wrong_variants(variants: Mapping[str, Any], lines: Mapping[str, int]) -> list[Mistake]:
    """What the header's `variants` names and nobody takes: a channel that isn't there, a field that isn't the
    channel's.
    """
    mistakes = []
    for key, own in variants.items():
        path = f"variants.{key}"
        if key not in CHANNELS:
            mistakes.append(Mistake("FMT-112", lines[path], path, _no_channel(key)))
            continue
        taken = [field.name for field in varied(CHANNELS[key])]
        for name in own:
            if name not in taken:
                at = f"{path}.{name}"
                mistakes.append(Mistake("FMT-113", lines[at], at, _no_field(CHANNELS[key], name, taken)))
    return mistakes


def _no_channel(key: str) -> Words:
    near = difflib.get_close_matches(key, CHANNELS, n=1)
    hint = Words(f"是否要写 {near[0]}？", f"Did you mean {near[0]}?") if near else _listed(list(CHANNELS), "渠道")
    return Words(f"没有渠道“{key}”。{hint.zh}", f"There is no channel {key!r}. {hint.en}")


def _no_field(channel: Channel, name: str, taken: list[str]) -> Words:
    hint = _listed(taken, "字段")
    return Words(
        f"{channel.name.zh}没有自己的“{name}”。{hint.zh}", f"{channel.name.en} has no {name} of its own. {hint.en}"
    )


def _listed(names: list[str], what: str) -> Words:
    return Words(f"可用的{what}：{'、'.join(names)}。", f"There are: {', '.join(names)}.")
