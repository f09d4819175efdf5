"""账号矩阵: the tree, an account's settings and secrets, a test of them, switching off, and the table."""

from __future__ import annotations

import io
import json
import re
import stat
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from flask import Flask
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from channels.base import Finding, Severity
from channels.labels import Label, UnfitError
from channels.words import Words
from hub import create_app
from hub.console.signing_in import limiter
from hub.domain.roles import Role
from hub.domain.states import State
from hub.matrix import table
from hub.matrix.probing import probe_account
from hub.matrix.sealing import reseal
from hub.models import Account, Area, Event, Grant, Office, User
from hub.publishing.releasing import release_due
from hub.secretbox import KEYS_FILE
from hub.services import Services
from hub.trail import note
from tests.console.conftest import HASH, Visitor
from tests.console.test_queries import counting
from tests.fakes import EDITOR, NOW, Plain, Sender, Sited, make_services
from tests.publishing.helpers import row, scheduled, state

SECRET = "gzh-s3cret-A7f9"
TODAY = datetime.now(UTC)


class PlatformSettings(BaseModel):
    """A field of every kind that a form knows."""

    model_config = ConfigDict(extra="forbid")

    app_id: Annotated[str, Label("应用编号", "Application id"), Field(max_length=20)] = ""
    app_secret: Annotated[SecretStr, Label("应用密钥", "Application secret")] = SecretStr("")
    tone: Annotated[Literal["calm", "warm"], Label("语气", "Tone", choices={"calm": Words("平和", "Calm")})] = "calm"
    pause: Annotated[int, Label("间隔", "Pause", Words("秒。", "Seconds.")), Field(ge=1, le=60)] = 5
    ratio: Annotated[float, Label("比例", "Ratio")] = 1.5
    loud: Annotated[bool, Label("提醒", "Notify")] = True
    topics: Annotated[list[str], Label("话题", "Topics")] = []
    notes: Annotated[str, Label("备注", "Notes"), Field(max_length=500)] = ""

    @field_validator("app_id")
    @classmethod
    def _begins(cls, value: str) -> str:
        if value and not value.startswith("wx"):
            raise UnfitError(f"应用编号须以 wx 开头：“{value}”。", f"It begins with wx, not {value!r}.")
        return value

    @field_validator("app_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if value and len(value.get_secret_value()) < 8:
            # What a careless channel would say.
            raise ValueError(f"太短：{value.get_secret_value()}")
        return value


@dataclass
class Platform(Sender):
    """A channel with a secret, whose account can be tested. It keeps what it was told."""

    key: str = "platform"
    Settings: type[BaseModel] = PlatformSettings
    known: list[Any] = field(default_factory=list)
    answer: Sequence[Finding] = ()
    probing: Any = None

    def probe(self, settings: Any) -> Sequence[Finding]:
        self.known.append(settings)
        if self.probing is not None:
            self.probing()
        return self.answer


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def house(tmp_path: Path, platform: Platform) -> Iterator[Services]:
    """Accounts 1 plain, 2 sender, 3 sited, 4 platform of office 1, whose editor administers the whole district; below
    it a town with office 3 and a village. Office 2 elsewhere has an editor of its own.
    """
    services = make_services(tmp_path / "var", Plain(), Sender(), Sited(), platform)
    with services.db.writing() as session:
        session.get_one(User, 1).password_hash = HASH
        town = Area(name="荷堰镇", level="town", parent_id=1)
        elsewhere = Area(name="青岩区", level="district")
        session.add_all([town, elsewhere])
        session.flush()
        session.add(Area(name="双渡村", level="village", parent_id=town.id))
        other, below = Office(name="青岩办公室", area_id=elsewhere.id), Office(name="荷堰镇人民政府", area_id=town.id)
        session.add_all([other, below])
        session.flush()
        session.add(Account(office_id=below.id, area_id=town.id, channel="plain", name="荷堰微讯"))
        session.add(Account(office_id=other.id, area_id=elsewhere.id, channel="plain", name="青岩发布"))
        session.add(Grant(user_id=1, role=Role.ADMINISTRATOR, area_id=1))
        neighbour = User(login="n", name="邻居", password_hash=HASH, office_id=other.id, created_at=NOW)
        writer = User(login="w", name="只写稿", password_hash=HASH, office_id=1, created_at=NOW)
        session.add_all([neighbour, writer])
        session.flush()
        session.add_all([Grant(user_id=neighbour.id, role=role, office_id=other.id) for role in Role])
        session.add(Grant(user_id=writer.id, role=Role.WRITER, office_id=1))
    yield services
    services.db.close()


@pytest.fixture
def writer(app: Flask) -> Visitor:
    visitor = Visitor(app.test_client())
    assert visitor.sign_in("w").status_code == 200
    return visitor


def account(house: Services, id_: int) -> Account:
    with house.db.reading() as session:
        return session.get_one(Account, id_)


def events(house: Services) -> list[Event]:
    with house.db.reading() as session:
        return list(session.scalars(select(Event).order_by(Event.id)))


def save(visitor: Visitor, house: Services, form: str, id_: int = 4, **data: Any) -> TestResponse:
    visitor.get(f"accounts/{id_}")
    version = data.pop("version", account(house, id_).version)
    return visitor.post(f"accounts/{id_}/{form}", version=version, **data)


SETTINGS = {"app_id": "wx1", "tone": "calm", "pause": "5", "ratio": "1.5", "loud": "1", "topics": "", "notes": ""}
DETAILS = {
    "name": "平台号",
    "area_id": "1",
    "filing": "备2026-001",
    "owner_name": "路问津",
    "owner_phone": "028-55500155",
}


# The tree


def test_the_tree_begins_where_ones_rights_begin_and_counts_what_is_below(editor: Visitor, neighbour: Visitor) -> None:
    page = editor.get("accounts").text
    assert "锦溪区" in page
    assert "2 个单位" in page
    assert "5 个账号" in page
    assert "荷堰" not in page
    assert "青岩" not in page
    theirs = neighbour.get("accounts").text
    assert "青岩发布" in theirs
    assert "锦溪区" not in theirs


@pytest.mark.parametrize("path", ["accounts?at=1", "accounts/branch/1"])
def test_an_area_opens_by_a_link_or_where_it_stands(editor: Visitor, path: str) -> None:
    page = editor.get(path).text
    for word in ("荷堰镇", "1 个单位", "1 个账号", "办公室", "账号platform", "还没有发布过"):
        assert word in page
    assert "荷堰微讯" not in page


def test_the_way_down_ends_at_a_village(editor: Visitor) -> None:
    page = editor.get("accounts?at=2").text
    for word in ("荷堰微讯", "荷堰镇人民政府", "双渡村", "没有单位"):
        assert word in page


@pytest.mark.parametrize("path", ["accounts?at=3", "accounts/branch/3", "accounts?at=99", "accounts/6"])
def test_another_areas_branch_is_not_shown(editor: Visitor, path: str) -> None:
    assert editor.get(path).status_code == 404


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("q=微讯", "荷堰微讯", "账号plain"),
        ("q=荷堰镇", "荷堰微讯", "账号plain"),
        ("q=100%25", "没有符合条件的账号", "荷堰微讯"),
        ("channel=sender", "账号sender", "账号plain"),
        ("channel=nonsense&q=账号", "账号plain", "荷堰微讯"),
        ("state=off", "没有符合条件的账号", "账号plain"),
        ("state=silent", "账号sender", "账号plain"),
        ("state=misconfigured", "账号platform", "账号plain"),
        ("state=active&q=青岩", "没有符合条件的账号", "青岩发布"),
    ],
)
def test_search_and_filters(house: Services, editor: Visitor, query: str, there: str, not_there: str) -> None:
    with house.db.writing() as session:
        # 1 published a while ago, 2 too long ago, 4 can't be posted to.
        for id_, days in ((1, 2), (2, 20)):
            out = {"account": id_, "at": (TODAY - timedelta(days=days)).replace(tzinfo=None)}
            session.execute(text(_PUBLISHED), out)
        session.get_one(Account, 4).sound = False
    page = editor.get(f"accounts?{query}").text
    assert there in page
    assert not_there not in page


