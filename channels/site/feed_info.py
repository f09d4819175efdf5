"""What a feed is called and where it lives."""

from __future__ import annotations

from dataclasses import dataclass

from channels.manuscript import SiteInfo
from channels.site import paths


@dataclass(frozen=True)
class FeedInfo:
    """One feed in all its variants: `identity` names it for good ("feed", "feed:c:jiedu"), `place` is the list it
    belongs to, where its files lie beside the page. `hub` is the address of the WebSub hub that tells of its changes,
    `archive` the file of the newest page of its history, for one that has it (RFC 5005).
    """

    site: SiteInfo
    title: str
    description: str
    identity: str
    place: str
    hub: str = ""
    archive: str = ""

    def address(self, file: str) -> str:
        """The absolute address of the list (`""`) or of one of its feeds."""
        return paths.address(self.site, self.place + file)
