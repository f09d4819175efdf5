"""What an account of the livestream channel can set."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class QrTarget(StrEnum):
    """Where the poster's QR code leads."""

    PAGE = "page"  # the announcement page: works before, during and after the event
    ROOM = "room"  # the room itself


class LivestreamSettings(BaseModel):
    """Settings of a livestream account; the console's form derives from them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    theme: Literal["paper", "azure", "night", "pine"] = Field(default="paper", title="配色")
    office: str = Field(default="", max_length=30, title="署名", description="海报上的单位名；留空则用本单位。")
    qr: bool = Field(default=True, title="海报二维码", description="部分平台对带二维码的图片限流，可以关闭。")
    qr_target: QrTarget = Field(
        default=QrTarget.PAGE,
        title="二维码指向",
        description="page 指向预告页（直播前后都有效），room 指向直播间。",
    )
    reminder_minutes: int = Field(
        default=30, ge=0, le=7 * 24 * 60, title="日历提醒", description="开播前多少分钟提醒；0 为不提醒。"
    )