_PUBLISHED = "UPDATE accounts SET last_published_at = :at WHERE id = :account"


def test_the_number_of_queries_grows_neither_with_areas_nor_with_accounts(house: Services, editor: Visitor) -> None:
    paths = ("accounts", "accounts?at=1", "accounts?q=号", "accounts/1")
    few = []
    for path in paths:
        with counting(house) as asked:
            editor.get(path)
        few.append(len(asked))
    with house.db.writing() as session:
        for number in range(12):
            area = Area(name=f"第{number}镇", level="town", parent_id=1)
            session.add(area)
            session.flush()
            offices = [Office(name=f"号{number}-{n}", area_id=area_id) for n, area_id in enumerate((area.id, 1))]
            session.add_all(offices)
            session.flush()
            session.add_all(Account(office_id=o.id, area_id=1, channel="plain", name=f"号{o.id}") for o in offices)
    for path, before in zip(paths, few, strict=True):
        with counting(house) as asked:
            editor.get(path)
        assert len(asked) == before, path
        assert before < 16


# Settings


def test_a_field_of_every_kind_is_shown_with_its_label_and_its_bounds(editor: Visitor) -> None:
    page = editor.get("accounts/4").text
    for word in ("应用编号", "应用密钥", "平和", "秒。 1 到 60。", "话题", "未设置。填写后加密保存"):
        assert word in page
    assert re.search(r'<input id="s-app_secret" name="app_secret" type="password" value=""', page)
    assert re.search(r'<textarea id="s-topics"', page)
    editor.post("language", language="en")
    assert "Application secret" in editor.get("accounts/4").text


