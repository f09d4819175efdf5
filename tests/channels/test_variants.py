"""Words of one channel's own: what is derived, what is overridden, and that nothing else changes."""

from __future__ import annotations

import hashlib

import pytest

from channels.base import Varies
from channels.manuscript import VARIED, Content, Imprint, KeyPoint, Manuscript, OwnPoint, Variant
from channels.registry import CHANNELS

CONTENT = Content(
    title="关于养老助餐补贴办法的解读", short_title="助餐补贴", summary="谁能领、领多少。", body="正文。\n"
)
OWN = Variant(channel="cards", short_title="七十岁起，每餐少付两元", key_points=(OwnPoint(heading="谁能领"),))


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
    assert told.key_points == (KeyPoint(heading="谁能领"),)
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


COMMON = (KeyPoint(heading="谁能领", text="七十岁及以上"), KeyPoint(heading="领多少", text="每餐两元"))


def told(*own: OwnPoint, common: tuple[KeyPoint, ...] = COMMON) -> list[tuple[int, str, str]]:
    return [(n, p.heading, p.text) for n, p in Variant(channel="cards", key_points=own).points(common)]


def test_each_key_point_is_derived_where_the_channel_says_nothing() -> None:
    assert told(OwnPoint(heading="谁")) == [(0, "谁", "七十岁及以上"), (1, "领多少", "每餐两元")]
    assert told(OwnPoint(), OwnPoint(text="两元")) == [(0, "谁能领", "七十岁及以上"), (1, "领多少", "两元")]


def test_a_channel_goes_without_one_and_has_others_alone() -> None:
    assert told(OwnPoint(leave_out=True)) == [(1, "领多少", "每餐两元")]
    assert told(OwnPoint(), OwnPoint(), OwnPoint(), OwnPoint(heading="怎么办"))[-1] == (3, "怎么办", "")
    assert told(OwnPoint(heading="只有这里"), common=()) == [(0, "只有这里", "")]


def test_blank_key_points_at_the_end_say_nothing() -> None:
    assert Variant(channel="cards", key_points=(OwnPoint(), OwnPoint())).own == {}
    assert Variant(channel="cards", key_points=(OwnPoint(), OwnPoint(text="二"), OwnPoint())).key_points[1:] == (
        OwnPoint(text="二"),
    )


def test_without_words_for_key_points_a_channel_is_told_the_common_ones() -> None:
    own = (Variant(channel="cards", summary="短"),)
    whole = Manuscript(content=CONTENT.model_copy(update={"key_points": COMMON, "variants": own}))
    assert whole.for_channel("cards").content.key_points == COMMON
