"""What an account of the WeChat channel can set."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from channels.folder import FolderSettings
from channels.labels import Label, UnfitError
from channels.wechat.themes import theme_names
from channels.words import Words


class WechatSettings(FolderSettings):
    """Settings of a WeChat official account; the console's form derives from them."""

    author: Annotated[
        str,
        Label(
            "作者",
            "Author",
            Words(
                "文章标题下的作者，不超过16字；留空则用发布单位。",
                "Below the title, 16 characters at most; empty: the publishing office.",
            ),
        ),
        Field(max_length=16),
    ] = ""
    theme: Annotated[str, Label("版式", "Layout", choices={"official": Words("公文", "Official")})] = "official"
    editor: Annotated[
        str,
        Label(
            "编辑",
            "Editors",
            Words("文末的编辑、审核署名；留空则不显示。", "Who edited and reviewed, at the end; empty: not shown."),
        ),
        Field(max_length=40),
    ] = ""
    source_line: Annotated[
        str,
        Label("来源", "Source", Words("文末的来源；留空则用稿件的来源。", "At the end; empty: the text's own source.")),
        Field(max_length=60),
    ] = ""
    disclaimer: Annotated[
        str,
        Label("声明", "Notice", Words("文末的说明文字；留空则不显示。", "At the end; empty: not shown.")),
        Field(max_length=200),
    ] = ""

    @field_validator("theme")
    @classmethod
    def _there_is_one(cls, value: str) -> str:
        if value not in theme_names():
            names = theme_names()
            raise UnfitError(
                f"没有版式“{value}”，可选：{'、'.join(names)}。", f"No layout {value!r}; there are: {', '.join(names)}."
            )
        return value