def test_settings_are_saved_as_far_as_they_differ_from_the_defaults(house: Services, editor: Visitor) -> None:
    page = save(editor, house, "settings", **SETTINGS | {"tone": "warm", "topics": "养老\n\n 助餐 "}).text
    assert "设置已保存。" in page
    assert account(house, 4).settings == {"app_id": "wx1", "tone": "warm", "topics": ["养老", "助餐"]}
    assert account(house, 4).version == 2
    [event] = events(house)
    assert (event.kind, event.actor, event.office_id) == ("account.settings", "user:1", 1)
    assert event.after == {"app_id": "wx1", "tone": "warm", "topics": ["养老", "助餐"]}


def test_the_history_says_what_each_field_was_and_is_and_of_a_secret_only_that_it_changed(
    house: Services, editor: Visitor
) -> None:
    save(editor, house, "settings", **SETTINGS | {"tone": "warm", "app_secret": "第一个密钥12345678"})
    page = save(editor, house, "settings", **SETTINGS | {"tone": "", "app_secret": "第二个密钥12345678"}).text
    assert re.search(r"应用密钥：\s*<ins>已设置</ins>", page)
    assert re.search(r"应用编号：\s*<del>（默认）</del> → <ins>wx1</ins>", page)
    assert "个密钥12345678" not in page


def test_the_history_calls_areas_and_people_by_their_names(house: Services, editor: Visitor) -> None:
    with house.db.writing() as session:
        row = session.get_one(Account, 4)
        was, is_ = {"area_id": 1, "owner_id": None}, {"area_id": 1, "owner_id": 1}
        note(session, actor=EDITOR, kind="account.described", subject=row, before=was, after=is_, now=NOW)
    page = editor.get("accounts/4").text
    assert re.search(r"负责人：\s*<del>（空）</del> → <ins>编辑</ins>", page)
    assert "服务区域：" not in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"app_id": "abc"}, "应用编号须以 wx 开头：“abc”。"),
        ({"app_id": "wx" + "9" * 30}, "不超过 20 字。"),
        ({"pause": "61"}, "不能大于 60。"),
        ({"pause": "半"}, "请填写整数。"),
        ({"ratio": "x"}, "请填写数字。"),
        ({"tone": "loud"}, "请从列出的选项中选择。"),
    ],
)
def test_a_mistake_stands_at_its_field_with_what_was_typed(
    house: Services, editor: Visitor, wrong: dict[str, str], sentence: str
) -> None:
    answer = save(editor, house, "settings", **SETTINGS | {"notes": "记一笔"} | wrong)
    [name] = wrong
    assert answer.status_code == 422
    assert sentence in re.search(rf'id="s-{name}-wrong">.*?</p>', answer.text, re.DOTALL)[0]  # type: ignore[index]
    assert "记一笔" in answer.text
    if name != "tone":
        assert f'value="{wrong[name]}"' in answer.text
    assert account(house, 4).settings == {}
    assert events(house) == []


