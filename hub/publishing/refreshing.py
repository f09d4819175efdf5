"""A fact of a record that changed after publication (a phone, a policy's validity): every page that shows it is
rendered anew from the same text, silently, and what no program can replace becomes a person's task. Why that is no
correction: docs/decisions/0020-facts-of-records.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from channels.base import Replaces, Sends, Sited
from hub import site
from hub.artefacts import ArtefactStore
from hub.domain.states import OPEN, State
from hub.models import (
    Account,
    Delivery,
    Interpretation,
    Interpreter,
    Move,
    Office,
    Policy,
    Refresh,
    Revision,
    revision_interpreters,
    revision_policies,
)
from hub.publishing.scheduling import new_delivery
from hub.services import Services
from hub.workflow import Actor, start_all

TEXTUAL = ("text/", "application/json", "application/xml", "image/svg")


@dataclass(frozen=True)
class Place:
    """Where the fact stands published, and what becomes of it: "renew" by the program, "hand" by a person, or "coming"
    with what is on its way there already.
    """

    delivery_id: int
    interpretation_id: int
    title: str
    account_id: int
    account: str
    channel: str
    url: str
    way: str


def places_of_interpreter(services: Services, session: Session, row: Interpreter, phone: str) -> list[Place]:
    """Every published place that names the interpreter; of what a person posted only where the number can be read."""
    named = select(revision_interpreters.c.revision_id).where(revision_interpreters.c.interpreter_id == row.id)
    return _places(services, session, named, [phone] if phone else [])


def places_of_policy(services: Services, session: Session, row: Policy) -> list[Place]:
    """Every published place that names the policy; of what a person posted only where it can be read."""
    named = select(revision_policies.c.revision_id).where(revision_policies.c.policy_id == row.id)
    return _places(services, session, named, [n for n in (row.number, row.title) if n])


def _places(services: Services, session: Session, named: Select[Any], needles: Sequence[str]) -> list[Place]:
    coming = set(session.execute(_coming(named)).all())
    by_hand = set(session.scalars(_by_hand(named)))
    found = []
    for row in session.execute(_standing(named)).all():
        way = "coming" if (row.interpretation_id, row.account_id) in coming else _way(services, row, by_hand)
        if way == "hand" and not mentions(services.artefacts, row.artefact, needles):
            continue
        account = (row.account_id, row.account, row.channel, row.url)
        found.append(Place(row.id, row.interpretation_id, row.title, *account, way))
    return found


def _way(services: Services, row: Any, by_hand: set[int]) -> str:
    channel = services.channels.get(row.channel)
    if isinstance(channel, Sited):
        return "renew"
    able = isinstance(channel, Sends) and isinstance(channel, Replaces)
    return "renew" if able and row.id not in by_hand else "hand"


def _standing(named: Select[Any]) -> Select[Any]:
    """What people see: of each interpretation and account the delivery published last."""
    newer = aliased(Delivery)
    replaced = exists().where(
        newer.interpretation_id == Delivery.interpretation_id,
        newer.account_id == Delivery.account_id,
        newer.state == State.PUBLISHED,
        _after(newer),
    )
    columns: tuple[Any, ...] = (Delivery.id, Delivery.interpretation_id, Delivery.account_id, Delivery.channel)
    columns = (*columns, Delivery.url, Delivery.artefact, Interpretation.title, Account.name.label("account"))
    return (
        select(*columns)
        .join(Interpretation, Interpretation.id == Delivery.interpretation_id)
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.revision_id.in_(named), Delivery.state == State.PUBLISHED, ~replaced)
        .order_by(Delivery.interpretation_id.desc(), Account.id)
    )


def _after(newer: Any) -> ColumnElement[bool]:
    same_time = and_(newer.finished_at == Delivery.finished_at, newer.id > Delivery.id)
    return or_(newer.finished_at > Delivery.finished_at, same_time)


def _coming(named: Select[Any]) -> Select[Any]:
    """The places where something is on its way that will carry the present facts."""
    columns: tuple[Any, ...] = (Delivery.interpretation_id, Delivery.account_id)
    return select(*columns).where(
        Delivery.interpretation_id.in_(select(Revision.interpretation_id).where(Revision.id.in_(named))),
        Delivery.state.in_(OPEN),
    )


def _by_hand(named: Select[Any]) -> Select[Any]:
    posted = exists().where(
        Move.delivery_id == Delivery.id, Move.source == State.AWAITING_HAND, Move.target == State.PUBLISHED
    )
    return select(Delivery.id).where(Delivery.revision_id.in_(named), posted)


def mentions(store: ArtefactStore, sha256: str | None, needles: Sequence[str]) -> bool:
    """Whether one of the words can be read in the artefact: in its texts, what pictures say, and files of text. True
    when it isn't kept any more: then a person looks.
    """
    if sha256 is None or not needles:
        return bool(needles)
    try:
        artefact = store.load(sha256)
    except (OSError, ValueError):
        return True
    words = [*(text for _, text in artefact.texts), *(f.alt for f in artefact.files)]
    words += [f.data.decode("utf-8", "replace") for f in artefact.files if f.media_type.startswith(TEXTUAL)]
    return any(needle in text for needle in needles for text in words)


def refresh(session: Session, asked: Refresh, found: Sequence[Place], *, actor: Actor, now: datetime) -> int | None:
    """Store the refresh and a delivery for each place that shows the fact; None, and nothing stored, when none does."""
    if not found:
        return None
    session.add(asked)
    session.flush()
    going = [place for place in found if place.way != "coming"]
    standing = _rows(session, [place.delivery_id for place in going])
    rows = [new_delivery(d.revision, d.account, now, now, refresh_id=asked.id, replaces_id=d.id) for d in standing]
    start_all(
        session,
        rows,
        actor=actor,
        now=now,
        reason=f"登记信息更新 record renewed: {asked.before} → {asked.after}",
    )
    return asked.id


def _rows(session: Session, ids: Sequence[int]) -> list[Delivery]:
    found: list[Delivery] = []
    together = (
        joinedload(Delivery.account).joinedload(Account.office),
        joinedload(Delivery.revision).load_only(Revision.interpretation_id, Revision.number),
    )
    for first in range(0, len(ids), 500):
        some = ids[first : first + 500]
        found += session.scalars(select(Delivery).where(Delivery.id.in_(some)).options(*together)).all()
    return sorted(found, key=lambda d: d.id)


def refresh_policy(
    services: Services, session: Session, row: Policy, before: str | None, *, actor: Actor, now: datetime
) -> int | None:
    """Renew what shows the policy: its pages, and the lists of the sites. `before` is its validity until now; the
    refresh's id, or None when nothing of it is published.
    """
    want_lists(session, row)
    asked = _asked(row.office_id, "policy", row, str(before or ""), row.validity, actor, now)
    return refresh(session, asked, places_of_policy(services, session, row), actor=actor, now=now)


def refresh_phone(
    services: Services, session: Session, row: Interpreter, before: str, *, actor: Actor, now: datetime
) -> int | None:
    """Renew what shows the interpreter's former number; the refresh's id, or None when it is published nowhere."""
    asked = _asked(row.office_id, "phone", row, before, row.phone, actor, now)
    return refresh(session, asked, places_of_interpreter(services, session, row, before), actor=actor, now=now)


def _asked(
    office_id: int, kind: str, row: Policy | Interpreter, before: str, after: str, actor: Actor, now: datetime
) -> Refresh:
    return Refresh(
        office_id=office_id,
        kind=kind,
        subject=row.__tablename__,
        subject_id=row.id,
        before=before,
        after=after,
        at=now,
        actor=actor.name,
        user_id=actor.user_id,
    )


def want_lists(session: Session, row: Policy) -> None:
    """Let every site anew that may have a page of the policy."""
    same = select(Policy.id).where(or_(Policy.id == row.id, Policy.merged_into_id == row.id))
    named = select(revision_policies.c.revision_id).where(revision_policies.c.policy_id.in_(same))
    out = exists().where(Delivery.revision_id.in_(named), Delivery.item.is_not(None))
    if not session.scalar(select(out)):
        return
    offices = select(Account.office_id).join(Delivery, Delivery.account_id == Account.id)
    own = select(Office.site_id).where(Office.id.in_(offices.where(Delivery.revision_id.in_(named))))
    ids = {id_ for id_ in session.scalars(own) if id_ is not None}
    first = site.first_site(session)
    for id_ in sorted(ids | ({first.id} if first else set())):
        site.want(session, id_, policy_id=row.id)
