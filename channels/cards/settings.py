"""What an account of the caption cards may set."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from channels.drawing import Box
from channels.folder import FolderSettings

WIDTH, HEIGHT = 1080, 1920


class CardsSettings(FolderSettings):
    """Settings of a caption card account. Distances are pixels of the 1080 × 1920 frame.

    The safe area keeps the text clear of a player's own controls; players differ, so it is the account's.
    """

    theme: Literal["paper", "azure", "night", "pine"] = Field(default="paper", title="配色")
    office: str = Field(default="", max_length=30, title="署名", description="卡片页脚的单位名；留空则用本单位。")
    footer: str = Field(default="", max_length=30, title="页脚附注", description="如“内容以文件原文为准”。")
    seal: bool = Field(default=True, title="印章", description="封面的方形印记；有的平台限制画面中的标识。")
    qr: bool = Field(default=True, title="二维码", description="结束卡上的正文二维码；有的平台会因此限流。")
    safe_top: int = Field(default=250, ge=0, le=600, title="上方安全距离")
    safe_bottom: int = Field(default=460, ge=0, le=700, title="下方安全距离")
    safe_left: int = Field(default=64, ge=32, le=240, title="左侧安全距离")
    safe_right: int = Field(default=180, ge=32, le=240, title="右侧安全距离")
    characters_per_second: float = Field(
        default=6, ge=5, le=9, title="阅读速度", description="每秒字数；每张卡停留 1 秒加读完的时间。"
    )
    least_seconds: float = Field(default=3, ge=2, le=10, title="每张最短秒数")

    @property
    def safe(self) -> Box:
        """The box that all text stays inside."""
        return Box(self.safe_left, self.safe_top, WIDTH - self.safe_right, HEIGHT - self.safe_bottom)

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.safe.height < 900:
            raise ValueError("上下安全距离之和过大：文字区至少要留 900 像素高")
        return self
