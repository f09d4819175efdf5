"""需要处理: what all channels found, each thing once, the gravest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from channels.base import Finding, Severity
from channels.manuscript import VARIED, Content
from channels.words import Words
from hub.editorial.previewing import Preview

_CARD = re.compile(r"key_points\[(\d+)\]\.(heading|text)")

# What is said of a channel that isn't concerned is said in its own panel.
ORDER = (Severity.BLOCK, Severity.WARN, Severity.NOTE)


@dataclass
class Gathered:
    """One finding, and the channels that say it."""

    finding: Finding
    channels: list[Words] = field(default_factory=list)


def gather(previews: Sequence[Preview], content: Content, common: Iterable[Finding] = ()) -> list[Gathered]:
    """Each finding once, by severity and then in the order in which it was said. What a channel says about words of
    its own is placed there. `common` is said by no channel: mistakes of the form, an office's own words.
    """
    found: dict[tuple[str, str, str], Gathered] = {}
    for finding in common:
        _known(found, finding)
    for preview in previews:
        for finding in preview.findings:
            _known(found, placed(finding, preview.channel, content)).channels.append(preview.name)
    return sorted(
        (g for g in found.values() if g.finding.severity in ORDER), key=lambda g: ORDER.index(g.finding.severity)
    )


def _known(found: dict[tuple[str, str, str], Gathered], finding: Finding) -> Gathered:
    fix = f" {finding.fix.at}" if finding.fix else ""
    return found.setdefault((finding.code, finding.place + fix, finding.sentence.zh), Gathered(finding))


def placed(finding: Finding, channel: str, content: Content) -> Finding:
    """The finding with its place among the channel's own words, where those are meant."""
    if (card := _CARD.fullmatch(finding.place)) is not None:
        return _on_card(finding, int(card[1]), card[2], channel, content)
    own = content.variant(channel).own
    name = finding.place.split("[")[0].split(".")[0]
    if name not in VARIED or name not in own or name == "key_points":
        return finding
    place, fix = f"variants[{channel}].{name}", finding.fix
    if fix and fix.place == place:
        # A proposal for the channel's own words takes the place of those that are there.
        fix = replace(fix, old=own[name], at=0)
    return replace(finding, place=place, fix=replace(fix, place=place) if fix else None)


def _on_card(finding: Finding, number: int, part: str, channel: str, content: Content) -> Finding:
    """The channel counts the key points that it is told; the form, the common ones and those of the channel alone."""
    variant = content.variant(channel)
    told = list(variant.points(content.key_points))
    if number >= len(told):
        return finding
    number = told[number][0]
    own = number < len(variant.key_points) and bool(getattr(variant.key_points[number], part))
    place = f"variants[{channel}].key_points[{number}].{part}" if own else f"key_points[{number}].{part}"
    return replace(finding, place=place, fix=replace(finding.fix, place=place) if finding.fix else None)
