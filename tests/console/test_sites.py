"""网站设置: what every page says of the site, changed by an administrator, noted, and seen by the public."""

from __future__ import annotations

import pytest

from hub.models import Delivery, Event, Projection, Site
from hub.services import Services
from tests.console.conftest import Visitor
from tests.publishing.helpers import scheduled

WHOLE = {
    "name": "锦溪区人民政府",
    "domain": "www.jinxi.example.cn",
    "id_code": "5199990001",
    "contact": "主办：锦溪区人民政府",
    "icp": "蜀ICP备00000000号-1",
    "police": "川公网安备51999902000001号",
    "find_errors": "https://jiucuo.example.cn/?code=5199990001",
}


def test_the_sites_facts_are_changed_noted_and_the_lists_follow(house: Services, editor: Visitor) -> None:
    editor.get("site")
    page = editor.post("site", **WHOLE).text
    assert all(f'value="{value}"' in page for value in WHOLE.values())
    with house.db.reading() as session:
        site = session.query(Site).one()
        assert {name: getattr(site, name) for name in WHOLE} == WHOLE
        assert session.query(Projection).one().wanted == 1
        event = session.query(Event).one()
        assert (event.kind, event.subject) == ("site.changed", "sites")
        assert event.after["icp"] == "蜀ICP备00000000号-1"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": " "}, "SIT-101"),
        ({"id_code": "519999"}, "SIT-102"),
        ({"id_code": "bm1234567"}, "SIT-102"),
        ({"domain": "https://www.example.cn/"}, "SIT-103"),
        ({"domain": "localhost"}, "SIT-103"),
        ({"contact": "长" * 201}, "SIT-105"),
        ({"find_errors": "javascript:alert(1)"}, "SIT-106"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(editor: Visitor, wrong: dict[str, str], code: str) -> None:
    editor.get("site")
    answer = editor.post("site", **{**WHOLE, **wrong})
    assert answer.status_code == 422
    assert code in answer.text
    assert 'value="蜀ICP备00000000号-1"' in answer.text


def test_the_domain_stays_once_something_was_published(house: Services, editor: Visitor) -> None:
    scheduled(house)
    with house.db.writing() as session:
        before = session.query(Site).one().domain
        session.query(Delivery).first().item = {"identity": "i1"}
    assert 'name="domain"' not in editor.get("site").text
    assert "SIT-104" in editor.post("site", **WHOLE).text
    editor.post("site", **{k: v for k, v in WHOLE.items() if k != "domain"})
    with house.db.reading() as session:
        site = session.query(Site).one()
        assert (site.domain, site.icp) == (before, WHOLE["icp"])
