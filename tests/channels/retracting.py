"""A far end that can take down and replace what it published, behind the protocols."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from channels.base import Artefact, Receipt
from channels.manuscript import Withdrawal
from tests.fakes import Sender


@dataclass
class Retracting(Sender):
    """A `Sender` that also retracts and replaces; its far end counts what stands there.

    `refusals` are raised before anything happens and `cut` after it happened, one a call; then it works. `standing`
    maps the platform's id to the key that put it there, `retracted` counts the withdrawals done by key.
    """

    key: str = "retracting"
    standing: dict[str, str] = field(default_factory=dict)
    retracted: dict[str, int] = field(default_factory=dict)
    notices: dict[str, Withdrawal] = field(default_factory=dict)
    refusals: list[Exception] = field(default_factory=list)
    cut: list[Exception] = field(default_factory=list)

    def send(self, artefact: Artefact, settings: Any, key: str) -> Receipt:
        receipt = super().send(artefact, settings, key)
        self.standing[receipt.platform_id] = key
        return receipt

    def retract(self, receipt: Receipt, withdrawal: Withdrawal, settings: Any, key: str) -> Receipt:
        if self.refusals:
            raise self.refusals.pop(0)
        if key not in self.retracted:
            self.retracted[key] = 1
            self.standing.pop(receipt.platform_id, None)
            self.notices[receipt.platform_id] = withdrawal
        if self.cut:
            raise self.cut.pop(0)
        return Receipt(platform_id=receipt.platform_id, proof=f"gone: {receipt.platform_id}")

    def replace(self, artefact: Artefact, earlier: Receipt, settings: Any, key: str) -> Receipt:
        receipt = self.send(artefact, settings, key)
        self.standing.pop(earlier.platform_id, None)
        return receipt
