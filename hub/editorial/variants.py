"""渠道稿: which channels have which words of their own, for the text format and the compose page."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from channels.base import Channel, VariantField, Varies
from channels.registry import CHANNELS
from channels.words import Words
from hub.editorial.header import Mistake


def varied(channel: Channel) -> Sequence[VariantField]:
    """The fields for which the channel may have words of its own."""
    return channel.varied if isinstance(channel, Varies) else ()


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
