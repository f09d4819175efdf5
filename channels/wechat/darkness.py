"""Pictures that vanish on the dark page: dark ink on a transparent ground."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image as Pictures

from channels.manuscript import Image

# Enough to tell, and quick: a preview asks with every change of the text.
_LOOKED_AT = (64, 64)
# Of the picture, how much must be see-through; of what is seen, how much must be dark against #191919.
_SEE_THROUGH, _DARK = 0.1, 0.5
_OPAQUE, _DARKER_THAN = 128, 80
_KINDS = ("image/png", "image/webp", "image/gif")


def is_dark_on_nothing(image: Image) -> bool:
    """Whether the picture has a transparent ground and mostly dark ink."""
    return image.media_type in _KINDS and _is_dark(_Known(image))


class _Known:
    """A picture that is told apart by its hash, so that the same bytes are looked at once."""

    def __init__(self, image: Image) -> None:
        self.sha256, self.data = image.sha256, image.data

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.sha256 == self.sha256


@lru_cache(maxsize=256)
def _is_dark(known: _Known) -> bool:
    try:
        with Pictures.open(io.BytesIO(known.data)) as opened:
            if not opened.has_transparency_data:
                return False
            small = opened.convert("RGBA")
            small.thumbnail(_LOOKED_AT)
    except (OSError, Pictures.DecompressionBombError):
        return False
    alpha, light = small.getchannel("A").tobytes(), small.convert("L").tobytes()
    seen = [tone for tone, solid in zip(light, alpha, strict=True) if solid >= _OPAQUE]
    if not seen or 1 - len(seen) / len(alpha) < _SEE_THROUGH:
        return False
    return sum(tone < _DARKER_THAN for tone in seen) / len(seen) >= _DARK
