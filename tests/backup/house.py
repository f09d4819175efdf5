"""An installation with a row of every kind, and ways to compare two of them."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Text, cast, select, text
from sqlalchemy.orm import Session

from channels.items import Item
from channels.manuscript import Form, Manuscript
from hub.domain.states import State
from hub.migrations import upgrade
from hub.models import (
    Account,
    Area,
    Base,
    Column,
    Comment,
    Correction,
    Delivery,
    Event,
    FarCalls,
    FarSteps,
    FarThing,
    FarToken,
    FormerPhone,
    Heartbeat,
    Hold,
    Identity,
    Interpreter,
    Lane,
    Leader,
    Livestream,
    Media,
    Move,
    OfficeWord,
    Policy,
    Presence,
    Projection,
    RecoveryCode,
    Refresh,
    Reply,
    ReviewRule,
    Revision,
    Seal,
    SignIn,
    SiteChange,
    Slot,
    SubjectName,
    TextTemplate,
    Visit,
    Watch,
    Withdrawal,
    WorkingCopy,
    revision_images,
    revision_interpreters,
    revision_policies,
)
from hub.services import Services
from tests.fakes import NOW, Plain, Sender, Sited, later, make_services, write

# What a parser and a printer would not give back: a float with a trailing zero, blanks, an escape, a doubled key.
ODD_JSON = '{"zh":  "结果 \\u5f85核", "n": 1.50, "n": 2e3}'
ODD_MOVE = {
    "sqlite": "INSERT INTO moves (delivery_id, at, target, version, attempt, actor, revision_hash, reason, said) "
    "VALUES (:delivery, :at, 'failed', 9, 1, 'clock', 'f', '', :said)",
    "postgresql": "INSERT INTO moves (delivery_id, at, target, version, attempt, actor, revision_hash, reason, said) "
    "VALUES (:delivery, :at, 'failed', 9, 1, 'clock', 'f', '', CAST(:said AS JSON))",
}
PLAIN, SENDER, SITED = 1, 2, 3


def house(folder: Path, database_url: str = "", *, office: bool = True) -> Services:
    """An installation with the newest schema, and an office with three accounts unless told otherwise."""
    channels = (Plain(), Sender(), Sited())
    services = make_services(folder, *channels, create=False, database_url=database_url)
    folder.mkdir(parents=True, exist_ok=True)
    if office:
        upgrade(services.db.engine)
        make_services(folder, *channels, database_url=database_url).db.close()
    return services


def fill(services: Services) -> None:
    """A row of every kind: deliveries in every state, references to later rows, JSON that no program of ours wrote."""
    revisions = [write(services, f"解读{number}") for number in range(len(State))]
    with services.db.writing() as session:
        _people_and_policies(session, revisions)
        _decisions(session, revisions[0])
        for revision_id, state in zip(revisions, State, strict=True):
            _delivery(services, session, revision_id, state)
        session.flush()
        first, second = session.scalars(select(Delivery.id).order_by(Delivery.id)).all()[:2]
        session.add(Watch(delivery_id=first, stage=1, at=NOW))
        session.execute(text("UPDATE deliveries SET replaces_id = :b WHERE id = :a"), {"a": first, "b": second})
        values = {"delivery": first, "at": "2026-05-04 01:02:03.000001", "said": ODD_JSON}
        session.execute(text(ODD_MOVE[services.db.engine.dialect.name]), values)
        for position, move_id in enumerate(session.scalars(select(Move.id).order_by(Move.id)).all(), start=1):
            session.add(Seal(position=position, move_id=move_id, hash=hashlib.sha256(b"%d" % position).hexdigest()))
        # As the lists that are said to be built have left it.
        session.get_one(Column, 1).last_published_at = NOW


def _people_and_policies(session: Session, revisions: list[int]) -> None:
    newer = Policy(office_id=1, title="新办法", published=date(2026, 4, 30), validity="not_yet")
    older = Policy(office_id=1, title="旧办法", number="川府〔2020〕1号", signed=date(2020, 1, 2), validity="repealed")
    session.add(older)
    session.flush()
    session.add_all(
        [newer, Area(name="镇", level="town", parent_id=1), Lane(channel="sender", slow_until=NOW, strikes=2)]
    )
    session.add(Interpreter(office_id=1, name="解明义", phone="028-55500121"))
    session.add(Livestream(interpretation_id=1, topic="直播", starts=NOW, guests=["甲", "“乙”"]))
    session.add(Event(at=NOW, actor="user:1", user_id=1, kind="office.added", subject="offices", after={}))
    session.add(Slot(office_id=1, name="早间", weekdays=31, clock="09:30", created_at=NOW, created_by="user:1"))
    session.add(Visit(code="226r", day=date(2026, 5, 4), channel="sender", count=3))
    session.add(
        SignIn(token_hash="a" * 64, user_id=1, way="totp", created_at=NOW, seen_at=NOW, expires_at=later(days=1))
    )
    session.add_all(
        [
            RecoveryCode(user_id=1, code_hash="b" * 64),
            Identity(user_id=1, issuer="https://i", subject="s", created_at=NOW),
        ]
    )
    session.add_all(
        [
            FarToken(account="x:1", sealed="s1.x", ends=NOW),
            FarCalls(account="x:1", day=date(2026, 5, 4), name="submit", count=3, most=100),
            FarThing(account="x:1", name="a" * 64, value="http://mmbiz.qpic.cn/“一”", at=NOW),
            FarSteps(key="k1", said={"draft": "一"}, version=2, at=NOW),
            Heartbeat(name="clock", at=NOW),
        ]
    )
    _registries(session, revisions[0])
    session.add(Presence(interpretation_id=1, user_id=1, since=NOW, seen_at=NOW))
    session.add(WorkingCopy(user_id=1, sheet="new", fields={"texts": {"title": "半句“"}}, saved_at=NOW))
    session.add(Projection(site_id=1, wanted=3, built=3))
    session.add_all(
        [SiteChange(site_id=1, number=2, interpretation_id=1), SiteChange(site_id=1, number=3, policy_id=1)]
    )
    session.flush()
    older.replaced_by_id = newer.id  # a row with a larger id
    session.get_one(Account, PLAIN).settings = {"比例": 0.1, "空": None, "层": {"数": [1, 2.5, True]}}
    for position, policy in enumerate((newer, older)):
        row = {"revision_id": revisions[0], "policy_id": policy.id, "position": position}
        session.execute(revision_policies.insert().values(row))


def _decisions(session: Session, revision_id: int) -> None:
    session.add(
        Hold(office_id=1, name="夜间", kind="nightly", starts_at=NOW, daily_from="22:00", daily_to="07:00",
             resumes=True, created_at=NOW, created_by="user:1", lifted_at=later(days=1), lifted_by="user:1")
    )  # fmt: skip
    session.add(Withdrawal(interpretation_id=1, at=NOW, reason="有误\n\t两行", actor="user:1", user_id=1))
    session.add(Correction(interpretation_id=1, revision_id=revision_id, number=1, at=NOW, reason="电话", actor="u"))
    session.flush()


def _delivery(services: Services, session: Session, revision_id: int, state: State) -> None:
    revision = session.get_one(Revision, revision_id)
    claimed = state in (State.WORKING, State.UNKNOWN)
    sited = state in (State.PUBLISHED, State.WITHDRAWING, State.WITHDRAWN)
    account_id = {State.WORKING: PLAIN, State.UNKNOWN: SENDER}.get(state, SITED)
    delivery = Delivery(
        interpretation_id=revision.interpretation_id,
        revision_id=revision_id,
        account_id=account_id,
        channel={PLAIN: "plain", SENDER: "sender", SITED: "sited"}[account_id],
        state=state,
        version=2,
        due_at=NOW + timedelta(microseconds=123456),
        key=f"key-{state}",
        token="t" * 36 if claimed else None,
        lease_until=later(minutes=9) if claimed else None,
        intent_at=NOW if claimed else None,
        artefact=kept_artefact(services, f"解读 {state}") if sited else None,
        item=_item(revision).model_dump(mode="json") if sited else None,
        proof="读回" if sited else "",
        trouble={"code": "DLV-1", "zh": "错", "en": "wrong"} if state == State.FAILED else None,
        withdrawal_id=1 if state in (State.WITHDRAWING, State.WITHDRAWN) else None,
        correction_id=1 if state == State.PUBLISHED else None,
        created_at=NOW,
        finished_at=NOW if sited else None,
    )
    session.add(delivery)
    session.flush()
    for version, target in enumerate(("scheduled", state), start=1):
        session.add(
            Move(delivery_id=delivery.id, at=NOW, target=target, version=version, attempt=0, actor="user:1", user_id=1,
                 revision_hash=revision.content_hash, reason="", said={"code": "x", "zh": "好", "en": "ok"})
        )  # fmt: skip
        session.flush()


def kept_artefact(services: Services, title: str) -> str:
    """The hash of a page with this title, kept in the store."""
    from channels.manuscript import Content

    return services.artefacts.keep(Sited().render(Manuscript(content=Content(title=title)), None))


def _item(revision: Revision) -> Item:
    return Item(
        identity=f"tag:x.example,2026:i{revision.interpretation_id}",
        place=f"i/{revision.interpretation_id}/",
        title=revision.content["title"],
        summary="",
        html="<p>正文</p>",
        published=NOW,
        updated=NOW,
        author="",
        form=Form.TEXT,
        column="政策解读",
        policies=(),
    )


def rows_of(services: Services) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table by the models' types, JSON as the text that the database holds."""
    with services.db.reading() as session:
        return {
            table.name: [
                tuple(row)
                for row in session.execute(
                    select(*(cast(c, Text) if isinstance(c.type, JSON) else c for c in table.columns)).order_by(
                        *table.primary_key.columns
                    )
                )
            ]
            for table in Base.metadata.sorted_tables
        }


