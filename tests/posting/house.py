"""An office whose accounts are at the simulated platform, and a time that passes only when it is told to."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image as Pictures
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from channels.manuscript import Content, Image, PolicyRef
from channels.wechat import CHANNEL
from hub.account_settings import seal
from hub.domain.states import State
from hub.models import Account, Delivery, Interpretation, Move, Revision
from hub.publishing.draining import drain
from hub.publishing.releasing import release_due
from hub.publishing.scheduling import schedule
from hub.publishing.sweeping import sweep
from hub.services import Services
from tests.fakes import EDITOR, NOW, make_services, sign_off
from tests.wechat_platform import APPID, SECRET, Far

POLICY = PolicyRef(title="助餐办法", number="锦府发〔2026〕3号", url="https://gov.example/zc/3.html")


def photo(colour: int = 1) -> Image:
    """A picture of the body."""
    out = io.BytesIO()
    Pictures.new("RGB", (60, 40), (colour % 256, 38, 30)).save(out, "PNG")
    data = out.getvalue()
    return Image(name="a.png", sha256=sha256(data).hexdigest(), media_type="image/png", width=60, height=40, data=data)


@dataclass
class House:
    """The office, its platform, and what time it is."""

    services: Services
    far: Far
    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now

    def pass_to(self, at: datetime) -> None:
        self.now = at
        self.far.clock(fixed=at.timestamp())

    def settle(self, account_id: int = 1, **changes: Any) -> None:
        """Change the account's settings."""
        with self.services.db.writing() as session:
            account = session.get_one(Account, account_id)
            account.settings = {**account.settings, **changes}

    def account(self, account_id: int = 1) -> Account:
        with self.services.db.reading() as session:
            return session.get_one(Account, account_id)

    def piece(self, title: str = "老年助餐怎么办", *, linked: bool = True, pictures: bool = True) -> int:
        """A signed revision of a new interpretation."""
        images = (photo(),) if pictures else ()
        body = "六十岁以上居民可以申请。\n\n" + ("![饭菜](a.png)\n\n" if pictures else "") + f"咨询社区。{title}"
        content = Content(title=title, body=body, images=images, policies=(POLICY,) if linked else ())
        for image in images:
            self.services.artefacts.put(image.data)
        with self.services.db.writing() as session:
            made = Interpretation(office_id=1, title=title, form="text", version=0, created_at=NOW, updated_at=NOW)
            session.add(made)
            session.flush()
            return _signed(session, made, content)

    def next_version(self, interpretation_id: int, title: str) -> int:
        """A signed revision more of an interpretation."""
        content = Content(title=title, body=f"改过的正文。{title}", policies=(POLICY,))
        with self.services.db.writing() as session:
            return _signed(session, session.get_one(Interpretation, interpretation_id), content)

    def order(self, revision: int, account_id: int = 1, at: datetime | None = None) -> int:
        """A delivery of the revision."""
        [outcome] = schedule(
            self.services, actor=EDITOR, revision_id=revision, account_ids=[account_id], at=at, now=self.now
        )
        assert outcome.delivery_id is not None, outcome
        return outcome.delivery_id

    def work(self) -> None:
        """What clock and workers do at this instant."""
        release_due(self.services, self.now)
        sweep(self.services, self.now)
        drain(self.services, worker="w", now=self.clock)

    def run(self, hours: float = 1, most: int = 60) -> None:
        """Work, and each time go to the next instant at which something is due, until then nothing is."""
        end = self.now + timedelta(hours=hours)
        for _ in range(most):
            self.work()
            coming = self.next_due()
            if coming is None or coming > end:
                return
            self.pass_to(max(coming, self.now + timedelta(seconds=1)))
        raise AssertionError("it does not come to an end")

    def next_due(self) -> datetime | None:
        """The next instant at which clock or workers have something to do, looks at what is out left aside."""
        moving = (State.SCHEDULED, State.QUEUED, State.WORKING, State.UNKNOWN, State.CONFIRMING, State.WITHDRAWING)
        with self.services.db.reading() as session:
            rows = session.execute(
                select(Delivery.state, Delivery.due_at, Delivery.ready_at, Delivery.lease_until).where(
                    Delivery.state.in_(moving), Delivery.hand_by.is_(None)
                )
            )
            due = [r.due_at if r.state == State.SCHEDULED else r.lease_until or r.ready_at or self.now for r in rows]
        return min(due, default=None)

    def by_hand(self, call: str, draft: str) -> None:
        """What a person does to a draft on the platform's own site."""
        token = next(iter(self.far.state()["tokens"]))
        answer = self.far.http.post(f"{self.far.base}/cgi-bin/{call}?access_token={token}", json={"media_id": draft})
        assert answer.json()["errcode"] == 0

    def row(self, delivery_id: int) -> Delivery:
        with self.services.db.reading() as session:
            return session.get_one(Delivery, delivery_id)

    def state(self, delivery_id: int) -> State:
        return State(self.row(delivery_id).state)

    def code(self, delivery_id: int) -> str:
        return (self.row(delivery_id).trouble or {}).get("code", "")

    def trail(self, delivery_id: int) -> list[str]:
        with self.services.db.reading() as session:
            moves = select(Move.target).where(Move.delivery_id == delivery_id).order_by(Move.id)
            return list(session.scalars(moves))

    def articles(self, appid: str = APPID) -> list[dict[str, Any]]:
        """What stands published at the platform."""
        publications = self.far.state(appid)["articles"].values()
        return [item for p in publications for item in p["news_item"] if not item["is_deleted"]]


def _signed(session: Session, piece: Interpretation, content: Content) -> int:
    mark, kept = content.content_hash, content.model_dump(mode="json")
    piece.version += 1
    revision = Revision(
        interpretation_id=piece.id,
        number=piece.version,
        content=kept,
        content_hash=mark,
        draft_hash=mark,
        created_at=NOW,
    )
    session.add(revision)
    session.flush()
    sign_off(session, revision)
    return revision.id


@contextmanager
def opened(folder: Path, far: Far, **settings: Any) -> Iterator[House]:
    """The house with one account, which publishes through the interface."""
    services = make_services(folder, CHANNEL, internal_hosts="127.0.0.1", **settings)
    house = House(services, far)
    services.memory.clock = house.clock
    house.pass_to(NOW)
    give_account(house, 1)
    yield house
    services.db.close()


def give_account(house: House, account_id: int, appid: str = APPID, secret: str = SECRET) -> None:
    """Our account `account_id` is this one of theirs."""
    sealed = seal(house.services.box, "wechat", "secret", secret, NOW)
    settings = {"app_id": appid, "secret": sealed, "after_draft": "publish", "base": house.far.base}
    with house.services.db.writing() as session:
        session.execute(update(Account).where(Account.id == account_id).values(settings=settings))


def add_account(house: House, name: str, appid: str, secret: str = SECRET) -> int:
    """One more account of ours and of theirs; its id."""
    house.far.account(appid, secret)
    with house.services.db.writing() as session:
        first = session.get_one(Account, 1)
        one = Account(
            office_id=1, area_id=first.area_id, channel="wechat", name=name, settings={}, beside="同一单位的另一号"
        )
        session.add(one)
        session.flush()
        made = one.id
    give_account(house, made, appid, secret)
    return made


def published_count(house: House) -> int:
    """How many deliveries say that they are published."""
    with house.services.db.reading() as session:
        return session.scalar(select(func.count()).where(Delivery.state == State.PUBLISHED)) or 0
