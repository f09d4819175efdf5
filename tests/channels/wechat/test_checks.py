"""The platform's limits: each is told once, at its place, with its source, and stops the article only when it must."""

from __future__ import annotations

from typing import Any

import pytest

from channels.base import Finding, Severity
from channels.manuscript import PolicyRef
from channels.wechat import CHANNEL
from channels.wechat.settings import WechatSettings
from tests.channels.wechat.conftest import Make, picture

SHORT = "一个不超过三十二字的短标题"


def found(make: Make, settings: WechatSettings | None = None, **content: Any) -> dict[str, Finding]:
    """The channel's own findings by code."""
    findings = CHANNEL.check(make(**content), settings or WechatSettings())
    assert all(f.ground for f in findings if f.code.startswith("WEC-"))
    return {f.code: f for f in findings if f.code.startswith("WEC-")}


def test_a_whole_manuscript_is_only_told_of_its_dead_link(make: Make) -> None:
    told = found(make)
    assert {(f.code, f.severity, f.place) for f in told.values()} == {("WEC-130", Severity.NOTE, "body:1")}


@pytest.mark.parametrize(
    ("content", "code", "severity", "place"),
    [
        ({"title": "题" * 33}, "WEC-102", Severity.WARN, "title"),
        ({"title": "题" * 33, "short_title": "短" * 33}, "WEC-102", Severity.WARN, "short_title"),
        ({"title": "题" * 33, "short_title": SHORT}, "WEC-101", Severity.NOTE, "title"),
        ({"summary": "摘" * 121}, "WEC-110", Severity.WARN, "summary"),
        ({"body": "正文。" * 6700}, "WEC-120", Severity.WARN, "body"),
        ({"body": "政策解读。" * 80_000}, "WEC-121", Severity.BLOCK, "body"),
        ({"images": (picture(kind="WEBP"),)}, "WEC-140", Severity.WARN, "images[photo.png]"),
    ],
)
def test_a_limit_is_told(make: Make, content: dict[str, Any], code: str, severity: Severity, place: str) -> None:
    told = found(make, **content)[code]
    assert (told.severity, told.place) == (severity, place)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"title": "题" * 32}, "WEC-102"),
        ({"title": "题" * 32, "short_title": SHORT}, "WEC-101"),
        ({"summary": "摘" * 120}, "WEC-110"),
        ({"body": "见[图文](https://mp.weixin.qq.com/s/a)和[此处](javascript:alert(1))。"}, "WEC-130"),
        ({"images": (picture(kind="JPEG"),)}, "WEC-140"),
    ],
)
def test_what_is_within_its_limit_is_not_told(make: Make, content: dict[str, Any], code: str) -> None:
    assert code not in found(make, **content)


def test_an_image_of_a_megabyte_is_told(make: Make) -> None:
    big = picture().model_copy(update={"data": b"\x89PNG" + bytes(1024 * 1024)})
    assert found(make, images=(big,))["WEC-141"].place == "images[photo.png]"


def test_a_derived_author_over_sixteen_characters_is_told_and_a_set_one_cannot_be(make: Make) -> None:
    office = "锦溪区人民政府政务公开工作领导小组办公室"
    manuscript = make()
    manuscript = manuscript.model_copy(update={"imprint": manuscript.imprint.model_copy(update={"office": office})})
    assert "WEC-115" in {f.code for f in CHANNEL.check(manuscript, WechatSettings())}
    assert "WEC-115" not in {f.code for f in CHANNEL.check(manuscript, WechatSettings(author="锦溪发布"))}
    with pytest.raises(ValueError, match="author"):
        WechatSettings(author="作" * 17)


def test_a_source_link_over_a_kilobyte_is_left_out_and_told(make: Make) -> None:
    policy = PolicyRef(title="某办法", url="https://a.example.gov.cn/" + "x" * 1024)
    assert "WEC-131" in found(make, policies=(policy,))
    assert "原文链接" not in dict(CHANNEL.render(make(policies=(policy,)), WechatSettings()).texts)


def test_a_theme_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="没有版式"):
        WechatSettings(theme="no-such")
