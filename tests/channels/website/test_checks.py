"""What the website says about a manuscript: few things, each true, none of them in the way."""

from __future__ import annotations

from typing import Any

import pytest

from channels.base import Finding, Severity, blocks
from channels.manuscript import Imprint, InterpreterRef, PolicyRef, Validity
from channels.website import CHANNEL
from tests.channels.website.manuscripts import IMPRINT, manuscript

POLICY = PolicyRef(title="锦溪区供水办法", number="锦溪府发〔2026〕7号", validity=Validity.IN_FORCE)


def found(code: str, imprint: Imprint = IMPRINT, **changes: Any) -> list[Finding]:
    findings = CHANNEL.check(manuscript(imprint, **changes), CHANNEL.Settings())
    return [finding for finding in findings if finding.code == code]


def test_a_complete_manuscript_is_passed_in_silence() -> None:
    assert list(CHANNEL.check(manuscript(), CHANNEL.Settings())) == []


@pytest.mark.parametrize(
    ("code", "place", "changes"),
    [
        ("TXT-101", "title", {"title": " "}),
        ("WEB-102", "column", {"column": "没有的栏目"}),
        ("WEB-103", "summary", {"summary": ""}),
        ("WEB-104", "policies", {"policies": ()}),
        ("WEB-105", "policies[0].number", {"policies": (POLICY.model_copy(update={"number": ""}),)}),
        ("WEB-106", "policies[0].validity", {"policies": (PolicyRef(title="办法", number="锦溪府发〔2026〕7号"),)}),
        ("WEB-107", "policies[0].validity", {"policies": (POLICY.model_copy(update={"validity": Validity.REPEALED}),)}),
        ("WEB-108", "interpreters", {"interpreters": ()}),
        ("WEB-109", "interpreters[0].phone", {"interpreters": (InterpreterRef(name="水长清"),)}),
        ("WEB-110", "body:5", {"body": "## 一\n\n### 二\n\n"[:6] + "文\n\n#### 三\n\n## 四\n\n### 五\n"}),
        ("WEB-111", "body:1", {"body": "|  |  |\n|---|---|\n| 一档 | 2.9元 |\n"}),
    ],
)
def test_each_finding_names_its_place_and_the_way_out(code: str, place: str, changes: dict[str, Any]) -> None:
    (finding,) = found(code, **changes)
    assert finding.place == place
    assert all((finding.sentence.zh, finding.sentence.en, finding.suggestion.zh, finding.suggestion.en))


def test_the_placeholder_site_is_said() -> None:
    (finding,) = found("WEB-101", Imprint(published=IMPRINT.published))
    assert finding.severity is Severity.NOTE


def test_only_an_empty_manuscript_is_stopped() -> None:
    bare = manuscript(policies=(), interpreters=(), summary="", column="无", keywords=(), body="文", images=())
    assert not blocks(CHANNEL.check(bare, CHANNEL.Settings()))
    assert blocks(CHANNEL.check(manuscript(body="", key_points=(), questions=()), CHANNEL.Settings()))


def test_a_gap_that_runs_through_the_whole_body_is_closed_and_not_complained_about() -> None:
    assert not found("WEB-110", body="## 一\n\n#### 二\n\n文\n\n## 三\n\n#### 四\n")


def test_a_tables_empty_corner_is_no_missing_header() -> None:
    assert not found("WEB-111", body="|  | 单价 |\n|---|---|\n| 一档 | 2.9元 |\n")
