"""What an account of the WeChat channel can set."""

from __future__ import annotations

from pydantic import Field, field_validator

from channels.folder import FolderSettings
from channels.wechat.themes import theme_names


class WechatSettings(FolderSettings):
    """Settings of a WeChat official account; the console's form derives from them."""

    author: str = Field(
        default="", max_length=16, title="作者", description="文章标题下的作者，不超过16字；留空则用发布单位。"
    )
    theme: str = Field(default="official", title="版式", description=f"文章的版式：{'、'.join(theme_names())}。")
    editor: str = Field(default="", max_length=40, title="编辑", description="文末的编辑、审核署名；留空则不显示。")
    source_line: str = Field(default="", max_length=60, title="来源", description="文末的来源；留空则用稿件的来源。")
    disclaimer: str = Field(default="", max_length=200, title="声明", description="文末的说明文字；留空则不显示。")

    @field_validator("theme")
    @classmethod
    def _there_is_one(cls, value: str) -> str:
        if value not in theme_names():
            raise ValueError(f"没有版式“{value}”，可选：{'、'.join(theme_names())}")
        return value
