"""Choosing by typing, words of one channel's own, and corrections at one press, all without a script."""

from __future__ import annotations

import html
import json
import re
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from channels.base import Finding, Fix, Severity
from channels.manuscript import Content, KeyPoint, Manuscript, OwnPoint, Variant
from channels.words import Words
from hub.console import fixing, rows
from hub.console.fields import Fields, as_plain, of_content, of_plain
from hub.console.reading import PICKS
from hub.editorial.gathering import Gathered, placed
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
def test_without_a_script_the_list_is_searched_and_what_was_typed_stays(house: Services, editor: Visitor) -> None:
    with house.db.writing() as session:
        session.add_all([Policy(office_id=1, title=f"办法{n}", number=f"锦府发〔2025〕{n}号") for n in range(PICKS)])
        wanted = session.scalar(select(Policy.id).where(Policy.title == "助餐旧办法"))
    page = editor.get("interpretations/new").text
    assert "助餐旧办法" not in page
    typed = {"title": "写到一半", "seek-policies": "助餐 2020"}
    page = editor.post("interpretations/new", do="seek:policies", **typed).text
    assert ">写到一半</textarea>" in page
    offered = re.findall(r'<option value="(\d+)"', page.split('id="pick-policies"')[1].split("</select>")[0])
    assert offered == [str(wanted)]
    page = editor.post("interpretations/new", do="pick:policies", **typed, **{"pick-policies": str(wanted)}).text
    assert 'name="policies-0-number" type="text" value="锦溪府办发〔2020〕3号"' in page
    page = editor.post("interpretations/new", do="seek:policies", **{"seek-policies": "没有这份"}).text
    assert "政策库里没有" in page
    page = editor.post("interpretations/new", do="seek:interpreters", **{"seek-interpreters": "解"}).text
    assert "解明义" in page
    assert "解邻人" not in page


@pytest.mark.usefixtures("registry")
def test_another_offices_record_is_not_picked(house: Services, editor: Visitor) -> None:
    with house.db.reading() as session:
        theirs = session.scalar(select(Policy.id).where(Policy.office_id == 2))
    editor.get("interpretations/new")
    page = editor.post("interpretations/new", do="pick:policies", **{"pick-policies": str(theirs)}).text
    assert "邻府办发" not in page


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
    own = {"variants-sender-title": "渠道标题", "variants-sender-key_points-0-text": "满七十岁"}
    points = {"key_points-0-heading": "谁能领", "key_points-0-text": "七十周岁及以上"}
    editor.post("interpretations/new", do="save", title="通用标题", body="一", **points, **own)
    variant = newest(house).variant("sender")
    assert variant.title == "渠道标题"
    assert variant.key_points == (OwnPoint(text="满七十岁"),)
    reset = editor.post("interpretations/1/edit", do="reset:sender:title", version="1", title="甲", body="一", **own)
    assert "渠道标题" not in reset.text


POINTS = {
    **{"key_points-4-heading": "谁能领", "key_points-4-text": "七十周岁及以上"},
    **{"key_points-7-heading": "", "key_points-7-text": ""},
    **{"key_points-2-heading": "领多少", "key_points-2-text": "每餐两元"},
}
OWN_POINTS = {
    "variants-sender-key_points-2-heading": "每餐少付两元",
    "variants-sender-key_points-4-leave_out": "1",
    "variants-sender-key_points-7-text": "这一条没有写",
    "variants-sender-key_points-9-text": "这一条删去了",
    "variants-sender-key_points-x1-heading": "第二条",
    "variants-sender-key_points-x0-heading": "只给这里",
}


def test_each_key_point_has_words_of_a_channels_own(house: Services, editor: Visitor) -> None:
    editor.get("interpretations/new")
    editor.post("interpretations/new", do="save", title="标题", **POINTS, **OWN_POINTS)
    content = newest(house)
    assert content.variant("sender").key_points == (
        OwnPoint(leave_out=True),
        OwnPoint(heading="每餐少付两元"),
        OwnPoint(heading="只给这里"),
        OwnPoint(heading="第二条"),
    )
    told = Manuscript(content=content).for_channel("sender").content.key_points
    assert [(p.heading, p.text) for p in told] == [("每餐少付两元", "每餐两元"), ("只给这里", ""), ("第二条", "")]
    page = editor.get("interpretations/1/edit").text
    assert re.search(r'name="variants-sender-key_points-0-leave_out" value="1" checked', page)
    assert re.search(r'name="variants-sender-key_points-1-text"[^>]*placeholder="每餐两元"', page)
    assert re.search(r'name="variants-sender-key_points-x1-heading"[^>]*>第二条<', page)
    assert 'name="variants-sender-key_points-x2-heading"' in page, "a blank one begins another"


