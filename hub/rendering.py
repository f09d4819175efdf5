"""The one way from a manuscript to an artefact: preview, approval, publication and the command line all call this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from channels.base import Artefact, Channel, Finding, Severity, Shows, View, blocks
from channels.manuscript import Content, Imprint, KeyPoint, LivestreamRef, Manuscript


@dataclass(frozen=True)
class Rendering:
    """What a channel answered: its findings, and its artefact unless one of them stopped it."""

    channel: str
    findings: Sequence[Finding]
    artefact: Artefact | None

    @property
    def blocked(self) -> bool:
        """Whether a finding stopped it."""
        return any(f.severity is Severity.BLOCK for f in self.findings)

    @property
    def skipped(self) -> bool:
        """Whether the channel has nothing to say about this manuscript."""
        return any(f.severity is Severity.SKIP for f in self.findings)


def check(channel: Channel, manuscript: Manuscript, settings: Any) -> Sequence[Finding]:
    """What the channel finds wrong with what it is told: the common text, or its own words. Pure."""
    return channel.check(manuscript.for_channel(channel.key), settings)


def render(channel: Channel, manuscript: Manuscript, settings: Any) -> Rendering:
    """Check, then render unless a finding stops it. Pure."""
    told = manuscript.for_channel(channel.key)
    findings = channel.check(told, settings)
    artefact = None if blocks(findings) else channel.render(told, settings)
    return Rendering(channel.key, findings, artefact)


def views(channel: Channel, manuscript: Manuscript, settings: Any) -> Sequence[View]:
    """The other ways in which readers meet the publication. Pure; only when nothing blocks."""
    return channel.views(manuscript.for_channel(channel.key), settings) if isinstance(channel, Shows) else ()


def rehearse(channels: Mapping[str, Channel]) -> None:
    """Render a small piece on every channel and throw it away: fonts, dictionary, templates and themes are then in
    memory: of a worker before its first fork, of the web before its first preview.
    """
    point = KeyPoint(heading="谁能享受", text="年满60周岁的居民，每月补贴100元，2026年1月1日起施行。")
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    event = LivestreamRef(topic="政策解读", starts=moment, platform="直播间", host="主持人")
    content = Content(title="政策解读", body="## 政策解读\n\n正文。\n", key_points=(point,), livestream=event)
    manuscript = Manuscript(content=content, imprint=Imprint(id=1, published=moment))
    for channel in channels.values():
        with suppress(ValidationError):  # a channel whose settings have no defaults warms up with its first delivery
            render(channel, manuscript, channel.Settings())
