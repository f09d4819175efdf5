"""The example in docs/channels.md is a channel: it satisfies the protocols and does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from channels.base import Channel, Sends, Sited, blocks
from channels.manuscript import Content, InterpreterRef, KeyPoint, Manuscript
from channels.registry import CHANNELS

PAGE = Path(__file__).parents[2] / "docs" / "channels.md"


@pytest.fixture(scope="module")
def example() -> Any:
    blocks_of_code = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks_of_code) == 1
    names: dict[str, Any] = {"__name__": "channels.notice"}
    exec(compile(blocks_of_code[0], str(PAGE), "exec", dont_inherit=True), names)  # noqa: S102 (our own documentation)
    return names["CHANNEL"]


def test_the_example_is_a_channel_posted_by_hand(example: Any) -> None:
    assert isinstance(example, Channel)
    assert not isinstance(example, Sends | Sited)
    assert example.key not in CHANNELS


def test_the_example_renders_the_same_bytes_twice(example: Any) -> None:
    manuscript = Manuscript(
        content=Content(
            title="老年助餐补贴怎么领",
            key_points=(KeyPoint(heading="谁能享受", text="70周岁及以上老年人。"),),
            interpreters=(InterpreterRef(name="解明义", office="区民政局", phone="028-55500121"),),
        )
    )
    settings = example.Settings()
    assert not blocks(example.check(manuscript, settings))
    artefact = example.render(manuscript, settings)
    assert artefact == example.render(manuscript, settings)
    assert artefact.file(artefact.entry).data.decode().splitlines() == [
        "村务公开栏",
        "老年助餐补贴怎么领",
        "",
        "1. 谁能享受：70周岁及以上老年人。",
        "咨询电话：区民政局028-55500121",
    ]


def test_the_example_blocks_what_it_cannot_use(example: Any) -> None:
    (finding,) = example.check(Manuscript(content=Content(title="无要点")), example.Settings())
    assert blocks([finding])
    assert (finding.code, finding.place) == ("NOT-101", "key_points")


def test_the_table_names_only_protocols_that_exist(example: Any) -> None:
    named = set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert named == {
        "Sends",
        "Counts",
        "Confirms",
        "Hears",
        "Sited",
        "Retracts",
        "Probes",
        "Replaces",
        "Varies",
        "Shows",
    }
