"""Short addresses in the console: told, drawn for print, counted."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import segno
from PIL import Image
from sqlalchemy import select

from channels.short_links import Kind, Target
from hub.models import Office, Policy, Site
from hub.services import Services
from hub.visits import Tally
from tests.console.conftest import Visitor
from tests.console.test_deliveries import write

PIECE = Target(Kind.PIECE, 1)
TODAY = datetime.now(UTC).date()


def address(house: Services, target: Target) -> str:
    with house.db.reading() as session:
        site = session.scalars(select(Site)).first()
        assert site is not None
        return f"{site.base_url}s/{target.code}"


def shown(editor: Visitor, path: str) -> str:
    return editor.get(path).text


def test_the_pieces_page_tells_its_address_before_it_is_published(house: Services, editor: Visitor) -> None:
    write(editor)
    page = shown(editor, "deliveries?interpretation=1")
    assert f">{address(house, PIECE)}</code>" in page
    assert "还没有人从短地址进来" in page


def test_visits_are_told_with_where_they_came_from(house: Services, editor: Visitor) -> None:
    write(editor)
    tally = Tally(house)
    for code, channel, days in ((PIECE.code, "plain", 0), (PIECE.code, "", 40), (f"{PIECE.code}x", "", 0)):
        tally.note(code, channel, TODAY - timedelta(days=days))
    tally.note(Target(Kind.LIVESTREAM, 1).code, "plain", TODAY)
    tally.flush()
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown(editor, "deliveries?interpretation=1")))
    for told in ("近 30 天 2 次", "共 3 次", "普通 2", "未注明渠道 1"):
        assert told in words


def test_the_code_is_drawn_for_print(house: Services, editor: Visitor) -> None:
    write(editor)
    answer = editor.get("interpretations/1/code")
    assert answer.mimetype == "image/png"
    assert f"filename={PIECE.code}.png" in answer.headers["Content-Disposition"].replace('"', "")
    picture = Image.open(io.BytesIO(answer.data))
    assert picture.width >= 700
    expected = io.BytesIO()
    segno.make_qr(address(house, PIECE), error="m").save(expected, kind="png", scale=24, border=4)
    assert picture.convert("1").tobytes() == Image.open(expected).convert("1").tobytes()
    svg = editor.get("interpretations/1/code?as=svg")
    assert svg.mimetype == "image/svg+xml"
    assert svg.data.startswith(b"<svg")


def test_a_policy_on_the_site_has_one_too(house: Services, editor: Visitor) -> None:
    with house.db.writing() as session:
        office = session.scalars(select(Office)).first()
        assert office is not None
        policy = Policy(office_id=office.id, title="办法")
        session.add(policy)
        session.flush()
        target = Target(Kind.POLICY, policy.id)
    # Nothing published names it: it has no page yet, and its screen says nothing of one. The code is the same already.
    assert "短地址" not in shown(editor, f"policies/{target.id}")
    assert editor.get(f"policies/{target.id}/code").mimetype == "image/png"
    assert editor.get("policies/77/code").status_code == 404
    assert editor.get("interpretations/77/code").status_code == 404
