"""Every screen of the console, once: for the pictures, axe, the speed benchmark and the count of queries."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select, table, text
from sqlalchemy.orm import Session

from hub.console.handing import tickets
from hub.console.here import PREFIX
from hub.domain.states import State
from hub.models import Delivery, User
from hub.people.passwords import trace
from hub.security import secret_key
from hub.services import Services


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

    def address(self, services: Services, session: Session) -> str:
        """The path for what is in the database. Raises LookupError when it has no such row."""
        return re.sub(r"\{(\w+)\}", lambda found: _value(services, session, found[1]), self.path)


SCREENS = (
    Screen("sign-in", "signing_in.sign_in", "sign-in", open=True),
    Screen("desk", "desk.home", ""),
    Screen("compose-new", "composing.new", "interpretations/new"),
    Screen("compose", "composing.edit", "interpretations/{interpretations}/edit"),
    Screen("publish", "publishing.panel", "interpretations/{interpretations}/publish"),
    Screen("withdraw", "correcting.withdrawing", "interpretations/{interpretations}/withdraw"),
    Screen("correct", "correcting.correcting", "interpretations/{interpretations}/correct"),
    Screen("reviews", "reviewing.listing", "reviews"),
    Screen("reviews-signed", "reviewing.listing", "reviews?show=signed"),
    Screen("review", "reviewing.page", "interpretations/{interpretations}/review"),
    Screen("review-rules", "review_rules.page", "review-rules"),
    Screen("compare", "comparing.page", "interpretations/{interpretations}/compare?full=1"),
    Screen("slip", "slips.page", "interpretations/{interpretations}/slip"),
    Screen("schedule", "schedule.calendar", "schedule"),
    Screen("schedule-week", "schedule.calendar", "schedule?view=week"),
    Screen("schedule-agenda", "schedule.calendar", "schedule?view=agenda"),
    Screen("slots", "slots.listing", "schedule/slots"),
    Screen("place", "placing.panel", "interpretations/{interpretations}/place"),
    Screen("deliveries", "deliveries.listing", "deliveries"),
    Screen("deliveries-problems", "deliveries.listing", "deliveries?show=problems"),
    Screen("deliveries-published", "deliveries.listing", "deliveries?show=published"),
    Screen("deliveries-of-one", "deliveries.listing", "deliveries?interpretation={interpretations}"),
    Screen("delivery", "deliveries.one", "deliveries/{published}"),
    Screen("hand", "deliveries.one", "deliveries/{awaiting_hand}"),
    Screen("hand-page", "handing.task", "hand/{ticket}", open=True),
    Screen("hand-expired", "handing.task", "hand/nonsense", open=True),
    Screen("held", "held.listing", "held"),
    Screen("holds", "holding.listing", "holds"),
    Screen("accounts", "accounts.listing", "accounts"),
    Screen("area", "accounts.listing", "accounts?at={areas}"),
    Screen("accounts-found", "accounts.listing", "accounts?state=active"),
    Screen("account", "account.page", "accounts/{accounts}"),
    Screen("account-new", "account.new", "offices/{offices}/accounts/new"),
    Screen("accounts-table", "matrix_table.page", "accounts/table"),
    Screen("office", "offices.edit_office", "offices/{offices}/edit"),
    Screen("office-new", "offices.new_office", "areas/{areas}/offices/new"),
    Screen("area-new", "offices.new_area", "areas/{areas}/areas/new"),
    Screen("area-edit", "offices.edit_area", "areas/{areas}/edit"),
    Screen("livestreams", "livestreams.listing", "livestreams"),
    Screen("livestreams-past", "livestreams.listing", "livestreams?when=past"),
    Screen("health", "system.health", "health"),
    Screen("columns", "columns.listing", "columns"),
    Screen("column-new", "columns.new", "columns/new"),
    Screen("column", "columns.one", "columns/{columns}"),
    Screen("site", "sites.page", "site"),
    Screen("audit", "trail.listing", "audit"),
    Screen("media", "media.listing", "media"),
    Screen("picture", "media.one", "media/{media}"),
    Screen("more", "more.page", "more"),
    Screen("policies", "policies.listing", "policies"),
    Screen("policy", "policies.page", "policies/{policies}"),
    Screen("policy-new", "policies.new", "policies/new"),
    Screen("policy-edit", "policies.edit", "policies/{policies}/edit"),
    Screen("policy-import", "policies.importing", "policies/import"),
    Screen("policy-subjects", "policies.naming", "policies/subjects"),
    Screen("interpreters", "interpreters.listing", "interpreters"),
    Screen("interpreter", "interpreters.page", "interpreters/{interpreters}"),
    Screen("interpreter-new", "interpreters.new", "interpreters/new"),
    Screen("interpreter-edit", "interpreters.edit", "interpreters/{interpreters}/edit"),
    Screen("phone", "interpreters.phone", "interpreters/{interpreters}/phone"),
    Screen("words", "words.listing", "words"),
    Screen("templates", "templates.listing", "templates"),
    Screen("template-new", "templates.one", "templates/new"),
    Screen("word-new", "words.one", "words/new"),
    Screen("me", "me.page", "me"),
    Screen("users", "users.listing", "users"),
    Screen("user-new", "users.new", "users/new"),
    Screen("user", "users.one", "users/{users}"),
    Screen("missing", "nowhere", "nothing-here"),
)

# Answers to a GET that nobody reads as a screen of the console, and what they are instead.
NO_SCREENS = {
    "accounts.inside": "a part of the tree for a script that opens it",
    "matrix_table.taken_out": "a table for a spreadsheet",
    "placing.branch": "a branch of the accounts tree, for a script",
    "static": "style sheet, scripts, icons",
    "me.picture": "the code of a second factor",
    "outside.begin": "the way to a sign-in elsewhere",
    "outside.back": "the way back from there",
    "second_step.code": "between the password and the console; without one it leads back",
    "pictures.of_a_draft": "a picture of a draft",
    "media.pick": "pictures for a script",
    "media.picture": "a picture",
    "trail.exported": "a spreadsheet",
    "words.exported": "a spreadsheet",
    "picking.interpreters": "rows of a picker",
    "picking.of_number": "rows of a picker",
    "picking.policies": "rows of a picker",
    "refreshing.page": "needs a change of a phone: tests/browser/test_library.py",
    "signing_in.token": "a token for a script",
    "artefacts.file": "a file that a channel made",
    "artefacts.opened": "the same in a window of its own",
    "slots.edit": "needs a slot, which the sample has none of: tests/console/test_scheduling.py",
    "short_links.piece": "a code to print",
    "short_links.policy": "a code to print",
    "slips.code": "a code for a telephone's camera",
    "artefacts.icon": "a picture: the site's mark",
    "artefacts.archive": "all files of a delivery",
    "palette.found": "lines for the command palette",
    "handing.code": "a picture: the QR code",
    "handing.file": "a file that a channel made",
    "handing.archive": "all files of a delivery",
    "handing.screenshot": "a picture",
}


def unlisted(app: Flask) -> list[str]:
    """The endpoints below the console that answer a GET and stand in neither list."""
    known = {screen.endpoint for screen in SCREENS} | NO_SCREENS.keys()
    rules = [r for r in app.url_map.iter_rules() if r.rule.startswith(PREFIX) and "GET" in (r.methods or ())]
    return sorted({rule.endpoint for rule in rules} - known)


def addresses(services: Services) -> dict[str, str]:
    """The path of every screen below the console, by the screen's name."""
    with services.db.reading() as session:
        return {screen.name: screen.address(services, session) for screen in SCREENS}


def _value(services: Services, session: Session, what: str) -> str:
    return _ticket(services, session) if what == "ticket" else str(_first(session, what))


def _ticket(services: Services, session: Session) -> str:
    """A hand-over's, in the name of the first editor of its office."""
    delivery = session.get_one(Delivery, _first(session, State.AWAITING_HAND))
    user = session.scalars(select(User).where(User.office_id == delivery.account.office_id).order_by(User.id)).first()
    if user is None:
        raise LookupError("the sample has no user")
    return str(tickets(secret_key(services.config.data)).dumps([delivery.id, user.id, trace(user.password_hash)]))


def _first(session: Session, what: str) -> int:
    if what in set(State):
        query = select(Delivery.id).where(Delivery.state == what).order_by(Delivery.id)
    else:
        query = select(text("id")).select_from(table(what)).order_by(text("id"))
    found = session.scalar(query.limit(1))
    if found is None:
        raise LookupError(f"the sample has no {what}")
    return int(found)
