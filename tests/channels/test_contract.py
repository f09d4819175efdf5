"""What every channel promises. The channels come from the list; a new one is held to all of this by its line there."""

from __future__ import annotations

import html
import io
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
from PIL import Image
from pydantic import BaseModel

from channels.base import Channel, Sends, Severity, Sited, blocks
from channels.manuscript import Content, Correction, Imprint, KeyPoint, Manuscript, Question
from channels.registry import CHANNELS
from hub.rendering import render
from hub.setup import sample_contents

AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
CORRECTIONS = (
    Correction(at=datetime(2026, 11, 25, 2, 0, tzinfo=UTC), reason="咨询电话有误，已改正。"),
    Correction(at=datetime(2026, 11, 27, 2, 0, tzinfo=UTC), reason="受理时间有误，已改正。", number=2),
)
HOSTILE = {
    "script": Content(title="<script>alert(1)</script>", body="<script>alert(1)</script>\n\n正文。"),
    "markup ends": Content(title="]]> --> </title>", body="]]> --> </textarea></script> &#0; 正文。"),
    "attribute": Content(title='" onload="alert(1)', summary='" onload="alert(1)', body="正文。"),
    "template": Content(title="{{ 7*7 }}{% raw %}", body="{{ 7*7 }} 正文。"),
    "replaced": Content(title="标\ufffd题", body="正\ufffd文。"),
    "long": Content(title="政策" * 30, body="政策解读，" * 12_000),
    "one word": Content(title="A", body="A"),
    "latin": Content(title="Pneumonoultramicroscopicsilicovolcanoconiosis" * 3, body="word " * 300),
    "rare": Content(title="郫邛崃㙍𰻞", body="郫邛崃㙍𰻞。🙂\u200b\u202e"),
    "many points": Content(
        title="要点很多", key_points=tuple(KeyPoint(heading=f"要点{n}", text="说明。" * 60) for n in range(60))
    ),
    "questions only": Content(title="只有问答", questions=(Question(q="怎么办？", a="这样办。"), Question(q="？"))),
    "headings only": Content(title="只有标题", body="# 一\n\n## 二\n\n#### 三\n"),
}


@pytest.fixture(params=sorted(CHANNELS))
def channel(request: pytest.FixtureRequest) -> Channel:
    """Each channel of the list."""
    return CHANNELS[request.param]


def manuscripts() -> list[Manuscript]:
    """The samples, as a database would hand them to a channel and as the command line does."""
    contents = sample_contents()
    stored = [
        Manuscript(content=c, imprint=Imprint(id=n, office="锦溪区人民政府办公室", published=AT))
        for n, c in enumerate(contents, 1)
    ]
    corrected = [
        m.model_copy(update={"imprint": m.imprint.model_copy(update={"corrections": CORRECTIONS})}) for m in stored[:1]
    ]
    return [*stored, *corrected, *(Manuscript(content=c) for c in contents)]


def test_a_channel_keeps_the_protocol(channel: Channel) -> None:
    assert isinstance(channel, Channel)
    assert re.fullmatch(r"[a-z][a-z0-9_]{1,29}", channel.key)
    assert channel.name.zh
    assert channel.name.en
    assert issubclass(channel.Settings, BaseModel)
    channel.Settings()


def test_a_channel_reaches_its_readers_somehow(channel: Channel) -> None:
    """It is a place on the site or it sends; a channel with neither would need its hand-over described."""
    assert isinstance(channel, (Sited, Sends))


def test_every_sample_becomes_an_artefact_or_is_skipped(channel: Channel) -> None:
    done = [render(channel, m, channel.Settings()) for m in manuscripts()]
    assert any(d.artefact for d in done)
    assert all(d.artefact or d.skipped for d in done)


