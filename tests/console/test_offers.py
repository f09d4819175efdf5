"""No screen offers what would be refused: every link, button and form of every screen, in every role. And every form
carries the token without which nothing is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from hub.console.here import PREFIX
from hub.domain.roles import Role
from hub.services import Services
from tests.console.conftest import Visitor
from tests.console.rights import NEEDS, needed, people, rights_of, site_of, values_for, visitor
from tests.console.test_queries import more
from tests.fakes import Plain, Sender, Sited, make_services, write
from tests.screens import SCREENS


@dataclass
class Offers(HTMLParser):
    """The addresses of a page by method, and its forms that lack the token."""

    path: str
    found: set[tuple[str, str]] = field(default_factory=set)
    forms: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in given}
        if tag == "form":
            method = values.get("method", "get").upper()
            self.found.add((method, values.get("action") or self.path))
            if method == "POST":
                self.without.append(values.get("action") or self.path)
        elif values.get("name") == "csrf_token" and self.without:
            self.without.pop()
        self.found |= {("POST", value) for name, value in values.items() if name == "formaction"}
        self.found |= {("GET", v) for n, v in values.items() if n in ("href", "src") or n.startswith("data-")}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """An office that has something of everything, with a person for each role and one without any."""
    services = make_services(tmp_path_factory.mktemp("offers") / "var", Plain(), Sender(), Sited())
    for number in range(3):
        more(services, number)
    # One that is signed off and waits for its day, and one that is being written.
    write(services)
    write(services, signed=False, author=1)
    people(services)
    yield services
    services.db.close()


@pytest.fixture(scope="module")
def site(office: Services) -> Flask:
    return site_of(office)


def pages(office: Services, who: Visitor) -> Iterator[tuple[str, Offers]]:
    """Every screen that this person may open, with what it offers."""
    for screen in (s for s in SCREENS if not s.open):
        with office.db.reading() as session:
            try:
                path = screen.address(office, session)
            except LookupError:
                continue
        answer = who.get(path)
        assert answer.status_code in (200, 403, 404), path
        if answer.status_code == 200:
            offers = Offers(urlsplit(answer.request.path).path)
            offers.feed(answer.text)
            yield screen.name, offers


def refused(site: Flask, login: str, method: str, address: str) -> bool:
    """Whether this person would be refused there. Addresses outside the console refuse nobody."""
    path = urlsplit(address).path
    if not path.startswith(f"{PREFIX}/"):
        return False
    urls = site.url_map.bind("localhost")
    try:
        rule, _values = urls.match(path, method=method, return_rule=True)
    except HTTPException:
        # What a script sends to.
        method = "POST"
        rule, _values = urls.match(path, method=method, return_rule=True)
    if rule.endpoint not in NEEDS:
        return False
    rights = needed(rule, method)
    return bool(rights) and not rights & rights_of(login)


@pytest.mark.parametrize("login", [*Role, "nobody"])
def test_no_screen_offers_what_would_be_refused(site: Flask, office: Services, login: str) -> None:
    wrong = {
        f"{screen}: {method} {address}"
        for screen, offers in pages(office, visitor(site, login))
        for method, address in offers.found
        if refused(site, login, method, address)
    }
    assert not wrong, "\n".join(sorted(wrong))


def test_every_form_of_every_screen_carries_the_token(site: Flask, office: Services) -> None:
    who = Visitor(site.test_client())
    opened = {screen.name: who.get(screen.path) for screen in SCREENS if screen.open and "{" not in screen.path}
    who.sign_in()
    found = {name: offers.without for name, offers in pages(office, who)}
    for name, answer in opened.items():
        offers = Offers(answer.request.path)
        offers.feed(answer.text)
        found[name] = offers.without
    assert {name: forms for name, forms in found.items() if forms} == {}
    assert len(found) > len(SCREENS) * 3 // 4


# What machines send carries a signature of its own (tests/posting).
SIGNED = {"events"}


def test_without_the_token_no_route_does_anything(site: Flask) -> None:
    who = visitor(site, "e")
    assert who.token
    wrong = []
    for rule in site.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            address = site.url_map.bind("localhost").build(rule.endpoint, values_for(rule), method="POST")
            answer = who.client.post(address, data={"do": "save", "title": "x"})
            if rule.endpoint in SIGNED:
                assert answer.status_code in (403, 404)
            elif answer.status_code != 400 or "SIG-400" not in answer.text:
                wrong.append(f"{rule.endpoint}: {answer.status_code}")
    assert wrong == []
