"""The body's pictures as files beside the page."""

from __future__ import annotations

from dataclasses import dataclass

from channels.base import File
from channels.manuscript import Content, Image
from channels.text.markdown import images_in

# What browsers show and `Image` names; anything else has no media type and is stopped by a check.
_EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
}


@dataclass(frozen=True)
class Pictures:
    """The pictures that the body shows and that are there, by their name in the Markdown, in the body's order."""

    shown: dict[str, Image]
    alts: dict[str, str]

    @classmethod
    def of(cls, content: Content) -> Pictures:
        """Those of a manuscript's content."""
        supplied = {image.name: image for image in content.images if image.data and image.media_type in _EXTENSIONS}
        named = [(name, alt) for name, alt, *_ in images_in(content.body) if name in supplied]
        alts: dict[str, str] = {}
        for name, alt in named:
            alts[name] = alts.get(name) or alt
        return cls({name: supplied[name] for name in alts}, alts)

    def path(self, name: str) -> str | None:
        """The picture's file below the page's folder, named by its content; None when it isn't there."""
        image = self.shown.get(name)
        return f"images/{image.sha256[:16]}.{_EXTENSIONS[image.media_type]}" if image else None

    def size(self, name: str) -> tuple[int, int] | None:
        """Its width and height in pixels."""
        image = self.shown.get(name)
        return (image.width, image.height) if image and image.width and image.height else None

    def files(self) -> tuple[File, ...]:
        """One file for each different picture."""
        files = {
            self.path(name): File(self.path(name) or "", image.data, image.media_type, self.alts[name])
            for name, image in self.shown.items()
        }
        return tuple(files.values())
