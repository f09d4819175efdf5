"""Every route × role × area: nothing is seen or done without the right, in one's own office and in another's.

`NEEDS` says by endpoint which right looking (GET) and doing (POST) need. A new endpoint needs a line in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from channels.manuscript import Content
from hub import create_app
from hub.console.here import PREFIX
from hub.console.signing_in import OPEN_ENDPOINTS, limiter
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
from tests.fakes import NOW, Plain, Sender, Sited, give_every_role, make_services
from tests.publishing.helpers import scheduled

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
    "columns.new": (R, M),
    "columns.one": (R, M),
    "comparing.page": (R, None),
    "composing.edit": (R, W),
    "composing.image": (None, W),
    "composing.live_preview": (None, R),
    "composing.new": (W, W),
    "correcting.correcting": (P, P),
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
    "interpreters.edit": (R, W),
    "interpreters.listing": (R, None),
    "interpreters.new": (R, W),
    "interpreters.page": (R, None),
    "interpreters.phone": (R, W),
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
    "palette.found": (R, None),
    "picking.interpreters": (R, None),
    "picking.of_number": (R, None),
    "picking.policies": (R, None),
    "pictures.of_a_draft": (W, None),
    "placing.branch": (P, None),
    "placing.panel": (P, P),
    "policies.edit": (R, W),
    "policies.importing": (R, W),
    "policies.interpret": (None, W),
    "policies.listing": (R, None),
    "policies.merge": (None, W),
    "policies.naming": (R, M),
    "policies.new": (R, W),
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
    "slips.code": (R, None),
    "slips.page": (R, None),
    "slots.add": (None, P),
    "slots.listing": (R, None),
    "slots.switch": (None, P),
    "system.health": (R, None),
    "templates.listing": (R, None),
    "templates.one": (R, M),
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
    "words.one": (R, M),
    "words.remove": (None, M),
}
# What a script or a browser gets without being told whose it is: a hash nobody can guess, one's own things.
ANYBODY = frozenset(
    {
        *("artefacts.archive", "artefacts.file", "desk.home", "more.page", "nowhere", "signing_in.token"),
        *("me.page", "me.picture", "me.password", "me.factor", "me.end", "me.end_others"),
    }
)
REFUSED = frozenset({403, 404})
# Every name that a field or a button has anywhere: a form that is filled in from end to end, with nonsense.
NONSENSE = {
    name: "?"
    for template in (Path(__file__).parents[2] / "templates" / "console").glob("*.html")
    for name in re.findall(r'name="([\w-]+)"', template.read_text(encoding="utf-8"))
    if name != "csrf_token"
}
NOT_ASKED = frozenset({"signing_in.sign_out"})


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


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """An office with a person for each role, one without any, and another office's editor with all of them."""
    services = make_services(tmp_path_factory.mktemp("rights") / "var", Plain(), Sender(), Sited())
    scheduled(services, account=1, now=NOW)
    with services.db.writing() as session:
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
    yield services
    services.db.close()


@pytest.fixture(scope="module")
def site(office: Services) -> Flask:
    made = create_app(office)
    made.jinja_env.bytecode_cache = COMPILED
    limiter.reset()
    return made


def visitor(site: Flask, login: str) -> Visitor:
    found = Visitor(site.test_client())
    found.sign_in(login)
    return found


def rules(site: Flask) -> list[Rule]:
    every = sorted(site.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))
    return [r for r in every if r.rule.startswith(PREFIX) and r.endpoint not in OPEN_ENDPOINTS | NOT_ASKED]


def asked(site: Flask, who: Visitor, rule: Rule, method: str, form: Mapping[str, str] | None = None) -> int:
    """The status of the answer, read to its end; of a POST with nothing but the token, unless there is a form."""
    values = {
        name: "x" if "String" in repr(kind) or "Unicode" in repr(kind) or "Path" in repr(kind) else 1
        for name, kind in rule._converters.items()
    }
    path = site.url_map.bind("localhost").build(rule.endpoint, values, method=method)
    data = None if method == "GET" else {**(form or {}), "csrf_token": who.token}
    with who.client.open(path, method=method, data=data) as answer:
        _ = answer.data
        return answer.status_code


def needed(rule: Rule, method: str) -> frozenset[Right]:
    """The rights of which one is enough; none at all: anybody may."""
    right = NEEDS[rule.endpoint][method == "POST"]
    return frozenset(right if isinstance(right, tuple) else {right} - {None})


def test_every_endpoint_has_its_line(site: Flask) -> None:
    named = {rule.endpoint for rule in rules(site)}
    assert named - set(NEEDS) - ANYBODY == set(), "add a line to NEEDS: which right its GET and its POST need"
    assert set(NEEDS) - named == set()


@pytest.mark.parametrize("login", [*Role, "nobody"])
def test_without_the_right_nothing_is_seen_or_done(site: Flask, login: str) -> None:
    who, wrong = visitor(site, login), []
    for rule, method in asks(site):
        rights = needed(rule, method)
        if rights and not rights & rights_of(login):
            wrong += not_refused(site, who, rule, method)
    assert wrong == []


def test_another_areas_editor_gets_at_nothing_of_ours(site: Flask) -> None:
    who, wrong = visitor(site, "n"), []
    for rule in rules(site):
        if not rule.arguments or rule.endpoint in ANYBODY | OF_THE_SITE:
            continue
        for method in ("GET", "POST"):
            if method in (rule.methods or ()):
                wrong += not_refused(site, who, rule, method)
    assert wrong == []


# The neighbour without a site of their own has a place on ours, and its columns with it. Without a button pressed, the
# page of a person does nothing and sends on to the page that is refused.
OF_THE_SITE = frozenset({"columns.one", "templates.one", "words.one", "users.change"})


@pytest.mark.parametrize("login", [*Role, "nobody"])
def test_with_the_right_one_is_let_in(site: Flask, login: str) -> None:
    who, wrong = visitor(site, login), []
    for rule, method in asks(site):
        rights = needed(rule, method)
        if not rights or rights & rights_of(login):
            status = asked(site, who, rule, method)
            if status >= 500 or (status == 403 and rights and rule.endpoint not in ABOVE):
                wrong.append(f"{method} {rule.endpoint}: {status}")
    assert wrong == []


def rights_of(login: str) -> frozenset[Right]:
    return RIGHTS[Role(login)] if login != "nobody" else frozenset()


def asks(site: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in rules(site):
        for method in ("GET", "POST"):
            if method in (rule.methods or ()) and rule.endpoint not in ANYBODY:
                yield rule, method


def not_refused(site: Flask, who: Visitor, rule: Rule, method: str) -> list[str]:
    """What is answered instead of a refusal. The right is asked before anything that was sent is looked at: an empty
    form and a senseless one are refused like any.
    """
    answers = {asked(site, who, rule, method, form) for form in (({}, NONSENSE) if method == "POST" else ({},))}
    return [f"{method} {rule.endpoint}: {status}" for status in answers - REFUSED]


# Areas and further offices are an area's administrator's: an office's own may not.
ABOVE = frozenset({"offices.edit_area", "offices.new_area", "offices.new_office"})
