"""Every route × role × area: nothing is seen or done without the right, in one's own office and in another's.

`NEEDS` of tests.console.rights says by endpoint which right looking (GET) and doing (POST) need.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from hub.console.here import PREFIX
from hub.console.signing_in import OPEN_ENDPOINTS
from hub.domain.roles import Role
from hub.services import Services
from tests.console.conftest import Visitor
from tests.console.rights import NEEDS, needed, people, rights_of, site_of, values_for, visitor
from tests.fakes import NOW, Plain, Sender, Sited, make_services
from tests.publishing.helpers import scheduled

# What a script or a browser gets without being told whose it is: a hash nobody can guess, one's own things.
ANYBODY = frozenset(
    {
        *("artefacts.archive", "artefacts.file", "desk.home", "nowhere", "signing_in.token"),
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


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """An office with a person for each role, one without any, and another office's editor with all of them."""
    services = make_services(tmp_path_factory.mktemp("rights") / "var", Plain(), Sender(), Sited())
    scheduled(services, account=1, now=NOW)
    people(services)
    yield services
    services.db.close()


@pytest.fixture(scope="module")
def site(office: Services) -> Flask:
    return site_of(office)


def rules(site: Flask) -> list[Rule]:
    every = sorted(site.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))
    return [r for r in every if r.rule.startswith(PREFIX) and r.endpoint not in OPEN_ENDPOINTS | NOT_ASKED]


def asked(site: Flask, who: Visitor, rule: Rule, method: str, form: Mapping[str, str] | None = None) -> int:
    """The status of the answer, read to its end; of a POST with nothing but the token, unless there is a form."""
    path = site.url_map.bind("localhost").build(rule.endpoint, values_for(rule), method=method)
    data = None if method == "GET" else {**(form or {}), "csrf_token": who.token}
    with who.client.open(path, method=method, data=data) as answer:
        _ = answer.data
        return answer.status_code


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