def test_what_a_colleague_saved_meanwhile_is_not_overwritten(house: Services, editor: Visitor) -> None:
    save(editor, house, "settings", **SETTINGS)
    answer = save(editor, house, "settings", version=1, **SETTINGS | {"app_id": "wx2"})
    assert answer.status_code == 409
    assert "ACC-409" in answer.text
    assert 'value="wx2"' in answer.text
    assert account(house, 4).settings == {"app_id": "wx1"}


# Secrets


def _everything(house: Services) -> str:
    """All that lies in the data folder, and all rows, as somebody would read them who got a copy."""
    files = [p for p in house.config.data.rglob("*") if p.is_file() and p.name != KEYS_FILE]
    with house.db.reading() as session:
        rows = [session.execute(text(f"SELECT * FROM {t}")).all() for t in ("accounts", "events")]  # noqa: S608
    return "".join(p.read_bytes().decode("utf-8", "replace") for p in files) + repr(rows)


def test_a_secret_is_sealed_and_never_shown_again(
    house: Services, editor: Visitor, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    answer = save(editor, house, "settings", **SETTINGS | {"app_secret": SECRET})
    assert "已设置，末次更换于" in answer.text
    assert stat.S_IMODE((house.config.data / KEYS_FILE).stat().st_mode) == 0o600
    pages = answer.text + editor.get("accounts/4").text + editor.get("accounts/table.csv").text
    save(editor, house, "test")
    assert platform.known[0].app_secret.get_secret_value() == SECRET
    for place in (pages, _everything(house), caplog.text, repr(platform.known[0])):
        assert SECRET not in place
    [event] = events(house)
    assert set(event.after or {}) == {"app_id", "app_secret"}
    assert set((event.after or {})["app_secret"]) == {"at"}


def test_a_secret_stays_when_left_empty_and_goes_when_cleared(
    house: Services, editor: Visitor, platform: Platform
) -> None:
    save(editor, house, "settings", **SETTINGS | {"app_secret": SECRET})
    sealed = account(house, 4).settings["app_secret"]
    save(editor, house, "settings", **SETTINGS | {"app_id": "wx7"})
    assert account(house, 4).settings["app_secret"] == sealed
    save(editor, house, "settings", **SETTINGS | {"app_secret": "another-s3cret"})
    save(editor, house, "test")
    assert platform.known[-1].app_secret.get_secret_value() == "another-s3cret"
    save(editor, house, "settings", **SETTINGS | {"app_secret-clear": "1"})
    assert "app_secret" not in account(house, 4).settings
    assert "未设置" in editor.get("accounts/4").text


def test_a_refused_secret_stands_neither_in_the_error_nor_in_the_form(
    house: Services, editor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    answer = save(editor, house, "settings", **SETTINGS | {"app_secret": "kurz9"})
    assert answer.status_code == 422
    assert "太短：●●●" in answer.text
    assert "kurz9" not in answer.text + caplog.text + _everything(house)


def test_with_other_keys_it_says_that_the_secret_must_be_entered_again(house: Services, editor: Visitor) -> None:
    save(editor, house, "settings", **SETTINGS | {"app_secret": SECRET})
    (house.config.data / KEYS_FILE).unlink()
    page = save(editor, house, "test").text
    assert "SYS-107" in page
    assert "不能发布" in page
    assert save(editor, house, "settings", **SETTINGS).status_code == 422
    page = save(editor, house, "settings", **SETTINGS | {"app_secret": SECRET}).text
    assert "设置已保存。" in page


def test_after_a_rotation_the_secret_is_sealed_with_the_new_key_alone(
    house: Services, editor: Visitor, platform: Platform
) -> None:
    save(editor, house, "settings", **SETTINGS | {"app_secret": SECRET})
    before = account(house, 4).settings["app_secret"]
    house.box.rotate()
    with house.db.writing() as session:
        assert reseal(session, house) == 1
    house.box.forget()
    after = account(house, 4).settings["app_secret"]
    assert (after["at"], after["sealed"] == before["sealed"]) == (before["at"], False)
    save(editor, house, "test")
    assert platform.known[-1].app_secret.get_secret_value() == SECRET


# Testing


def test_a_test_says_when_and_what_and_leads_to_the_field(house: Services, editor: Visitor, platform: Platform) -> None:
    hint = Words("请到平台后台查看。", "See the platform's own pages.")
    platform.answer = (Finding("PLA-1", Severity.BLOCK, "app_id", Words("平台不认识它。", "Not known."), hint),)
    page = save(editor, house, "test").text
    for word in ("测试于", "PLA-1", "平台不认识它。", "请到平台后台查看。", 'href="#s-app_id"', "不能发布"):
        assert word in page
    assert "设置有误" in editor.get("accounts?at=1").text
    platform.answer = ()
    assert "可以发布" in save(editor, house, "test").text
    assert account(house, 4).sound
    save(editor, house, "settings", **SETTINGS)
    assert account(house, 4).tested_at is None


def test_a_test_that_breaks_or_hangs_is_a_finding(house: Services, editor: Visitor, platform: Platform) -> None:
    platform.probing = lambda: 1 / 0
    assert "ACC-308" in save(editor, house, "test").text
    waited = threading.Event()
    platform.probing = waited.wait
    [finding] = probe_account(house, actor=EDITOR, account_id=4, now=NOW, limit=0.01)
    waited.set()
    assert finding.code == "ACC-307"
    assert account(house, 4).sound is False


def test_a_place_on_the_site_needs_a_site(house: Services, editor: Visitor) -> None:
    assert "可以发布" in save(editor, house, "test", 3).text


# What it is, and switching it off


def test_who_answers_for_it_and_its_filing_number(house: Services, editor: Visitor) -> None:
    page = save(editor, house, "describe", **DETAILS | {"opened": "2026-05-01", "owner_id": "1"}).text
    assert "资料已保存。" in page
    kept = account(house, 4)
    assert (kept.name, kept.filing, kept.owner_id, kept.opened) == ("平台号", "备2026-001", 1, date(2026, 5, 1))
    assert "改资料" in page
    assert "备案号 备2026-001" in editor.get("accounts?q=备2026").text
    answer = save(editor, house, "describe", **DETAILS | {"name": "", "owner_id": "2"})
    assert answer.status_code == 422
    assert "请填写账号名称。" in answer.text
    assert "请选择本单位在职的用户。" in answer.text


def test_one_account_per_platform_and_unit_unless_a_reason_is_given(house: Services, editor: Visitor) -> None:
    editor.get("offices/1/accounts/new")
    second = DETAILS | {"channel": "plain", "name": "第二个"}
    answer = editor.post("offices/1/accounts/new", **second)
    assert answer.status_code == 422
    assert "一个平台一个单位一个账号" in answer.text
    assert 'value="第二个"' in answer.text
    page = editor.post("offices/1/accounts/new", **second | {"beside": "办事大厅专用"}).text
    assert "账号已添加，请检查设置。" in page
    assert events(house)[-1].after["beside"] == "办事大厅专用"  # type: ignore[index]


def test_switching_off_decides_over_what_is_not_out(house: Services, editor: Visitor) -> None:
    waiting = scheduled(house, 4, at=TODAY + timedelta(days=1), now=TODAY)
    assert "还没有发出的发布任务" in editor.get("accounts/4").text
    answer = save(editor, house, "close", reason="平台关停", closed="2026-11-30")
    assert answer.status_code == 422
    assert "还有 1 项没有发出" in answer.text
    assert 'value="平台关停"' in answer.text
    page = save(editor, house, "close", reason="平台关停", closed="2026-11-30", rest="cancel").text
    assert "取消了 1 项" in page
    assert state(house, waiting) == State.CANCELLED
    assert "2026-11-30 停用：平台关停" in page
    assert events(house)[-1].reason == "平台关停"
    assert "账号已启用。" in save(editor, house, "reopen").text
    assert account(house, 4).active


def test_it_is_not_switched_off_while_something_is_being_sent_nor_without_a_reason(
    house: Services, editor: Visitor
) -> None:
    delivery = scheduled(house, 4, now=TODAY)
    release_due(house, TODAY)
    with house.db.writing() as session:
        session.execute(text("UPDATE deliveries SET state = 'unknown'"))
    assert row(house, delivery).state == State.UNKNOWN
    answer = save(editor, house, "close", reason="停", rest="cancel")
    assert answer.status_code == 422
    assert "ACC-213" in answer.text
    assert "ACC-210" in save(editor, house, "close", reason=" ").text
    assert account(house, 4).active


# Areas and offices


def test_areas_and_offices_are_added_and_changed(house: Services, editor: Visitor) -> None:
    editor.get("areas/1/areas/new")
    assert "这里已有同名的区域。" in editor.post("areas/1/areas/new", name="荷堰镇").text
    assert "栗坞镇" in editor.post("areas/1/areas/new", name="栗坞镇").text
    office = {"name": "栗坞镇人民政府", "zone": "Asia/Shanghai", "tolerance_minutes": "45", "site_id": "1"}
    answer = editor.post("areas/1/offices/new", **office | {"zone": "Mars", "tolerance_minutes": "-3"})
    assert answer.status_code == 422
    assert "没有时区“Mars”。" in answer.text
    assert "栗坞镇人民政府" in editor.post("areas/1/offices/new", **office).text
    page = editor.post("offices/3/edit", **office | {"name": "荷堰镇政府", "area_id": "2"}).text
    assert "单位已保存。" in page
    assert [e.kind for e in events(house)] == ["area.added", "office.added", "office.changed"]
    assert "区域已改名。" in editor.post("areas/2/edit", name="荷堰街道").text


# Rights

FORMS = ("accounts/4/settings", "accounts/4/test", "accounts/4/describe", "accounts/4/close", "accounts/4/reopen")
ADDING = ("areas/1/areas/new", "areas/1/offices/new", "offices/1/edit", "areas/1/edit", "accounts/table")


@pytest.mark.parametrize("path", [*FORMS, *ADDING, "offices/1/accounts/new"])
def test_who_does_not_manage_it_changes_nothing(
    house: Services, writer: Visitor, neighbour: Visitor, path: str
) -> None:
    writer.get("accounts")
    neighbour.get("accounts")
    values = {"version": "1", "name": "改", "reason": "改", "channel": "plain", **SETTINGS}
    assert writer.post(path, **values).status_code in (403, 404)
    if path != "accounts/table":
        assert neighbour.post(path, **values).status_code in (403, 404)
    assert events(house) == []


def test_a_writer_sees_the_matrix_without_any_form(writer: Visitor) -> None:
    page = writer.get("accounts/4").text
    assert "账号platform" in page
    assert "保存设置" not in page
    assert "停用账号" not in page
    assert "添加账号" not in writer.get("accounts").text


# The table


def _table(editor: Visitor) -> list[dict[str, str]]:
    answer = editor.get("accounts/table.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return [line.cells for line in table.read(answer.data)]


def _csv(rows: list[dict[str, str]]) -> bytes:
    return "".join(table.write([r.get(name, "") for name in table.HEADER] for r in rows)).encode()


def _sent(editor: Visitor, data: bytes) -> TestResponse:
    editor.get("accounts/table")
    return editor.post("accounts/table", table=(io.BytesIO(data), "accounts.csv"))


def _take_in(editor: Visitor, page: str) -> TestResponse:
    hidden = dict(re.findall(r'<input type="hidden" name="(file|mark)" value="([^"]+)"', page))
    return editor.post("accounts/table/take-in", **hidden)


def test_the_table_has_what_one_manages_and_comes_back_unchanged(editor: Visitor, neighbour: Visitor) -> None:
    rows = _table(editor)
    assert [r[table.NAME] for r in rows] == ["账号plain", "账号sender", "账号sited", "账号platform", "荷堰微讯"]
    assert rows[-1][table.AREA] == "锦溪区/荷堰镇"
    assert [r[table.NAME] for r in _table(neighbour)] == ["青岩发布"]
    assert "没有要导入的" in _sent(editor, _csv(rows)).text


def test_a_table_is_previewed_then_taken_in_whole(house: Services, editor: Visitor) -> None:
    rows = _table(editor)
    rows[0] |= {table.FILING: "备1", table.NAME: "=HYPERLINK(1)"}
    rows[3] |= {table.SETTINGS: json.dumps({"pause": 9})}
    rows.append(
        {table.AREA: "锦溪区/荷堰镇", table.OFFICE: "荷堰镇人民政府", table.CHANNEL: "sender", table.NAME: "新号"}
    )
    page = _sent(editor, _csv(rows)).text
    for word in ("新增 1 个", "改动 2 个", "不变 3 个", "备案号", "还没有导入"):
        assert word in page
    assert account(house, 1).filing == ""
    assert "已导入：新增 1 个，改动 2 个。" in _take_in(editor, page).text
    assert (account(house, 1).filing, account(house, 1).name) == ("备1", "=HYPERLINK(1)")
    assert account(house, 4).settings == {"pause": 9}
    assert [(e.kind, e.subject_id) for e in events(house)] == [("account.imported", i) for i in (1, 4, 7)]
    assert ",'=HYPERLINK(1)," in editor.get("accounts/table.csv").text


def test_secrets_stay_through_a_table_and_are_refused_in_one(house: Services, editor: Visitor) -> None:
    save(editor, house, "settings", **SETTINGS | {"app_secret": SECRET})
    sealed = account(house, 4).settings["app_secret"]
    rows = _table(editor)
    rows[3][table.SETTINGS] = json.dumps({"app_id": "wx5"})
    _take_in(editor, _sent(editor, _csv(rows)).text)
    assert account(house, 4).settings == {"app_id": "wx5", "app_secret": sealed}
    rows[3][table.SETTINGS] = json.dumps({"app_secret": SECRET})
    answer = _sent(editor, _csv(rows))
    assert answer.status_code == 422
    assert "密钥不能写在表格里" in answer.text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({table.ID: "6"}, "没有编号为“6”的账号，或不归您管理。"),
        ({table.NAME: ""}, "请填写账号名称。"),
        ({table.NAME: "长" * 101}, "超过 100 字。"),
        ({table.STATE: "也许"}, "只能填“在用”或“停用”。"),
        ({table.STATE: "停用"}, "停用须写明原因。"),
        ({table.OPENED: "去年"}, "日期有误：“去年”"),
        ({table.SETTINGS: "{"}, "须是一段 JSON"),
        ({table.SETTINGS: '{"wish": 1, "x": 2}'}, "wish："),
        ({table.CHANNEL: "sender"}, "不能改，应为“plain”。"),
        ({table.ID: "", table.AREA: "青岩区", table.OFFICE: "青岩办公室"}, "没有这个区域和单位，或不归您管理。"),
        ({table.ID: "", table.NAME: "又一个"}, "本单位在这个平台已有账号"),
        ({table.ID: "2", table.CHANNEL: "sender", table.NAME: "账号sender"}, "与第 2 行重复。"),
    ],
)
def test_mistakes_are_said_by_line_and_nothing_is_taken_in(
    house: Services, editor: Visitor, change: dict[str, str], sentence: str
) -> None:
    first, second, *_ = _table(editor)
    wrong = first | change
    answer = _sent(
        editor,
        _csv(
            [second | {table.FILING: "备9"}, first | {table.FILING: "备8"}, wrong][:3]
            if change.get(table.ID) == "" or change.get(table.ID) == "2"
            else [second, wrong]
        ),
    )
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "导入这些改动" not in answer.text
    assert events(house) == []


def test_a_file_that_is_no_table_is_refused_with_a_sentence(editor: Visitor) -> None:
    for data, sentence in (
        (b"", "请选择要导入的表格。"),
        (b"a,b\n1,2\n", "无法识别或重复"),
        ("状态\n在用\n".encode(), "缺少“编号”一列"),
        (b"\xff\xff\xff", "编码无法识别"),
    ):
        answer = _sent(editor, data)
        assert answer.status_code == 422
        assert sentence in answer.text
    assert "没有要导入的" in _sent(editor, "编号,账号名称\r\n1,账号plain\r\n".encode("gb18030")).text


def test_what_changed_since_the_preview_is_looked_at_again(house: Services, editor: Visitor) -> None:
    rows = _table(editor)
    rows[3] |= {table.FILING: "备3"}
    page = _sent(editor, _csv(rows)).text
    save(editor, house, "settings", **SETTINGS)
    answer = _take_in(editor, page)
    assert answer.status_code == 409
    assert "ACC-409" in answer.text
    assert account(house, 4).filing == ""


def test_english(house: Services, platform: Platform) -> None:
    limiter.reset()
    visitor = Visitor(create_app(house).test_client())
    visitor.sign_in()
    visitor.post("language", language="en")
    for path, word in (("accounts", "offices"), ("accounts/4", "Test the connection"), ("accounts/table", "Export")):
        assert word in visitor.get(path).text
