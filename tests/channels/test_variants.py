"""Words of one channel's own: what is derived, what is overridden, and that nothing else changes."""

from __future__ import annotations

import hashlib

import pytest

from channels.base import Varies
from channels.manuscript import VARIED, Content, Imprint, KeyPoint, Manuscript, Variant
from channels.registry import CHANNELS
from channels.text.deriving import points_of, points_text

CONTENT = Content(
    title="关于养老助餐补贴办法的解读", short_title="助餐补贴", summary="谁能领、领多少。", body="正文。\n"
)
OWN = Variant(channel="cards", short_title="七十岁起，每餐少付两元", key_points=(KeyPoint(heading="谁能领"),))


def varied(**own: str) -> Content:
    return CONTENT.model_copy(update={"variants": (Variant(channel="wechat", **own),)})


def test_a_content_without_variants_keeps_the_hash_it_had_before_there_were_any() -> None:
    old = CONTENT.model_dump_json(exclude={"variants"})
    assert Content.model_validate_json(old).content_hash == CONTENT.content_hash
    assert hashlib.sha256(old.encode()).hexdigest() == CONTENT.content_hash
    assert "variants" not in old


def test_reviews_sign_the_variants_too() -> None:
    assert varied(title="短标题").content_hash != CONTENT.content_hash
    assert varied(title="短标题").content_hash != varied(title="另一个").content_hash


def test_a_variant_that_says_nothing_is_none_and_their_order_does_not_matter() -> None:
    wechat = Variant(channel="wechat", title="甲")
    one = Content(title="题", variants=(wechat, OWN, Variant(channel="website")))
    other = Content(title="题", variants=(OWN, wechat))
    assert one.content_hash == other.content_hash
    assert [v.channel for v in one.variants] == ["cards", "wechat"]


def test_a_channel_is_told_its_own_words_and_the_common_ones_for_all_else() -> None:
    whole = Manuscript(content=CONTENT.model_copy(update={"variants": (OWN,)}))
    told = whole.for_channel("cards").content
    assert told.short_title == OWN.short_title
    assert told.key_points == OWN.key_points
    assert (told.title, told.summary, told.body) == (CONTENT.title, CONTENT.summary, CONTENT.body)
    assert whole.for_channel("website").content.short_title == CONTENT.short_title
    assert told.variants == ()


def test_all_channels_know_the_piece_by_one_identity() -> None:
    whole = Manuscript(content=varied(title="短标题"))
    assert {whole.for_channel(key).identity for key in CHANNELS} == {whole.identity}
    again = whole.for_channel("wechat").for_channel("wechat")
    assert again.identity == whole.identity
    assert again.content.title == "短标题"


def test_without_variants_a_channel_is_told_the_very_same_manuscript() -> None:
    whole = Manuscript(content=CONTENT)
    assert whole.for_channel("wechat") is whole


@pytest.mark.parametrize("key", CHANNELS)
def test_a_channel_renders_the_words_it_says_it_takes(key: str) -> None:
    channel = CHANNELS[key]
    assert isinstance(channel, Varies)
    for field in channel.varied:
        assert field.name in VARIED
        derived = field.derived(CONTENT)
        assert derived.source in Content.model_fields
        assert field.count("一二三") == 3
        assert all(field.label)


def test_the_derived_title_of_an_official_account_is_the_short_one_where_the_title_is_too_long() -> None:
    field = next(f for f in CHANNELS["wechat"].varied if f.name == "title")  # type: ignore[attr-defined]
    assert field.derived(CONTENT) == (CONTENT.title, "title")
    long = CONTENT.model_copy(update={"title": "长" * 33})
    assert field.derived(long) == ("助餐补贴", "short_title")
    assert field.limit == 32


def test_an_article_carries_its_own_title_and_digest() -> None:
    channel = CHANNELS["wechat"]
    whole = Manuscript(content=varied(title="七十岁起能领补贴", summary="每餐两元起。"), imprint=Imprint(id=3))
    made = channel.render(whole.for_channel("wechat"), channel.Settings())
    assert dict(made.texts)["标题"] == "七十岁起能领补贴"
    assert dict(made.texts)["摘要"] == "每餐两元起。"


@pytest.mark.parametrize(
    "points",
    [(), (KeyPoint(heading="一"),), (KeyPoint(heading="一", text="说明\n两行"), KeyPoint(heading="二", text="又一段"))],
)
def test_key_points_are_a_text_and_back(points: tuple[KeyPoint, ...]) -> None:
    assert points_of(points_text(points)) == points
