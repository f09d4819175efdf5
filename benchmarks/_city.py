"""A city to look at: 100,000 interpretations, 16,500 accounts, 3,300 offices in 3,284 areas. Rows alone, no files."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from channels.manuscript import Content
from hub.domain.roles import Role
from hub.domain.states import State
from hub.models import Account, Area, Delivery, Grant, Interpretation, Move, Office, Policy, Revision, User
from hub.models import revision_policies as named
from hub.services import Services

PIECES = 100_000
POLICIES = 20_000
# Districts, towns of a district, villages of a town: 24 + 24 × 13 + 2,948 = 3,284 areas.
DISTRICTS, TOWNS, VILLAGES = 24, 13, 2_948
OFFICES, ACCOUNTS = 3_300, 16_500
# One interpretation went to every account.
RELEASED = 16_500
CHUNK = 5_000
SUBJECTS = ("养老助餐", "义务教育入学", "农机购置补贴", "医保缴费", "城市更新", "就业创业", "森林防火", "住房公积金")


def fill(services: Services, office_id: int) -> None:
    """Add the city's rows around the office: it sits at the top, and its first user has every role for all of it."""
    dice = random.Random(1)  # noqa: S311 (the same city every time)
    now = datetime.now(UTC).replace(microsecond=0)
    with services.db.writing() as session:
        city = session.get_one(Office, office_id).area_id
        areas = _areas(session, city)
        accounts = _accounts(session, office_id, areas)
        _people(session, office_id, city, now)
    with services.db.writing() as session:
        revisions = _texts(session, office_id, now, dice)
    with services.db.writing() as session:
        _deliveries(session, revisions, accounts, now, dice)
    if services.db.engine.dialect.name == "sqlite":
        # The log of so large a load is read through at every look, until it is put in its place.
        # Outside a transaction, where the log can't be put anywhere.
        connection = services.db.engine.raw_connection()
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    # The clock does so every hour.
    services.db.survey(Delivery)


def _areas(session: Session, city: int) -> list[int]:
    first = _next(session, Area)
    rows: list[dict[str, Any]] = []

    def add(name: str, level: str, parent: int) -> int:
        rows.append({"id": first + len(rows), "name": name, "level": level, "parent_id": parent})
        return first + len(rows) - 1

    districts = [add(f"第{n}区", "district", city) for n in range(DISTRICTS)]
    towns = [add(f"{n}镇", "town", district) for district in districts for n in range(TOWNS)]
    villages = [add(f"{n}村", "village", towns[n % len(towns)]) for n in range(VILLAGES)]
    _insert(session, Area, rows)
    return [*districts, *towns, *villages]


def _people(session: Session, office_id: int, city: int, now: datetime) -> None:
    user = session.scalars(select(User.id).where(User.office_id == office_id).order_by(User.id)).first()
    _insert(session, Grant, [{"user_id": user, "role": role, "level": "", "area_id": city} for role in Role])
    offices = [office_id, *session.scalars(select(Office.id).where(Office.id != office_id))]
    more = [
        {
            "login": f"u{n}",
            "name": f"编辑{n}",
            "password_hash": "x",
            "office_id": offices[n % len(offices)],
            "active": True,
        }
        | {"language": "zh", "created_at": now}
        for n in range(2_000)
    ]
    _insert(session, User, more)


