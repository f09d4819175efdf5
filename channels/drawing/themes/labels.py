"""The settings that every channel that draws has: its theme, and whose name stands on the pictures."""

from __future__ import annotations

from typing import Literal

from channels.labels import Label
from channels.words import Words

Theme = Literal["paper", "azure", "night", "pine"]
THEME = Label(
    "配色",
    "Colours",
    choices={
        "paper": Words("稿纸", "Manuscript paper"),
        "azure": Words("天青", "Azure"),
        "night": Words("夜色", "Night"),
        "pine": Words("松绿", "Pine"),
    },
)
OFFICE = Label(
    "署名",
    "Signed as",
    Words("画面上的单位名；留空则用本单位。", "The office's name on the pictures; empty: this office."),
)
