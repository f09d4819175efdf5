"""Comments hang at a passage and are found again in later versions; threads are answered, settled, taken up again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from channels.manuscript import Content, KeyPoint
from hub.domain.anchors import Anchor, anchor, place
from hub.domain.refusals import Refusal
from hub.editorial.commenting import Thread, answer, comment, reopen, resolve, threads
from hub.editorial.composing import save
from hub.models import Comment, Reply, Revision
from hub.services import Services
from tests.editorial.people import hire
from tests.fakes import EDITOR, NOW, Plain, make_services

BODY = "第一档每餐补贴2元。\n\n第二档每餐补贴4元。\n"
POINT = KeyPoint(heading="谁能享受", text="七十周岁以上老年人。")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Services]:
    services = make_services(tmp_path / "var", Plain())
    save(services, actor=EDITOR, office_id=1, content=Content(title="题", body=BODY, key_points=(POINT,)), now=NOW)
    yield services
    services.db.close()


def says(house: Services, text: str = "请核对。", **about: object) -> int:
    return comment(house, actor=EDITOR, revision_id=1, text=text, now=NOW, **about)  # type: ignore[arg-type]


def rewrite(house: Services, content: Content) -> int:
    done = save(house, actor=EDITOR, office_id=1, content=content, interpretation_id=1, seen_version=1, now=NOW)
    return done.revision_id


def seen(house: Services, revision: int = 1) -> list[Thread]:
    with house.db.reading() as session:
        return threads(session, session.get_one(Revision, revision))


@given(st.text(), st.integers(0, 50), st.integers(0, 50))
def test_an_anchor_is_found_where_it_was_made(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    end = min(start + length, len(text))
    found = place(text, anchor(text, start, end))
    if start < end:
        assert found
        assert text[slice(*found)] == text[start:end]


def test_of_several_same_passages_the_one_with_the_same_surroundings_is_meant() -> None:
    text = "甲每餐补贴2元乙。丙每餐补贴2元丁。"
    second = anchor(text, 10, 15)
    assert place("新的一句。" + text, second) == (15, 20)


def test_what_was_reworded_is_not_found() -> None:
    assert place("别的文字", Anchor("补贴2元")) is None


def test_a_comment_hangs_at_its_passage_and_follows_it_into_the_next_version(house: Services) -> None:
    says(house, place="body", quote="补贴4元")
    [thread] = seen(house)
    assert thread.where == ("body", BODY.index("补贴4元"), BODY.index("补贴4元") + 4)
    later = rewrite(house, Content(title="题", body="新加一段。\n\n" + BODY))
    [thread] = seen(house, later)
    assert thread.where
    assert thread.where[1] == BODY.index("补贴4元") + 7


def test_a_comment_on_a_key_point_follows_it_when_it_is_moved(house: Services) -> None:
    says(house, place="key_points[0].text", quote="七十周岁")
    points = (KeyPoint(heading="新的", text="新的一条。"), POINT)
    later = rewrite(house, Content(title="题", body=BODY, key_points=points))
    assert [t.where for t in seen(house, later)] == [("key_points[1].text", 0, 4)]


def test_a_passage_that_was_reworded_keeps_its_comment_and_its_words(house: Services) -> None:
    says(house, place="body", quote="补贴4元")
    later = rewrite(house, Content(title="题", body="全文改写。"))
    [thread] = seen(house, later)
    assert thread.where is None
    assert thread.comment.quote == "补贴4元"


def test_the_second_of_two_same_passages_can_be_meant(house: Services) -> None:
    at = BODY.rindex("每餐补贴")
    says(house, place="body", quote="每餐补贴", start=at)
    assert [t.where for t in seen(house)] == [("body", at, at + 4)]


def test_a_thread_is_answered_settled_and_taken_up_again(house: Services) -> None:
    first, second = says(house), says(house, "另一条。")
    answer(house, actor=EDITOR, comment_id=first, text="已核对。", now=NOW)
    for _twice in range(2):
        resolve(house, actor=EDITOR, comment_id=first, now=NOW)
    assert [t.comment.id for t in seen(house)] == [second, first]
    settled = seen(house)[1]
    assert settled.resolved
    assert settled.resolved.user_id == 1
    assert [r.kind for r in settled.comment.replies] == ["answered", "resolved"]
    reopen(house, actor=EDITOR, comment_id=first, now=NOW)
    assert [t.resolved for t in seen(house)] == [None, None]


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"text": " "}, "REV-233"),
        ({"text": "长" * 2001}, "REV-234"),
        ({"place": "nothing", "quote": "补贴"}, "REV-231"),
        ({"place": "body", "quote": "没有的话"}, "REV-232"),
    ],
)
def test_what_cant_be_said_is_refused(house: Services, about: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        says(house, **about)  # type: ignore[arg-type]


def test_its_writers_and_reviewers_may_comment_and_nobody_else(house: Services) -> None:
    for role in ("writer", "reviewer:second"):
        comment(house, actor=hire(house, role, role), revision_id=1, text="好。", now=NOW)
    with pytest.raises(Refusal, match="PER-403"):
        comment(house, actor=hire(house, "p", "publisher"), revision_id=1, text="好。", now=NOW)


@pytest.mark.parametrize("table", [Comment, Reply])
def test_what_was_said_can_be_neither_changed_nor_deleted(house: Services, table: type[Comment]) -> None:
    answer(house, actor=EDITOR, comment_id=says(house), text="好。", now=NOW)
    for change in (update(table).values(text="别的"), delete(table)):
        with pytest.raises(DatabaseError, match="append-only"), house.db.writing() as session:
            session.execute(change)
