"""Which right every address of the console needs, and an office with a person for every role."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import Rule

from channels.manuscript import Content
from hub import create_app
from hub.console.signing_in import limiter
from hub.domain.roles import RIGHTS, Right, Role
from hub.models import (
    Area,
    Base,
    Comment,
    Grant,
    Interpreter,
    Media,
    Office,
    OfficeWord,
    Policy,
    Slot,
    TextTemplate,
    User,
)
from hub.services import Services
from tests.console.conftest import COMPILED, HASH, Visitor
from tests.fakes import NOW, give_every_role

R, W, V, P, M, U, A = Right.READ, Right.WRITE, Right.REVIEW, Right.PUBLISH, Right.MANAGE, Right.PEOPLE, Right.AUDIT
# Whoever writes or reviews may comment.
C = (W, V)
NEEDS: dict[str, tuple[Right | None, Right | tuple[Right, ...] | None]] = {
    "account.close": (R, M),
    "account.describe": (None, M),
    "account.new": (M, M),
    "account.page": (R, None),
    "account.reopen": (None, M),
    "account.settings": (None, M),
    "account.test": (None, M),
    "accounts.inside": (R, None),
    "accounts.listing": (R, None),
    "bulk.again": (None, P),
    "bulk.carried_out": (None, P),
    "columns.listing": (R, None),
    "columns.new": (M, M),
    "columns.one": (M, M),
    "sites.page": (M, M),
    "comparing.page": (R, None),
    "composing.edit": (W, W),
    "composing.image": (None, W),
    "composing.live_preview": (None, R),
    "composing.new": (W, W),
    "correcting.correcting": (P, P),
    "correcting.taken_back": (None, P),
    "correcting.withdrawing": (P, P),
    "deliveries.cancel": (None, P),
    "deliveries.hand": (None, P),
    "deliveries.listing": (R, None),
    "deliveries.one": (R, None),
    "deliveries.reschedule": (None, P),
    "deliveries.retry": (None, P),
    "deliveries.settle": (None, P),
    "deliveries.takedown": (None, P),
    "deliveries.text": (None, P),
    "deliveries.withdrawn": (None, P),
    "handing.code": (P, None),
    "handing.screenshot": (R, None),
    "held.decided": (None, P),
    "held.listing": (R, None),
    "holding.end": (None, P),
    "holding.listing": (R, None),
    "holding.order": (None, P),
    "interpreters.edit": (W, W),
    "interpreters.listing": (R, None),
    "interpreters.new": (W, W),
    "interpreters.page": (R, None),
    "interpreters.phone": (W, W),
    "keeping.copy": (None, W),
    "keeping.gone": (None, R),
    "keeping.here": (None, R),
    "keeping.taken_back": (None, R),
    "keeping.thrown_away": (None, R),
    "livestreams.listing": (R, None),
    "matrix_table.page": (M, None),
    "matrix_table.preview": (None, M),
    "matrix_table.taken_in": (None, M),
    "matrix_table.taken_out": (M, None),
    "media.add": (None, W),
    "media.describe": (None, W),
    "media.listing": (R, None),
    "media.one": (R, None),
    "media.pick": (R, None),
    "media.picture": (R, None),
    "media.remove": (None, W),
    "offices.edit_area": (M, M),
    "offices.edit_office": (M, M),
    "offices.new_area": (M, M),
    "offices.new_office": (M, M),
    "more.page": (R, None),
    "palette.found": (R, None),
    "picking.interpreters": (R, None),
    "picking.of_number": (R, None),
    "picking.policies": (R, None),
    "pictures.of_a_draft": (W, None),
    "placing.branch": (P, None),
    "placing.panel": (P, P),
    "policies.edit": (W, W),
    "policies.importing": (W, W),
    "policies.interpret": (None, W),
    "policies.listing": (R, None),
    "policies.merge": (None, W),
    "policies.naming": (M, M),
    "policies.new": (W, W),
    "policies.page": (R, None),
    "publishing.panel": (R, P),
    "refreshing.page": (R, None),
    "review_rules.page": (R, U),
    "reviewing.comment": (None, C),
    "reviewing.listing": (R, None),
    "reviewing.page": (R, R),
    "reviewing.reply": (None, C),
    "reviewing.submission": (None, W),
    "schedule.back": (None, P),
    "schedule.calendar": (R, None),
    "schedule.move": (None, P),
    "schedule.shift": (None, P),
    "short_links.piece": (R, None),
    "short_links.policy": (R, None),
    "slips.code": (R, None),
    "slips.page": (R, None),
    "slots.add": (None, P),
    "slots.edit": (P, P),
    "slots.listing": (R, None),
    "slots.switch": (None, P),
    "system.health": (R, None),
    "templates.listing": (R, None),
    "templates.one": (M, M),
    "templates.remove": (None, M),
    "trail.exported": (A, None),
    "trail.listing": (A, None),
    "trail.verified": (None, A),
    "users.change": (None, U),
    "users.listing": (U, None),
    "users.new": (U, U),
    "users.one": (U, None),
    "users.second_factor": (None, U),
    "words.exported": (R, None),
    "words.imported": (None, M),
    "words.leader": (None, M),
    "words.listing": (R, R),
    "words.one": (M, M),
    "words.remove": (None, M),
}


def needed(rule: Rule, method: str) -> frozenset[Right]:
    """The rights of which one is enough; none at all: anybody may."""
    right = NEEDS[rule.endpoint][method == "POST"]
    return frozenset(right if isinstance(right, tuple) else {right} - {None})


def values_for(rule: Rule) -> dict[str, str | int]:
    """What stands in the variable parts of an address: the first of everything."""
    return {
        name: "x" if "String" in repr(kind) or "Unicode" in repr(kind) or "Path" in repr(kind) else 1
        for name, kind in rule._converters.items()
    }


def rights_of(login: str) -> frozenset[Right]:
    return RIGHTS[Role(login)] if login != "nobody" else frozenset()


def people(services: Services) -> None:
    """A person for each role, one without any, another office's editor with all of them; and one of every record."""
    with services.db.writing() as session:
        session.get_one(User, 1).password_hash = HASH
        session.add_all(records(services.artefacts.put(b"png")))
        for login in (*Role, "nobody"):
            user = User(login=login, name=login, password_hash=HASH, office_id=1, created_at=NOW)
            session.add(user)
            session.flush()
            if login != "nobody":
                session.add(Grant(user_id=user.id, role=login, office_id=1))
        area = Area(name="邻区", level="district")
        session.add(area)
        session.flush()
        other = Office(name="邻区办公室", area_id=area.id)
        session.add(other)
        session.flush()
        give_every_role(session, User(login="n", name="邻居", password_hash=HASH, office_id=other.id, created_at=NOW))


