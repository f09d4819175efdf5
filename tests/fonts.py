"""Chinese text in test browsers: the wheel's font, made known to fontconfig without touching the machine's own."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path

CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{folder}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


@cache
def environment() -> dict[str, str]:
    """This environment with the wheel's Noto Sans CJK among the fonts."""
    font = next(Path(str(files("manimgx_fonts_cjk"))).rglob("*.ttc"))
    scratch = Path(tempfile.mkdtemp(prefix="yigao-fonts-"))
    configuration = scratch / "fonts.conf"
    configuration.write_text(CONFIGURATION.format(folder=font.parent, cache=scratch / "cache"))
    return {**os.environ, "FONTCONFIG_FILE": str(configuration)}
