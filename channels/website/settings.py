"""What an account of the website channel can set."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict

from channels.labels import Label
from channels.words import Words


class WebsiteSettings(BaseModel):
    """Settings of a website account; the console's form derives from them."""

    model_config = ConfigDict(extra="forbid")

    contents: Annotated[
        bool,
        Label(
            "文内目录",
            "Table of contents",
            Words(
                "正文有三个以上一级标题时，在文前列出目录。",
                "Before the text, when it has three headings of the first level or more.",
            ),
        ),
    ] = True