def records(picture: str) -> list[Base]:
    """One of everything that the office keeps: what is asked for by its number is there."""
    return [
        Policy(office_id=1, title="养老办法", number="锦府〔2026〕5号"),
        Interpreter(
            office_id=1, name="林解读", role="科长", office_name="办公室", phone="010-5550", kind="responsible"
        ),
        Media(
            **{"office_id": 1, "sha256": picture, "name": "a.png", "alt": "图", "media_type": "image/png"},
            **{"width": 1, "height": 1, "size": 1, "at": NOW},
        ),
        TextTemplate(office_id=1, name="通用", content=Content().model_dump(mode="json"), updated_at=NOW),
        OfficeWord(office_id=1, kind="wrong", wrong="既使", suggested="即使"),
        Slot(office_id=1, name="早九点", weekdays=1, clock="09:00", created_at=NOW, created_by="test"),
        Comment(interpretation_id=1, revision_id=1, text="请核对", at=NOW, actor="test"),
    ]


def site_of(services: Services) -> Flask:
    """The console over these services."""
    made = create_app(services)
    made.jinja_env.bytecode_cache = COMPILED
    limiter.reset()
    return made


def visitor(site: Flask, login: str) -> Visitor:
    found = Visitor(site.test_client())
    found.sign_in(login)
    return found
