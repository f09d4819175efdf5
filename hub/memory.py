"""The memory that channels with a platform share (`channels.far.Memory`), in the database: small transactions, none of
them open while a platform is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from channels.base import Retryable
from channels.far import Steps, Token
from channels.words import Words
from hub.db import Database, upsert
from hub.models import FarCalls, FarSteps, FarThing, FarToken
from hub.secretbox import SealError, SecretBox

# So long before its end a token is renewed: the old one is good until then.
RENEWAL = timedelta(minutes=5)
# Whoever fetches a token has so long; then another may.
FETCHING = timedelta(seconds=30)
# Seconds between two looks whether the token that somebody else fetches is there.
PAUSE = 0.1

OVERTAKEN = Words("这项任务已由另一进程接手。", "Another process is at this delivery now.")
NO_TOKEN = Words(
    "另一进程取访问令牌尚未成功，稍后自动再试。", "Another process is still fetching a token; tried again soon."
)


class DatabaseMemory:
    """`channels.far.Memory` over the installation's database. `clock` is the database's own unless a test gives one."""

    def __init__(self, db: Database, box: SecretBox, clock: Callable[[], datetime] | None = None) -> None:
        self.db, self.box, self.clock = db, box, clock or db.now

    def now(self) -> datetime:
        """The instant by which tokens and days are judged."""
        return self.clock()

    def token(self, account: str, fetch: Callable[[str], Token], refused: str = "") -> str:
        """The token, which is not `refused`; fetched by one at a time. Raises what `fetch` raises, and Retryable when
        whoever fetches does not come back.
        """
        end = time.monotonic() + FETCHING.total_seconds()
        while True:
            with self.db.reading() as session:
                found = self._good(session.get(FarToken, account), account, refused)
            if found:
                return found
            if self._mine_to_fetch(account, refused):
                return self._fetched(account, fetch, refused)
            if time.monotonic() > end:
                raise Retryable("DLV-510", NO_TOKEN)
            time.sleep(PAUSE)

    def _good(self, row: FarToken | None, account: str, refused: str) -> str:
        if row is None or not row.sealed or row.ends is None or row.ends - self.now() <= RENEWAL:
            return ""
        try:
            token = self.box.open(row.sealed, _about(account))
        except SealError:
            return ""
        return "" if token == refused else token

    def _mine_to_fetch(self, account: str, refused: str) -> bool:
        now = self.now()
        with self.db.writing() as session:
            session.execute(upsert(session, FarToken).values(account=account, sealed="").on_conflict_do_nothing())
            row = session.get_one(FarToken, account, with_for_update=True)
            if self._good(row, account, refused):
                return False
            # An end further away than any was given by a clock that was set back since.
            if row.fetching_until is not None and now < row.fetching_until <= now + FETCHING:
                return False
            row.fetching_until = now + FETCHING
        return True

    def _fetched(self, account: str, fetch: Callable[[str], Token], refused: str) -> str:
        values: dict[str, Any] = {"fetching_until": None}
        try:
            token = fetch(refused)
            values |= {"sealed": self.box.seal(token.value, _about(account)), "ends": token.ends}
        finally:
            with self.db.writing() as session:
                session.execute(update(FarToken).where(FarToken.account == account).values(values))
        return token.value

    def count(self, account: str, group: str, day: date, limit: int) -> int:
        """Count a call, and say how many that makes."""
        with self.db.writing() as session:
            return _count(session, account, group, day, limit)

    def exhaust(self, account: str, group: str, day: date, limit: int) -> None:
        """The day's calls of the group are used up, however many we have counted."""
        with self.db.writing() as session:
            spent = max(_count(session, account, group, day, limit), limit)
            row = session.get_one(FarCalls, (account, day, group))
            row.count = spent

    def used(self, account: str, day: date) -> Mapping[str, int]:
        """The calls of the day by group."""
        with self.db.reading() as session:
            query = select(FarCalls).where(FarCalls.account == account, FarCalls.day == day)
            return {row.name: row.count for row in session.scalars(query)}

    def forget_calls(self, before: date) -> int:
        """Forget the counts of days before this one; returns how many rows they were."""
        with self.db.writing() as session:
            return len(session.scalars(delete(FarCalls).where(FarCalls.day < before).returning(FarCalls.name)).all())

    def kept(self, account: str, name: str) -> str:
        """What is kept under the name."""
        with self.db.reading() as session:
            found = session.get(FarThing, (account, name))
            return found.value if found else ""

    def keep(self, account: str, name: str, value: str) -> None:
        """Keep it."""
        values = {"value": value, "at": self.now()}
        with self.db.writing() as session:
            row = upsert(session, FarThing).values(account=account, name=name, **values)
            session.execute(row.on_conflict_do_update(index_elements=["account", "name"], set_=values))

    def steps(self, key: str) -> Steps:
        """How far the send has come."""
        with self.db.reading() as session:
            found = session.get(FarSteps, key)
            return Steps(key, dict(found.said), found.version) if found else Steps(key)

    def note(self, steps: Steps, **said: str) -> Steps:
        """Write further steps by compare-and-set. Raises Retryable for whoever was overtaken."""
        all_said = {name: value for name, value in {**steps.said, **said}.items() if value}
        values = {"said": all_said, "version": steps.version + 1, "at": self.now()}
        with self.db.writing() as session:
            if steps.version == 0:
                made = upsert(session, FarSteps).values(key=steps.key, **values).on_conflict_do_nothing()
            else:
                fits = (FarSteps.key == steps.key, FarSteps.version == steps.version)
                made = update(FarSteps).where(*fits).values(values)
            if session.connection().execute(made.returning(FarSteps.key)).first() is None:
                raise Retryable("DLV-509", OVERTAKEN)
        return Steps(steps.key, all_said, steps.version + 1)


def _count(session: Session, account: str, group: str, day: date, limit: int) -> int:
    row = upsert(session, FarCalls).values(account=account, name=group, day=day, count=1, most=limit)
    how = {"count": FarCalls.count + 1, "most": limit}
    done = row.on_conflict_do_update(index_elements=["account", "day", "name"], set_=how).returning(FarCalls.count)
    return int(session.execute(done).scalar_one())


def _about(account: str) -> str:
    return f"token:{account}"
