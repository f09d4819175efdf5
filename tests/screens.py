"""Every screen of the console, once: for the pictures, axe, the speed benchmark and the count of queries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select, table, text
from sqlalchemy.orm import Session

from hub.console.here import PREFIX
from hub.domain.states import State
from hub.models import Delivery


@dataclass(frozen=True)
class Screen:
    """One screen: the endpoint that answers it, and its address below the console. `{interpretations}` in it stands
    for the first row of that table, `{published}` and the like for a delivery in that state.
    """

    name: str
    endpoint: str
    path: str
    # Whoever is not signed in sees it.
    open: bool = False

    def address(self, session: Session) -> str:
        """The path for what is in the database. Raises LookupError when it has no such row."""
        return re.sub(r"\{(\w+)\}", lambda found: str(_first(session, found[1])), self.path)


SCREENS = (
    Screen("sign-in", "signing_in.sign_in", "sign-in", open=True),
    Screen("desk", "desk.home", ""),
    Screen("compose-new", "composing.new", "interpretations/new"),
    Screen("compose", "composing.edit", "interpretations/{interpretations}/edit"),
    Screen("publish", "publishing.panel", "interpretations/{interpretations}/publish"),
    Screen("withdraw", "correcting.withdrawing", "interpretations/{interpretations}/withdraw"),
    Screen("correct", "correcting.correcting", "interpretations/{interpretations}/correct"),
    Screen("deliveries", "deliveries.listing", "deliveries"),
    Screen("deliveries-problems", "deliveries.listing", "deliveries?show=problems"),
    Screen("deliveries-published", "deliveries.listing", "deliveries?show=published"),
    Screen("deliveries-of-one", "deliveries.listing", "deliveries?interpretation={interpretations}"),
    Screen("delivery", "deliveries.one", "deliveries/{published}"),
    Screen("hand", "deliveries.one", "deliveries/{awaiting_hand}"),
    Screen("held", "held.listing", "held"),
    Screen("holds", "holding.listing", "holds"),
    Screen("accounts", "accounts.listing", "accounts"),
    Screen("livestreams", "livestreams.listing", "livestreams"),
    Screen("livestreams-past", "livestreams.listing", "livestreams?when=past"),
    Screen("health", "system.health", "health"),
    Screen("missing", "nowhere", "nothing-here"),
)

# Answers to a GET that nobody reads as a screen of the console, and what they are instead.
NO_SCREENS = {
    "static": "style sheet, scripts, icons",
    "signing_in.token": "a token for a script",
    "artefacts.file": "a file that a channel made",
    "artefacts.opened": "the same in a window of its own",
    "artefacts.archive": "all files of a delivery",
}


def unlisted(app: Flask) -> list[str]:
    """The endpoints below the console that answer a GET and stand in neither list."""
    known = {screen.endpoint for screen in SCREENS} | NO_SCREENS.keys()
    rules = [r for r in app.url_map.iter_rules() if r.rule.startswith(PREFIX) and "GET" in (r.methods or ())]
    return sorted({rule.endpoint for rule in rules} - known)


def addresses(session: Session, *, only: str = "") -> Iterator[tuple[Screen, str]]:
    """Every screen whose name contains `only`, with its path."""
    for screen in SCREENS:
        if only in screen.name:
            yield screen, screen.address(session)


def _first(session: Session, what: str) -> int:
    if what in set(State):
        query = select(Delivery.id).where(Delivery.state == what).order_by(Delivery.id.desc())
    else:
        query = select(text("id")).select_from(table(what)).order_by(text("id"))
    found = session.scalar(query.limit(1))
    if found is None:
        raise LookupError(f"the sample has no {what}")
    return int(found)
