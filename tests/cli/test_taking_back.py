"""`yigao correct` and `yigao withdraw`, as an office's operator types them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.config import Config
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.services import Services
from tests.cli_runner import yigao

TEXT = "---\ntitle: 老年助餐补贴怎么领\nsource: 锦溪区民政局\n---\n\n第三档补贴为每餐{price}元。\n"


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    file = tmp_path / "稿件.md"
    file.write_text(TEXT.format(price="6.0"))
    return file


def work(data: Path) -> None:
    services = Services(Config(data=data))
    release_due(services, datetime.now(UTC))
    drain(services, worker="t", now=lambda: datetime.now(UTC))
    services.db.close()


def test_published_corrected_and_withdrawn(tmp_path: Path, draft: Path) -> None:
    data = tmp_path / "var"
    where = ("--data", data)
    assert yigao("review", "rule", "--one-person", "--reason", "一人值班", *where).code == 0
    alone = ("--sign-off", "一人值班，已对照文件核对。")
    assert yigao("publish", draft, "--channel", "website", *alone, *where).code == 0
    work(data)
    page = data / "site/main/i/1/index.html"
    assert "6.0" in page.read_text()

    draft.write_text(TEXT.format(price="6.2"))
    assert yigao("correct", draft, "--reason", "原写为6.0元，应为6.2元。", *alone, *where).code == 0
    work(data)
    assert "6.2" in page.read_text()
    assert "原写为6.0元，应为6.2元。" in page.read_text()

    done = yigao("withdraw", "1", "--reason", "标准重新核定。", "--json", *where)
    assert done.code == 3
    assert [d["state"] for d in json.loads(done.out)["deliveries"]] == ["withdrawn", "withdrawing"]
    work(data)
    assert "标准重新核定。" in page.read_text()
    assert "6.2" not in page.read_text()


def test_which_text_is_meant_must_be_clear(tmp_path: Path, draft: Path) -> None:
    refused = yigao("correct", draft, "--reason", "数字有误", "--data", tmp_path / "var")
    assert refused.code == 1
    assert "DLV-236" in refused.err