def _accounts(session: Session, office_id: int, areas: Sequence[int]) -> list[tuple[int, str]]:
    first = _next(session, Office)
    site = session.get_one(Office, office_id).site_id
    same = {"site_id": site, "zone": "Asia/Shanghai", "tolerance_minutes": 30}
    offices = [
        {"id": first + n, "name": f"第{n}办公室", "area_id": areas[n % len(areas)], **same} for n in range(OFFICES)
    ]
    _insert(session, Office, offices)
    channels = ("website", "wechat", "cards", "livestream", "wechat")
    start = _next(session, Account)
    rows = [
        {"id": start + n, "office_id": offices[n // 5]["id"], "area_id": offices[n // 5]["area_id"], "active": True}
        | {"channel": channels[n % 5], "name": f"账号{n}", "settings": {}}
        | {"beside": "第二个公众号" if n % 5 == 4 else ""}
        for n in range(ACCOUNTS)
    ]
    _insert(session, Account, rows)
    mine = session.execute(select(Account.id, Account.channel).where(Account.office_id == office_id)).all()
    return [(row.id, row.channel) for row in mine] + [(row["id"], row["channel"]) for row in rows]


def _texts(session: Session, office_id: int, now: datetime, dice: random.Random) -> list[tuple[int, int, datetime]]:
    """The interpretations with their revisions and policies; each as (interpretation, revision, when)."""
    content = Content(title="标题", body="正文。" * 80)
    dumped, hashed = content.model_dump(mode="json"), content.content_hash
    policy, piece, revision = _next(session, Policy), _next(session, Interpretation), _next(session, Revision)
    _insert(
        session,
        Policy,
        (
            {"id": policy + n, "office_id": office_id, "title": f"关于{dice.choice(SUBJECTS)}的办法（{n}）"}
            | {"number": f"锦府发〔{2000 + n % 26}〕{n}号", "issuer": "锦城市人民政府", "validity": "in_force"}
            | {"url": "", "subject": ""}
            for n in range(POLICIES)
        ),
    )
    times = [now - timedelta(minutes=30 * (PIECES - n)) for n in range(PIECES)]
    _insert(
        session,
        Interpretation,
        (
            {"id": piece + n, "office_id": office_id, "title": f"{dice.choice(SUBJECTS)}政策解读第{n}期"}
            | {
                "form": "text",
                "version": 1,
                "standing": "signed",
                "created_at": at,
                "updated_at": at,
                "published_at": at,
            }
            for n, at in enumerate(times)
        ),
    )
    _insert(
        session,
        Revision,
        (
            {"id": revision + n, "interpretation_id": piece + n, "number": 1, "content": dumped}
            | {"content_hash": hashed, "draft_hash": hashed, "created_at": at}
            for n, at in enumerate(times)
        ),
    )
    rows = ({"revision_id": revision + n, "policy_id": policy + n % POLICIES, "position": 0} for n in range(PIECES))
    for some in _chunks(rows):
        session.execute(insert(named), some)
    return [(piece + n, revision + n, at) for n, at in enumerate(times)]


def _deliveries(
    session: Session,
    texts: Sequence[tuple[int, int, datetime]],
    accounts: Sequence[tuple[int, str]],
    now: datetime,
    dice: random.Random,
) -> None:
    """Two of every interpretation, and of one a release to the whole city; a few are in trouble or still to come."""
    first = _next(session, Delivery)
    places = [(text, accounts[(2 * n + k) % len(accounts)]) for n, text in enumerate(texts) for k in range(2)]
    places += [(texts[-40], account) for account in accounts[-RELEASED:-2]]
    unsettled = {
        **dict.fromkeys(dice.sample(range(len(places)), 300), State.FAILED),
        **dict.fromkeys(dice.sample(range(len(places)), 150), State.HELD),
        **dict.fromkeys(dice.sample(range(len(places)), 100), State.AWAITING_HAND),
        **dict.fromkeys(range(2 * PIECES - 600, 2 * PIECES - 100), State.SCHEDULED),
    }
    _insert(
        session,
        Delivery,
        (
            _delivery(first + n, text, account, unsettled.get(n, State.PUBLISHED), now)
            for n, (text, account) in enumerate(places)
        ),
    )
    _insert(
        session,
        Move,
        (
            {"delivery_id": first + n, "at": text[2], "source": "working", "target": unsettled.get(n, State.PUBLISHED)}
            | {"version": 4, "attempt": 1, "actor": "worker:bench", "revision_hash": "0" * 64, "reason": ""}
            for n, (text, _account) in enumerate(places)
        ),
    )


def _delivery(
    id_: int, text: tuple[int, int, datetime], account: tuple[int, str], state: State, now: datetime
) -> dict[str, Any]:
    piece, revision, at = text
    out = state is State.PUBLISHED
    said = {"code": "FAK-1", "zh": "平台没有接受。", "en": "The platform refused.", "turn": "editor", "press": "retry"}
    return {
        "id": id_,
        "interpretation_id": piece,
        "revision_id": revision,
        "account_id": account[0],
        "channel": account[1],
        "state": state.value,
        "version": 4,
        "due_at": now + timedelta(hours=id_ % 700) if state is State.SCHEDULED else at,
        "tolerance_minutes": 30,
        "attempt": 1,
        "key": f"bench-{id_}",
        "platform_id": f"p{id_}" if out else "",
        "url": "",
        "proof": "",
        "trouble": said if state is State.FAILED else None,
        "created_at": at,
        "finished_at": at if out else None,
    }


def _next(session: Session, model: Any) -> int:
    return (session.scalar(select(func.max(model.id))) or 0) + 1


def _insert(session: Session, model: Any, rows: Any) -> None:
    """Rows past the ORM's bookkeeping, which would cost more than the database."""
    for some in _chunks(iter(rows)):
        session.execute(insert(model.__table__), some)


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == CHUNK:
            yield some
            some = []
    if some:
        yield some