@pytest.mark.parametrize(
    ("button", "places"),
    [("down:key_points:0", ["1", "0"]), ("up:key_points:1", ["1", "0"]), ("remove:key_points:0", ["", "0"])],
)
def test_a_channels_own_words_go_where_their_key_point_goes(button: str, places: list[str]) -> None:
    fields = Fields()
    fields.rows["key_points"] = [{"heading": "甲", "text": ""}, {"heading": "乙", "text": ""}]
    fields.variants = {"sender": {"key_points-0-text": "甲的", "key_points-1-text": "乙的", "key_points-x0-text": "丙"}}
    assert rows.act(fields, button, {})
    kept = {f"key_points-{place}-text": said for place, said in zip(places, ("甲的", "乙的"), strict=True) if place}
    assert fields.variants["sender"] == {**kept, "key_points-x0-text": "丙"}


def test_a_key_point_is_given_back_its_common_words() -> None:
    fields = Fields()
    fields.variants = {"sender": {"key_points-1-text": "一", "key_points-1-leave_out": "1", "key_points-10-text": "二"}}
    assert rows.act(fields, "reset:sender:key_points-1", {})
    assert fields.variants == {"sender": {"key_points-10-text": "二"}}


def test_a_working_copy_keeps_the_words_for_each_key_point() -> None:
    fields = Fields()
    fields.variants = {"sender": {"title": "题", "key_points-1-text": "一", "key_points-x0-heading": "二"}}
    assert of_plain(as_plain(fields)).variants == fields.variants
    assert of_plain({"variants": {"sender": {"key_points": "as an earlier program kept it"}}}).variants["sender"] == {}


FIELDS: list[tuple[Fix, str]] = [
    (Fix("variants[sender].key_points[1].text", "3", "三", -1), "卡片三点"),
    (Fix("variants[sender].key_points[x0].text", ",", "，", -1), "只给，本渠道"),
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
    own = {"key_points-1-text": "卡片3点", "key_points-x0-text": "只给,本渠道"}
    fields.variants = {"sender": {"title": "渠,道", **own}}
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


def test_what_a_channel_says_of_a_key_point_is_placed_where_its_words_are() -> None:
    own = Variant(
        channel="sender", key_points=(OwnPoint(leave_out=True), OwnPoint(text="每餐3元"), OwnPoint(text="另有"))
    )
    points = (KeyPoint(heading="一"), KeyPoint(heading="二", text="两元"))
    content = Content(title="题", key_points=points, variants=(own,))

    def place(said: str, channel: str = "sender") -> str:
        finding = Finding("X-1", Severity.WARN, said, Words("", ""), fix=Fix(said, "3", "三"))
        there = placed(finding, channel, content)
        assert there.fix is not None
        assert there.fix.place == there.place
        return there.place

    assert place("key_points[0].text") == "variants[sender].key_points[1].text"
    assert place("key_points[0].heading") == "key_points[1].heading", "it stands in the common words"
    assert place("key_points[1].text") == "variants[sender].key_points[2].text"
    assert place("key_points[0].text", "plain") == "key_points[0].text"
    fields = of_content(content, ZoneInfo("Asia/Shanghai"))
    fields.rows["key_points"].insert(0, {"heading": "", "text": ""})
    places = ["key_points[1].text", "variants[sender].key_points[1].text", "variants[sender].key_points[2].text"]
    gathered = [Gathered(Finding("X-1", Severity.WARN, said, Words("", ""))) for said in places]
    assert [g.finding.place for g in fixing.in_form(gathered, fields)] == [
        "key_points[2].text",
        "variants[sender].key_points[2].text",
        "variants[sender].key_points[x0].text",
    ]
