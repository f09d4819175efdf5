"""Choosing by typing, words of one channel's own, and corrections at one press, all without a script."""

from __future__ import annotations

import html
import json
import re
from datetime import date

import pytest

from channels.base import Fix
from hub.console import fixing
from hub.console.fields import Fields
from hub.models import Interpreter, Policy
from hub.services import Services
from tests.console.conftest import Visitor
from tests.console.test_composing import newest
from tests.console.test_queries import counting


@pytest.fixture
def registry(house: Services) -> None:
    with house.db.writing() as session:
        newer = Policy(office_id=1, title="助餐新办法", number="锦溪府办发〔2026〕18号", effective=date(2099, 1, 1))
        session.add(newer)
        session.flush()
        old = Policy(office_id=1, title="助餐旧办法", number="锦溪府办发〔2020〕3号", validity="repealed")
        old.replaced_by_id = newer.id
        session.add_all([old, Policy(office_id=2, title="邻区助餐办法", number="邻府办发〔2026〕1号")])
        session.add(Interpreter(office_id=1, name="解明义", role="科长", office_name="区民政局", phone="028-55500121"))
        session.add(Interpreter(office_id=2, name="解邻人"))


@pytest.mark.usefixtures("registry")
def test_a_policy_is_found_by_number_and_title_with_its_standing(editor: Visitor) -> None:
    found = editor.get("pick/policies?q=助餐 2020").text
    assert "助餐旧办法" in found
    assert "废止" in found
    assert "已由助餐新办法（锦溪府办发〔2026〕18号）代替" in found
    assert "助餐新办法</span>" not in found.split("已由")[0]
    assert "尚未施行" in editor.get("pick/policies?q=新办法").text
    assert "邻区" not in editor.get("pick/policies").text
    assert 'role="option"' not in editor.get("pick/policies?q=%25").text
    row = re.findall(r'data-record="([^"]+)"', found)[0]
    assert json.loads(html.unescape(row))["number"] == "锦溪府办发〔2020〕3号"


@pytest.mark.usefixtures("registry")
def test_an_interpreter_is_found_by_name_and_office(editor: Visitor) -> None:
    assert "解明义" in editor.get("pick/interpreters?q=民政 解").text
    assert "解邻人" not in editor.get("pick/interpreters?q=解").text


@pytest.mark.usefixtures("registry")
def test_how_a_policy_stands_is_shown_beside_its_number(editor: Visitor) -> None:
    assert "废止" in editor.get("pick/standing?number=锦溪府办发〔2020〕3号").text
    assert editor.get("pick/standing?number=无此文号").text.strip() == ""
    page = editor.get("interpretations/new")
    page = editor.post("interpretations/new", do="add:policies", **{"policies-0-number": "锦溪府办发〔2020〕3号"})
    assert "废止</span>" in page.text.split('id="policies-1"')[0]


def test_finding_takes_as_many_queries_for_many_policies_as_for_few(house: Services, editor: Visitor) -> None:
    counted = []
    for number in (1, 30):
        with house.db.writing() as session:
            for n in range(number):
                session.add(Policy(office_id=1, title=f"办法{n}", number=f"府〔2026〕{number}{n}号"))
        with counting(house) as asked:
            editor.get("pick/policies?q=办法")
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_words_of_one_channel_are_kept_and_reset(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    own = {"variants-sender-title": "渠道标题", "variants-sender-key_points": "谁能领\n七十岁\n\n领多少"}
    editor.post("interpretations/new", do="save", title="通用标题", body="一", **own)
    variant = newest(house).variant("sender")
    assert variant.title == "渠道标题"
    assert [(p.heading, p.text) for p in variant.key_points] == [("谁能领", "七十岁"), ("领多少", "")]
    reset = editor.post("interpretations/1/edit", do="reset:sender:title", version="1", title="甲", body="一", **own)
    assert "渠道标题" not in reset.text


FIELDS: list[tuple[Fix, str]] = [
    (Fix("title", ",", "，", 1), "甲，乙,丙"),
    (Fix("body:2", ",", "，", 1), "一,二\n三，四,"),
    (Fix("key_points[1].text", "3", "三", -1), "三点"),
    (Fix("variants[sender].title", ",", "，", 1), "渠，道"),
    (Fix("variants[sender].title", "", "新", 0), "新渠,道"),
]


def form() -> Fields:
    fields = Fields()
    fields.texts.update(title="甲,乙,丙", body="一,二\n三,四,")
    fields.rows["key_points"] = [{"heading": "", "text": ""}, {"heading": "甲", "text": "3点"}]
    fields.variants = {"sender": {"title": "渠,道"}}
    return fields


@pytest.mark.parametrize(("fix", "after"), FIELDS)
def test_a_correction_is_made_at_its_place_and_taken_back(fix: Fix, after: str) -> None:
    fields = form()
    assert fixing.apply(fields, fix)
    assert after in str(fields).replace("\\n", "\n")
    assert fixing.apply(fields, fixing.inverse(fix))
    assert fields == form()


@pytest.mark.parametrize(
    "fix",
    [
        Fix("title", "没有", "有"),
        Fix("body:9", ",", "，"),
        Fix("key_points[7].text", "3", "三"),
        Fix("nowhere", "a", "b"),
    ],
)
def test_what_is_not_there_any_more_is_left_alone(fix: Fix) -> None:
    fields = form()
    assert not fixing.apply(fields, fix)
    assert fields == form()


def test_a_press_corrects_and_another_takes_it_back(editor: Visitor) -> None:
    editor.get("interpretations/new")
    button = fixing.button(Fix("title", ",", "，", 1))
    page = editor.post("interpretations/new", do=button, title="甲,乙", body="一").text
    assert ">甲，乙</textarea>" in page
    back = html.unescape(re.findall(r'name="do" value="(fix:[^"]+)"', page)[0])
    assert ">甲,乙</textarea>" in editor.post("interpretations/new", do=back, title="甲，乙", body="一").text
    assert "EDT-105" in editor.post("interpretations/new", do=button, title="无", body="一").text
    assert editor.post("interpretations/new", do="fix:{}", title="无", body="一").status_code == 200


def test_each_finding_stands_once_with_the_channels_that_say_it(editor: Visitor) -> None:
    editor.get("interpretations/new")
    found = editor.post("preview", title="提醒：助餐", body="正文").text.split("data-found")[1]
    assert found.count("FAK-101") == 1
    assert "普通、普通、普通" in found
