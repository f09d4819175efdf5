"""What an account of the caption cards may set."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from channels.drawing import Box
from channels.drawing.themes.labels import OFFICE, THEME, Theme
from channels.folder import FolderSettings
from channels.labels import Label, UnfitError
from channels.words import Words

WIDTH, HEIGHT = 1080, 1920
PIXELS = Words("像素，画面为 1080 × 1920。", "Pixels, of a frame of 1080 × 1920.")


class CardsSettings(FolderSettings):
    """Settings of a caption card account. Distances are pixels of the 1080 × 1920 frame.

    The safe area keeps the text clear of a player's own controls; players differ, so it is the account's.
    """

    theme: Annotated[Theme, THEME] = "paper"
    office: Annotated[str, OFFICE, Field(max_length=30)] = ""
    footer: Annotated[
        str,
        Label("页脚附注", "Footer", Words("如“内容以文件原文为准”。", "Such as: the document itself prevails.")),
        Field(max_length=30),
    ] = ""
    seal: Annotated[
        bool,
        Label(
            "印章",
            "Seal",
            Words(
                "封面的方形印记；有的平台限制画面中的标识。", "The mark on the cover; some platforms restrict marks."
            ),
        ),
    ] = True
    qr: Annotated[
        bool,
        Label(
            "二维码",
            "QR code",
            Words(
                "结束卡上的正文二维码；有的平台会因此限流。",
                "To the article, on the last card; some platforms show such pictures to fewer people.",
            ),
        ),
    ] = True
    safe_top: Annotated[int, Label("上方安全距离", "Safe distance, top", PIXELS), Field(ge=0, le=600)] = 250
    safe_bottom: Annotated[int, Label("下方安全距离", "Safe distance, bottom", PIXELS), Field(ge=0, le=700)] = 460
    safe_left: Annotated[int, Label("左侧安全距离", "Safe distance, left", PIXELS), Field(ge=32, le=240)] = 64
    safe_right: Annotated[int, Label("右侧安全距离", "Safe distance, right", PIXELS), Field(ge=32, le=240)] = 180
    characters_per_second: Annotated[
        float,
        Label(
            "阅读速度",
            "Reading speed",
            Words(
                "每秒字数；每张卡停留 1 秒加读完的时间。",
                "Characters a second; a card stays for one second and the time that it takes to read.",
            ),
        ),
        Field(ge=5, le=9),
    ] = 6
    least_seconds: Annotated[
        float, Label("每张最短秒数", "Shortest time of a card", Words("秒。", "Seconds.")), Field(ge=2, le=10)
    ] = 3

    @property
    def safe(self) -> Box:
        """The box that all text stays inside."""
        return Box(self.safe_left, self.safe_top, WIDTH - self.safe_right, HEIGHT - self.safe_bottom)

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.safe.height < 900:
            raise UnfitError(
                "上下安全距离之和过大：文字区至少要留 900 像素高。",
                "The safe distances at top and bottom leave less than 900 pixels for the text.",
            )
        return self
