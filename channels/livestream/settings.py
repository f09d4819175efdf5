"""What an account of the livestream channel can set."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, field_validator

from channels.drawing import theme_names


class QrTarget(StrEnum):
    """Where the poster's QR code leads."""

    PAGE = "page"  # the announcement page: works before, during and after the event
    ROOM = "room"  # the room itself


class LivestreamSettings(BaseModel):
    """Settings of a livestream account; the console's form derives from them."""

    model_config = ConfigDict(extra="forbid")

    theme: str = Field(default="paper", title="海报主题", description=f"海报的配色：{'、'.join(theme_names())}。")
    brand: str = Field(default="", max_length=24, title="海报署名", description="海报上的名称；留空则用发布单位。")
    qr: bool = Field(default=True, title="海报二维码", description="部分平台对带二维码的图片限流，可以关闭。")
    qr_target: QrTarget = Field(
        default=QrTarget.PAGE,
        title="二维码指向",
        description="page 指向预告页（直播前后都有效），room 指向直播间。",
    )
    reminder_minutes: int = Field(
        default=30, ge=0, le=7 * 24 * 60, title="日历提醒", description="开播前多少分钟提醒；0 为不提醒。"
    )

    @field_validator("theme")
    @classmethod
    def _there_is_one(cls, value: str) -> str:
        if value not in theme_names():
            raise ValueError(f"没有主题“{value}”，可选：{'、'.join(theme_names())}")
        return value
