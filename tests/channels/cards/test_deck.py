"""What stands on the cards, and that all of it stays where a player's controls leave it visible."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageChops

from channels.base import Severity, blocks
from channels.cards import CHANNEL
from channels.cards.deck import BODY, MOST_CARDS, Kind, plan
from channels.cards.faces import draw
from channels.cards.grounds import ground
from channels.cards.script import alternative, contacts, narration
from channels.cards.setting import setting_of
from channels.cards.settings import CardsSettings
from channels.drawing import Style, load_theme, set_text, theme_names
from channels.drawing.manuscript_paper import fit_on_sheet
from channels.manuscript import Content, Correction, InterpreterRef, KeyPoint, Manuscript, PolicyRef, Question
from tests.channels.cards.samples import CONTENT, LONG, manuscript

SETTINGS = CardsSettings()
NESTED = (
    "关于转发《锦溪区人民政府办公室关于印发〈老旧住宅加装电梯财政补贴实施细则（试行）〉的通知》"
    "及做好政策解读工作的通知函稿"
)
CLAUSE = st.sampled_from(
    [
        "补贴3.5万元，",
        "由社区受理；",
        "《实施细则》，",
        "90天内办结。",
        "Wi-Fi",
        "（试行）",
        "\n",
        "见附件：",
        "锦府办发〔2026〕12号",
    ]
)


def kinds(draft: Manuscript) -> list[str]:
    return [card.kind.value for card in plan(draft, SETTINGS).cards]


def test_a_deck_has_a_cover_the_points_the_questions_and_a_closing_card() -> None:
    assert kinds(manuscript()) == ["cover", "point", "point", "point", "point", "question", "closing"]


def corrected(*reasons: str) -> Manuscript:
    made = manuscript()
    told = tuple(
        Correction(at=datetime(2026, 9, 4 + n, 17, tzinfo=UTC), reason=reason, number=n + 1)
        for n, reason in enumerate(reasons)
    )
    return made.model_copy(update={"imprint": made.imprint.model_copy(update={"corrections": told})})


def test_a_correction_stands_right_behind_the_cover_and_is_read_out() -> None:
    draft = corrected("补贴上限原写为26万元，应为25万元。")
    assert kinds(draft)[:3] == ["cover", "correction", "point"]
    card = plan(draft, SETTINGS).cards[1]
    assert (card.title, card.body) == ("2026年9月5日", "补贴上限原写为26万元，应为25万元。")
    assert narration(card, draft) == "更正：2026年9月5日。补贴上限原写为26万元，应为25万元。"
    assert alternative(card, draft, "").startswith("更正：2026年9月5日")


def test_several_corrections_are_listed_the_newest_first_and_leave_the_deck_its_length() -> None:
    card = plan(corrected("一。", "二。"), SETTINGS).cards[1]
    assert (card.title, card.body) == ("共2次更正", "2026年9月6日：二。\n2026年9月5日：一。")
    many = corrected(*("改正了一处错误，原文与文件不一致，现按文件改正。" * 4 for _ in range(9)))
    points = tuple(KeyPoint(heading=f"要点{n}", text="内容。") for n in range(60))
    deck = plan(many.model_copy(update={"content": many.content.model_copy(update={"key_points": points})}), SETTINGS)
    assert len(deck.cards) == MOST_CARDS
    assert deck.cards[2].kind is Kind.CORRECTION
    assert deck.cards[-1].kind is Kind.CLOSING


def test_the_parts_of_a_long_point_are_its_text() -> None:
    parts = [card for card in plan(manuscript(), SETTINGS).cards if card.title.startswith("90天")]
    assert "".join(card.body for card in parts) == LONG
    assert [(card.part, card.parts) for card in parts] == [(1, 2), (2, 2)]


@given(st.lists(CLAUSE, min_size=1, max_size=150).map("".join))
@settings(max_examples=40, deadline=None)
def test_no_text_of_a_point_is_lost_or_leaves_its_box(text: str) -> None:
    draft = manuscript(key_points=(KeyPoint(heading="补贴怎么领", text=text),), questions=())
    cards = [card for card in plan(draft, SETTINGS).cards if card.kind is Kind.POINT]
    assert "".join(card.body for card in cards) == text.strip()
    for card in cards:
        block = set_text(card.body, SETTINGS.safe.width, BODY.at(card.size))
        assert block.width <= SETTINGS.safe.width
        assert block.height <= SETTINGS.safe.height - 470


SMALLEST = CardsSettings(safe_top=460, safe_bottom=560, safe_left=240, safe_right=240)


@pytest.mark.parametrize(
    "account", [SETTINGS, CardsSettings(theme="night"), SMALLEST], ids=["usual", "night", "smallest"]
)
@pytest.mark.parametrize(
    "draft",
    [
        manuscript(),
        manuscript(short_title="", title=NESTED, source="锦溪区人民政府办公室政务公开和政策解读工作领导小组办公室"),
        manuscript(short_title="长" * 400, summary="补贴" * 200),
        manuscript(
            key_points=(KeyPoint(heading="标题" * 100, text=LONG * 3), KeyPoint(heading="只有标题")), policies=()
        ),
        manuscript(
            interpreters=(), summary="", key_points=(KeyPoint(heading="https://www.example.gov.cn/" + "a" * 70),)
        ),
    ],
    ids=["sample", "nested title", "endless title", "endless heading", "address"],
)
def test_nothing_is_painted_outside_the_safe_area(draft: Manuscript, account: CardsSettings) -> None:
    cards = plan(draft, account).cards
    setting = setting_of(draft, account, len(cards))
    bare = ground(load_theme(account.theme), account.safe)
    for page, card in enumerate(cards, start=1):
        painted = ImageChops.difference(draw(card, page, setting).image, bare).getbbox()
        assert painted is not None
        left, top, right, bottom = painted
        safe = account.safe
        assert (left >= safe.left, top >= safe.top, right <= safe.right, bottom <= safe.bottom) == (True,) * 4, page


def test_no_band_of_a_card_is_painted_over_another() -> None:
    """The foot stays clear: between the content and the hairline there is always paper."""
    people = tuple(
        InterpreterRef(name=f"解读人{n}", role="科长", office="锦溪区住房建设局", phone="0500-8862310")
        for n in "甲乙丙"
    )
    policy = PolicyRef(title=NESTED, number="锦府办发〔2026〕12号")
    for draft in (
        manuscript(interpreters=people),
        manuscript(interpreters=people, policies=(policy,), short_title="", title=NESTED),
    ):
        for account in (SETTINGS, SMALLEST):
            cards = plan(draft, account).cards
            setting = setting_of(draft, account, len(cards))
            bare = ground(load_theme(account.theme), account.safe)
            for page, card in enumerate(cards, start=1):
                seen = ImageChops.difference(draw(card, page, setting).image, bare)
                strip = (0, account.safe.bottom - 98, 1080, account.safe.bottom - 86)
                assert seen.crop(strip).getbbox() is None, (page, card.kind)
                if card.kind is Kind.COVER:
                    above_seal = (0, account.safe.bottom - 308, 1080, account.safe.bottom - 300)
                    assert seen.crop(above_seal).getbbox() is None


def test_another_player_has_another_safe_area() -> None:
    account = CardsSettings(safe_top=120, safe_bottom=300, safe_right=64)
    assert tuple(account.safe) == (64, 120, 1016, 1620)
    with pytest.raises(ValueError, match="900"):
        CardsSettings(safe_top=600, safe_bottom=700)


def test_a_nested_title_stands_whole_on_the_ruled_sheet() -> None:
    assert len(NESTED) == 59
    written = fit_on_sheet(NESTED, 836, 720, (6, 7, 8, 9, 10, 11, 12, 14))
    assert written is not None
    block, sheet = written
    assert "".join(line.text for line in block.lines) == NESTED
    assert sheet.height <= 720


def test_a_number_on_the_sheet_takes_whole_squares_and_stays_in_one_row() -> None:
    written = fit_on_sheet("锦溪2026年App上线", 834, 720, (6,))
    assert written is not None
    block, sheet = written
    assert all(
        x % sheet.cell == pytest.approx(sheet.cell * 0.1, abs=1)
        for line in block.lines
        for c, x in line.glyphs
        if c > "一"
    )
    assert any("2026" in line.text for line in block.lines)


def test_without_key_points_the_questions_are_the_deck() -> None:
    assert kinds(manuscript(key_points=())) == ["cover", "question", "closing"]


def test_without_either_the_main_headings_of_the_body_are() -> None:
    body = "# 解读\n\n## 谁能申请\n\n四层以上住宅。\n\n### 例外\n\n征收范围内除外。\n\n## 补多少\n\n最高25万元。\n"
    draft = manuscript(key_points=(), questions=(), body=body)
    points = [card for card in plan(draft, SETTINGS).cards if card.kind is Kind.POINT]
    assert [(card.title, card.body) for card in points] == [("谁能申请", "四层以上住宅。"), ("补多少", "最高25万元。")]
    assert "CAR-202" in codes(draft)


def test_a_short_body_without_headings_comes_onto_the_cards_whole() -> None:
    draft = manuscript(key_points=(), questions=(), body="第一段。还有一句。\n\n第二段。")
    assert [card.body for card in plan(draft, SETTINGS).cards[1:-1]] == ["第一段。还有一句。", "第二段。"]


def codes(draft: Manuscript) -> list[str]:
    return [finding.code for finding in CHANNEL.check(draft, SETTINGS)]


@pytest.mark.parametrize(
    "content",
    [
        {"key_points": (KeyPoint(heading="甲", text="补贴按季度核算，由街道汇总后报区局。" * 3500),)},
        {"key_points": tuple(KeyPoint(heading=f"要点{i}", text=LONG) for i in range(400))},
        {"key_points": (), "questions": (), "body": "\n\n".join(["补贴按季度核算，由街道汇总后报区局。"] * 3500)},
    ],
    ids=["one endless point", "endless points", "endless body"],
)
def test_an_endless_draft_makes_a_bounded_deck_and_says_so(content: dict[str, object]) -> None:
    draft = manuscript(**content)
    deck = plan(draft, SETTINGS)
    assert len(deck.cards) == MOST_CARDS
    assert deck.cards[-1].kind is Kind.CLOSING
    assert "CAR-201" in codes(draft)


def test_an_empty_draft_is_blocked() -> None:
    assert blocks(CHANNEL.check(Manuscript(content=Content()), SETTINGS))


def test_a_missing_glyph_is_named_with_its_place_and_never_stops_the_deck() -> None:
    draft = manuscript(questions=(Question(q="好😀吗？", a="好。"),))
    (found,) = [finding for finding in CHANNEL.check(draft, SETTINGS) if finding.code == "CAR-101"]
    assert (found.severity, found.place) == (Severity.WARN, "questions[0]")
    assert "😀" in found.sentence.zh
    assert "U+1F600" in found.sentence.en


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"short_title": "长" * 151}, "CAR-203"),
        ({"key_points": (), "questions": (), "body": "![](a.png)"}, "CAR-204"),
        ({"interpreters": ()}, "CAR-205"),
    ],
)
def test_what_the_deck_lacks_is_said(changes: dict[str, object], code: str) -> None:
    assert code in codes(manuscript(**changes))


def test_the_sample_gives_nothing_to_say() -> None:
    assert codes(Manuscript(content=CONTENT, imprint=manuscript().imprint)) == []


def test_an_account_may_choose_every_theme_there_is() -> None:
    assert sorted(get_args(CardsSettings.model_fields["theme"].annotation)) == sorted(theme_names())


def test_whoever_can_be_called_is_named_first() -> None:
    silent, called = InterpreterRef(name="解读人甲"), InterpreterRef(name="解读人乙", phone="0500-8862310")
    draft = manuscript(interpreters=(silent, called))
    assert [who.name for who in contacts(draft.content)] == ["解读人乙", "解读人甲"]
    assert "0500-8862310" in narration(plan(draft, SETTINGS).cards[-1], draft)


def test_a_title_is_set_larger_when_it_is_short() -> None:
    short, long = (fit_on_sheet(text, 836, 720, (6, 8, 10, 12)) for text in ("补贴怎么领", NESTED))
    assert short is not None
    assert long is not None
    assert short[0].style.size > long[0].style.size
    assert isinstance(short[0].style, Style)
