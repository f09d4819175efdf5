"""The table of channels: the one place that lists them. Forms, documentation and contract tests derive from it."""

from __future__ import annotations

from channels import cards, website
from channels.base import Channel

_ALL: tuple[Channel, ...] = (website.CHANNEL, cards.CHANNEL)

CHANNELS: dict[str, Channel] = {channel.key: channel for channel in _ALL}
