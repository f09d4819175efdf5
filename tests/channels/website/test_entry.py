"""The article in lists and feeds: the same content, readable far away from its page."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from lxml import etree

from channels.manuscript import Form, Imprint, Withdrawal
from channels.site.feeds import rss
from channels.site.shell import site_feed
from channels.website import CHANNEL
from tests.channels.website.manuscripts import CORRECTION, IMPRINT, SECOND, SITE, manuscript, picture

SETTINGS = CHANNEL.Settings()


def test_the_item_carries_what_lists_show() -> None:
    item = CHANNEL.item(manuscript(), SETTINGS)
    assert (item.identity, item.place, item.form, item.column) == ("i12", "i/12/", Form.TEXT, "政策解读")
    assert item.title == "锦溪区居民阶梯水价政策解读"
    assert item.summary == "自12月1日起居民用水分两档计价，九成家庭的支出不变。"
    assert [p.id for p in item.policies] == [7]


def test_its_picture_is_a_file_of_the_page() -> None:
    item, artefact = CHANNEL.item(manuscript(), SETTINGS), CHANNEL.render(manuscript(), SETTINGS)
    assert item.image
    file = artefact.file(item.image.path.removeprefix(item.place))
    assert (item.image.media_type, item.image.size, item.image.alt) == (file.media_type, len(file.data), file.alt)


def test_every_address_in_its_content_is_absolute_and_ascii() -> None:
    html = CHANNEL.item(manuscript(), SETTINGS).html
    addresses = re.findall(r'(?:href|src)="([^"]*)"', html)
    assert f"https://www.jinxi.example/i/12/images/{picture().sha256[:16]}.png" in addresses
    assert "https://www.jinxi.example/p/7/" in addresses
    assert "https://water.example.cn/%E4%BB%B7%E6%A0%BC?a=1&amp;b=2" in addresses
    assert all(re.match(r"https?://", address) and address.isascii() for address in addresses)


def test_its_content_is_whole_and_well_nested_without_what_readers_refuse() -> None:
    html = CHANNEL.item(manuscript(), SETTINGS).html
    root = etree.fromstring(f"<div>{html}</div>".replace("<br>", "<br/>").replace("&nbsp;", " "), etree.HTMLParser())
    text = "".join(root.itertext())
    for part in ("谁受影响", "上一次定价", "人口多的家庭", "云上锦溪", "水长清", "锦溪府发〔2026〕7号", "第二档"):
        assert part in text, part
    assert not re.search(r"<(script|style|iframe|div|section|svg)|\s(style|class|id|on\w+)=", html)


def test_a_correction_changes_when_it_was_updated_and_not_when_it_was_published() -> None:
    before = CHANNEL.item(manuscript(), SETTINGS)
    after = CHANNEL.item(manuscript(IMPRINT.model_copy(update={"corrections": (CORRECTION,)})), SETTINGS)
    assert (after.identity, after.published) == (before.identity, before.published)
    assert (before.updated, after.updated) == (before.published, CORRECTION.at)
    assert "第三档水价原写为6.0元，应为6.2元。" in after.html


def test_every_correction_stands_above_the_text_and_counts_as_a_change() -> None:
    item = CHANNEL.item(manuscript(IMPRINT.model_copy(update={"corrections": (CORRECTION, SECOND)})), SETTINGS)
    assert item.html.index("第2次更正（2026-11-27 16:30）") < item.html.index("第1次更正") < item.html.index("政策文件")
    assert (item.updated, item.sequence, item.correction) == (SECOND.at, 2, SECOND)


def test_a_piece_that_comes_back_after_a_withdrawal_is_newer_than_its_notice() -> None:
    gone = Withdrawal(at=datetime(2026, 11, 28, tzinfo=UTC), reason="待核实")
    back = IMPRINT.model_copy(update={"corrections": (CORRECTION,), "withdrawals": (gone,)})
    before, after = (CHANNEL.item(manuscript(i), SETTINGS) for i in (IMPRINT, back))
    assert after.published == before.published
    assert after.updated > gone.at
    assert after.sequence > before.sequence + 1


def test_outside_a_database_it_has_a_name_made_of_its_content() -> None:
    item = CHANNEL.item(manuscript(Imprint(site=SITE)), SETTINGS)
    assert item.place == f"i/{item.identity}/"
    assert item.identity.startswith("d")


def test_a_hostile_article_leaves_the_feed_whole() -> None:
    made = manuscript(body="]]> <script>alert(1)</script> &#12; <b>\n\n" + "![图](water.png)\n\n" * 300, title="]]>&<")
    feed = etree.fromstring(rss(site_feed(SITE), [CHANNEL.item(made, SETTINGS), CHANNEL.item(manuscript(), SETTINGS)]))
    content = feed.findtext(".//{http://purl.org/rss/1.0/modules/content/}encoded")
    assert content
    assert "<script" not in content
    assert content.count("<img ") == 300
