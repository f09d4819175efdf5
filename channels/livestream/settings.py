"""What an account of the livestream channel can set."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from channels.drawing.themes.labels import OFFICE, THEME, Theme
from channels.labels import Label
from channels.words import Words


class QrTarget(StrEnum):
    """Where the poster's QR code leads."""

    PAGE = "page"  # the announcement page: works before, during and after the event
    ROOM = "room"  # the room itself


class LivestreamSettings(BaseModel):
    """Settings of a livestream account; the console's form derives from them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    theme: Annotated[Theme, THEME] = "paper"
    office: Annotated[str, OFFICE, Field(max_length=30)] = ""
    qr: Annotated[
        bool,
        Label(
            "海报二维码",
            "QR code on the poster",
            Words(
                "部分平台对带二维码的图片限流，可以关闭。",
                "Some platforms show pictures with a QR code to fewer people; it can be left out.",
            ),
        ),
    ] = True
    qr_target: Annotated[
        QrTarget,
        Label(
            "二维码指向",
            "The code leads to",
            choices={
                "page": Words("预告页（直播前后都有效）", "the announcement (works before and after)"),
                "room": Words("直播间", "the room"),
            },
        ),
    ] = QrTarget.PAGE
    reminder_minutes: Annotated[
        int,
        Label(
            "日历提醒",
            "Calendar reminder",
            Words("开播前多少分钟提醒；0 为不提醒。", "Minutes before it begins; 0: none."),
        ),
        Field(ge=0, le=7 * 24 * 60),
    ] = 30
