"""The table of channels: the one place that lists them. Forms, documentation and contract tests derive from it."""

from __future__ import annotations

from channels import cards, livestream, website, wechat
from channels.base import Channel

_ALL: tuple[Channel, ...] = (website.CHANNEL, wechat.CHANNEL, cards.CHANNEL, livestream.CHANNEL)

CHANNELS: dict[str, Channel] = {channel.key: channel for channel in _ALL}
