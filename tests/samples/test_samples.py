"""The sample office agrees with itself: what a text says of a policy or a person is what the office's tables say."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import hub
from channels.manuscript import Content, Form, Validity
from channels.registry import CHANNELS
from hub.editorial.front_matter import read_draft

FOLDER = Path(hub.__file__).parent / "samples"
TEXTS = sorted(FOLDER.glob("*.md"))
# GB/T 9704: issuer's code, four-digit year in tortoise-shell brackets, a number without leading zero, 号.
NUMBER = re.compile(r"[\u4e00-\u9fff]+〔20\d\d〕[1-9]\d*号")
REFERENCES = {"parent": "areas", "area": "areas", "office": "offices", "site": "site", "replaced_by": "policies"}


def tables(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


OFFICE = tables("sample.toml")


def content(path: Path) -> Content:
    return read_draft(path).content


@pytest.mark.parametrize("name", ["sample.toml", "default.toml"])
def test_references_name_what_stands_before_them(name: str) -> None:
    known: set[tuple[str, str]] = set()
    for table, rows in tables(name).items():
        for row in [rows] if isinstance(rows, dict) else rows:
            missing = [row[f] for f, there in REFERENCES.items() if f in row and (there, row[f]) not in known]
            assert missing == [], (table, row["key"])
            assert (table, row["key"]) not in known
            known.add((table, row["key"]))


@pytest.mark.parametrize("name", ["sample.toml", "default.toml"])
def test_every_account_settings_fit_its_channel(name: str) -> None:
    for account in tables(name)["accounts"]:
        if account["channel"] in CHANNELS:
            CHANNELS[account["channel"]].Settings.model_validate(account["settings"])
    assert {a["channel"] for a in tables(name)["accounts"]} >= set(CHANNELS)


def test_the_sample_shows_each_kind() -> None:
    assert {content(path).form for path in TEXTS} == {Form.TEXT, Form.QA, Form.INFOGRAPHIC}
    assert {p["validity"] for p in OFFICE["policies"]} == {Validity.IN_FORCE, Validity.AMENDED, Validity.NOT_YET}
    assert {i["kind"] for i in OFFICE["interpreters"]} == {"responsible", "supplementary", "online"}
    assert [path.name for path in TEXTS if content(path).livestream] == [TEXTS[0].name]


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_a_text_cites_policies_as_the_office_lists_them(path: Path) -> None:
    listed = {p["number"]: p for p in OFFICE["policies"]}
    for policy in content(path).policies:
        row = listed[policy.number]
        assert (policy.title, policy.issuer, policy.signed, policy.effective, policy.validity, policy.url) == (
            row["title"],
            row["issuer"],
            row["signed"],
            row["effective"],
            row["validity"],
            row["url"],
        )


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_a_text_names_interpreters_as_the_office_lists_them(path: Path) -> None:
    listed = {i["name"]: (i["role"], i["office_name"], i["phone"]) for i in OFFICE["interpreters"]}
    text = content(path)
    for person in text.interpreters:
        assert listed[person.name] == (person.role, person.office, person.phone)
    if text.livestream:
        assert set(text.livestream.guests) <= {person.name for person in text.interpreters}
    assert text.column in {c["name"] for c in OFFICE["columns"]}
    assert text.area in {a["name"] for a in OFFICE["areas"]}


@pytest.mark.parametrize("path", [*TEXTS, FOLDER / "sample.toml"], ids=lambda p: p.stem)
def test_numbers_are_well_formed_and_telephones_invented(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    cited = re.findall(r"锦溪府\w+[〔\[(（【]?[^号]{0,8}号", text)
    assert cited
    assert [number for number in cited if not NUMBER.fullmatch(number)] == []
    assert [phone for phone in re.findall(r"\b0\d{2,3}-\d{7,8}\b", text) if not phone.startswith("028-5550")] == []
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text)


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_chinese_text_has_chinese_punctuation(path: Path) -> None:
    body = content(path).body
    assert re.findall(r"[\u4e00-\u9fff][,;:?!()](?=[\u4e00-\u9fff])", body) == []
