"""Open Graph: what becomes of a page's address where people share it."""

from __future__ import annotations

from channels.manuscript import SiteInfo
from channels.site.share import MEDIA_TYPE, SIZE
from channels.site.tags import Tags, filled


def social_tags(
    site: SiteInfo, *, title: str, description: str, address: str, image: str = "", alt: str = "", kind: str = "website"
) -> Tags:
    """The properties that say something. `image` is the address of a share card; without a public address there is
    none.
    """
    width, height = map(str, SIZE)
    picture = (
        ("og:image", image),
        ("og:image:type", MEDIA_TYPE),
        ("og:image:width", width),
        ("og:image:height", height),
        ("og:image:alt", alt),
    )
    return filled(
        ("og:type", kind),
        ("og:title", title),
        ("og:description", description),
        ("og:site_name", site.name),
        ("og:locale", site.language.replace("-", "_")),
        ("og:url", address),
        *(picture if image else ()),
    )
