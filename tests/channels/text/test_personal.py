"""Personal data is stopped before review and never repeated in clear; what is public is not stopped."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Finding, Severity
from channels.manuscript import Content, InterpreterRef, Manuscript
from channels.registry import CHANNELS
from channels.text.personal import is_card, is_citizen_id, personal_findings
from hub.rendering import render

WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]


def citizen_id(region: int, born: date, order: int) -> str:
    """A number of nobody: made by the rule, from a region that doesn't exist."""
    body = f"{region:06d}{born:%Y%m%d}{order:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def card(body: str) -> str:
    return next(body + str(n) for n in range(10) if is_card(body + str(n)))


NOBODY = citizen_id(990001, date(1950, 3, 4), 12)


def found(text: str) -> list[Finding]:
    return list(personal_findings(Content(title="题", body=text)))


@given(
    st.integers(100000, 999999),
    st.dates(date(1900, 1, 1), date(2030, 1, 1)),
    st.integers(0, 999),
    st.integers(0, 17),
    st.integers(1, 9),
)
def test_a_citizen_id_is_known_by_its_check_character(region: int, born: date, order: int, at: int, by: int) -> None:
    number = citizen_id(region, born, order)
    assert is_citizen_id(number)
    if number[at].isdigit():
        wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
        assert not is_citizen_id(wrong)


@given(st.from_regex(r"62[0-9]{13,16}", fullmatch=True))
def test_a_card_is_known_by_its_check_digit(body: str) -> None:
    number = card(body)
    assert is_card(number)
    assert not is_card(body + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"身份证{NOBODY}。", "PII-101"),
        (f"身份证{NOBODY[:6]} {NOBODY[6:14]} {NOBODY[14:]}。", "PII-101"),
        (f"“{NOBODY}”在引文里也一样", "PII-101"),
        ("联系人手机19900000000", "PII-102"),
        ("电话：+86 199-0000-0000", "PII-102"),
        ("１９９００００００００", "PII-102"),
        (f"打到卡{card('622200000000000012')}", "PII-103"),
        ("住锦溪小区3栋2单元501室", "PII-104"),
        ("家庭住址：云上街道东风路18号", "PII-104"),
    ],
)
def test_what_is_personal_blocks_and_is_not_repeated(text: str, code: str) -> None:
    finding = found(text)[0]
    assert (finding.code, finding.severity) == (code, Severity.BLOCK)
    said = str(finding.as_dict())
    for secret in (NOBODY, "19900000000", "199-0000-0000", "622200000000000012", "501室"):
        assert secret not in said.replace(finding.place, "") or secret == "501室"


@pytest.mark.parametrize(
    "text",
    [
        "统一社会信用代码：11510100MB1234567X",
        f"统一社会信用代码：{NOBODY}",
        "索引号：115101000000000000/2026-00012",
        "咨询电话：028-55500121、12345",
        "补贴共13812345.67元，编号202600000012",
        "https://x.example/i/19900000000/",
        "地址：锦溪区云上大道12号政务服务中心3号楼205室",
        "2026年10月15日至2027年10月15日",
    ],
)
def test_what_is_public_is_not_stopped(text: str) -> None:
    assert found(text) == []


def test_a_mobile_in_the_place_of_an_office_phone_is_stopped() -> None:
    content = Content(title="题", interpreters=(InterpreterRef(name="甲", phone="19900000000"),))
    assert [f.place for f in personal_findings(content)] == ["interpreters[0].phone"]


def test_no_channel_publishes_it() -> None:
    manuscript = Manuscript(content=Content(title="题", body=f"正文{NOBODY}。\n"))
    for channel in CHANNELS.values():
        assert render(channel, manuscript, channel.Settings()).artefact is None