def test_every_channel_tells_every_correction_with_its_reason(channel: Channel) -> None:
    """Before what is corrected, in all that people see; a picture's text equivalent stands for it."""
    told = [m for m in manuscripts() if m.imprint.corrections]
    done = [d for m in told if (d := render(channel, m, channel.Settings())).artefact]
    assert done or channel.key == "livestream"
    for artefact in (d.artefact for d in done if d.artefact):
        shown = "\n".join([*(f.alt for f in artefact.files), artefact.file(artefact.entry).data.decode()])
        assert "更正" in shown
        for correction in CORRECTIONS:
            assert correction.reason in html.unescape(shown)


def test_files_are_safe_to_write_and_described(channel: Channel) -> None:
    for manuscript in manuscripts():
        artefact = render(channel, manuscript, channel.Settings()).artefact
        if artefact is None:
            continue
        paths = [f.path for f in artefact.files]
        assert len(set(paths)) == len(paths)
        assert artefact.entry in paths
        for file in artefact.files:
            path = PurePosixPath(file.path)
            assert not path.is_absolute()
            assert ".." not in path.parts
            assert re.fullmatch(r"[a-z0-9][a-z0-9._/-]*", file.path), file.path
            assert file.data
            assert "/" in file.media_type
            if file.media_type.startswith("image/"):
                assert file.alt.strip(), file.path
                Image.open(io.BytesIO(file.data)).verify()
            if file.media_type.startswith("text/"):
                assert "\ufffd" not in file.data.decode("utf-8")


def test_findings_are_complete_sentences_in_both_languages(channel: Channel) -> None:
    for content in [Content(), *HOSTILE.values(), *sample_contents()]:
        for finding in channel.check(Manuscript(content=content), channel.Settings()):
            assert re.fullmatch(r"[A-Z]{3}-\d{3}", finding.code)
            assert finding.sentence.zh
            assert finding.sentence.en
            if finding.severity in (Severity.BLOCK, Severity.WARN):
                assert finding.suggestion.zh, finding.code
                assert finding.suggestion.en, finding.code


def test_an_empty_draft_makes_nothing(channel: Channel) -> None:
    assert blocks(channel.check(Manuscript(content=Content()), channel.Settings()))


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_draft_is_rendered_safely_or_stopped_with_a_finding(channel: Channel, name: str) -> None:
    manuscript = Manuscript(content=HOSTILE[name], imprint=Imprint(id=7, office="单位", published=AT))
    done = render(channel, manuscript, channel.Settings())
    assert done.artefact or done.findings
    for file in done.artefact.files if done.artefact else ():
        if file.media_type.startswith("text/html"):
            page = file.data.decode("utf-8")
            assert "<script>alert(1)" not in page
            assert ' onload="alert(1)' not in page
            if name == "template":
                assert "{{ 7*7 }}" in page


def test_nothing_of_the_rendering_depends_on_what_was_rendered_before(channel: Channel) -> None:
    first, *others = manuscripts()
    alone = render(channel, first, channel.Settings()).artefact
    for other in others:
        render(channel, other, channel.Settings())
    again = render(channel, first, channel.Settings()).artefact
    assert alone is not None
    assert again is not None
    assert [f.sha256 for f in alone.files] == [f.sha256 for f in again.files]


PRINT_HASHES = """
import json, sys
from tests.channels.test_contract import CHANNELS, manuscripts, render
print(json.dumps({k: [r.artefact.sha256 for m in manuscripts() if (r := render(c, m, c.Settings())).artefact]
    for k, c in CHANNELS.items()}))
"""


def test_two_processes_make_the_same_bytes() -> None:
    root = Path(__file__).parent.parent.parent
    answers = [
        subprocess.run(
            [sys.executable, "-c", PRINT_HASHES],
            check=True,
            capture_output=True,
            text=True,
            cwd=root,
            env={"PYTHONHASHSEED": seed, "TZ": zone, "LANG": "C.UTF-8", "PATH": "/usr/bin"},
            timeout=120,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "America/New_York"))
    ]
    assert json.loads(answers[0]).keys() == CHANNELS.keys()
    assert answers[0] == answers[1]
