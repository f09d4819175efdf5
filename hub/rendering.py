"""The one way from a manuscript to an artefact: preview, approval, publication and the command line all call this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from channels.base import Artefact, Channel, Finding, Severity, blocks
from channels.manuscript import Manuscript


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


def render(channel: Channel, manuscript: Manuscript, settings: Any) -> Rendering:
    """Check, then render unless a finding stops it. Pure."""
    findings = channel.check(manuscript, settings)
    artefact = None if blocks(findings) else channel.render(manuscript, settings)
    return Rendering(channel.key, findings, artefact)
