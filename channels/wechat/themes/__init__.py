"""Article themes: one CSS file each over what all share (`base.css`), written for the class names of the template
`templates/channels/wechat/article.html`.

A theme is inlined, so only element, class and descendant selectors, `:root` variables and the properties of
`channels.wechat.styles` have an effect. Colours must read on white and on the dark page's #191919.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def theme_names() -> tuple[str, ...]:
    """The keys of the themes there are, the house theme first."""
    found = (path.stem for path in _FOLDER.glob("*.css") if path.stem != "base")
    return tuple(sorted(found, key=lambda key: (key != "official", key)))


@cache
def stylesheet(key: str) -> str:
    """The CSS of the theme `key`, its own rules last; raises KeyError when there is none."""
    if key not in theme_names():
        raise KeyError(key)
    return "".join((_FOLDER / f"{name}.css").read_text(encoding="utf-8") for name in ("base", key))
