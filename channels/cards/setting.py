"""What every card of one deck has in common: who speaks, about what, in which colours."""

from __future__ import annotations

from dataclasses import dataclass

from channels.cards.settings import CardsSettings
from channels.drawing import Box, Style, Theme, load_theme
from channels.manuscript import Manuscript
from channels.short_links import address_in

# Its key, by which it is told who came through a card.
KEY = "cards"

SMALL = Style(36, 400, 1.4)
LABEL = Style(42, 700, 1.3)


@dataclass(frozen=True)
class Setting:
    """What every card of one deck has in common."""

    manuscript: Manuscript
    settings: CardsSettings
    theme: Theme
    total: int

    @property
    def safe(self) -> Box:
        """The box that all text stays inside."""
        return self.settings.safe

    @property
    def office(self) -> str:
        """Who speaks: the account's name for itself, else the office, else the source the editor wrote."""
        content, interpreters = self.manuscript.content, self.manuscript.content.interpreters
        named = self.settings.office or self.manuscript.imprint.office or content.source
        return named or next((i.office for i in interpreters if i.office), "")

    @property
    def source(self) -> str:
        """The small line at the foot of every card."""
        source = self.manuscript.content.source or self.office
        return "　".join(part for part in (f"来源：{source}" if source else "", self.settings.footer) if part)

    @property
    def number(self) -> str:
        """The document number of the first policy that has one."""
        return next((policy.number for policy in self.manuscript.content.policies if policy.number), "")

    @property
    def url(self) -> str:
        """The short address of the full article, empty when the manuscript stands nowhere yet. Cards travel for years,
        as pictures that nobody can change.
        """
        return address_in(self.manuscript, KEY)


def setting_of(manuscript: Manuscript, settings: CardsSettings, total: int) -> Setting:
    """The setting of a deck of `total` cards."""
    return Setting(manuscript, settings, load_theme(settings.theme), total)
