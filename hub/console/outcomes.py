"""How screens read what became of each account."""

from __future__ import annotations

from channels.base import Severity
from hub.publishing.scheduling import Outcome


def passed_over(outcome: Outcome) -> bool:
    """Whether the channel passes the text over (no livestream in it, say), which is nobody's mistake."""
    severities = {f.severity for f in outcome.findings}
    return outcome.refusal is None and Severity.SKIP in severities and Severity.BLOCK not in severities