def after_restore(rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows without what a restore changes on purpose: leases end, what was queued is asked about, a hold begins, no
    process lives.
    """

    def column(table: str, name: str) -> int:
        return list(Base.metadata.tables[table].columns.keys()).index(name)

    lease, token, key = (column("deliveries", name) for name in ("lease_until", "token", "key"))
    return {
        **rows,
        "deliveries": [
            (*r[:lease], r[lease] if r[token] is None else None, *r[lease + 1 :])
            for r in rows["deliveries"]
            if r[key] != "key-queued"
        ],
        "moves": [r for r in rows["moves"] if r[column("moves", "actor")] != "cli:restore"],
        "holds": [r for r in rows["holds"] if r[column("holds", "created_by")] != "cli:restore"],
        "far_tokens": [],
        "heartbeats": [],
    }


def files_below(folder: Path) -> dict[str, str]:
    """Every file below the folder with its hash."""
    found = (p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(found)}


def blob_of(services: Services) -> Path:
    """The file of some page of an artefact that a delivery names."""
    with services.db.reading() as session:
        named = session.scalars(select(Delivery.artefact).where(Delivery.artefact.is_not(None)).limit(1)).one()
    manifest = json.loads(services.artefacts.get(named or ""))
    return services.artefacts.path(manifest["files"][0]["sha256"])


def _registries(session: Session, revision_id: int) -> None:
    """A row of everything that an office keeps beside its texts, and of what is said of a version."""
    session.flush()
    picture = {"sha256": "0" * 64, "name": "图.png", "alt": "流程图", "media_type": "image/png"}
    how = {"at": NOW, "actor": "user:1", "user_id": 1}
    comment = Comment(interpretation_id=1, revision_id=revision_id, place="body", quote="每餐", text="请核对", **how)
    session.add_all(
        [
            Media(office_id=1, width=4, height=3, size=99, at=NOW, user_id=1, **picture),
            SubjectName(office_id=1, key="yanglao", name="养老助餐"),
            FormerPhone(interpreter_id=1, phone="028-55500100", until=NOW),
            Refresh(office_id=1, kind="phone", subject="interpreters", subject_id=1, before="1", after="2", **how),
            TextTemplate(office_id=1, name="补贴", content={"title": "“新”"}, updated_at=NOW),
            OfficeWord(office_id=1, kind="wrong", wrong="群众们", suggested="群众"),
            Leader(office_id=1, name="某某", title="主任"),
            ReviewRule(office_id=1, number=1, levels=2, one_person=False, reason="人手", **how),
            comment,
        ]
    )
    session.flush()
    session.add(Reply(comment_id=comment.id, kind="answered", text="已改", **how))
    session.execute(revision_images.insert().values(revision_id=revision_id, sha256="0" * 64))
    session.execute(revision_interpreters.insert().values(revision_id=revision_id, interpreter_id=1, position=0))
