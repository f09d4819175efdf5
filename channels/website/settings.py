"""What an account of the website channel can set."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class WebsiteSettings(BaseModel):
    """Settings of a website account; the console's form derives from them."""

    model_config = ConfigDict(extra="forbid")

    contents: bool = Field(default=True, title="文内目录", description="正文有三个以上一级标题时，在文前列出目录。")
