"""Hand-written channels behind the protocols, and an office to publish from."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from channels.base import Artefact, Channel, File, Finding, NeedsHand, Receipt, Severity, VariantField
from channels.items import Item
from channels.manuscript import Content, Form, Manuscript, Withdrawal
from channels.text import deriving
from channels.words import Words
from hub.config import Config
from hub.db import Database
from hub.domain.reviews import Kind, Standing
from hub.domain.roles import Level, Role
from hub.models import Account, Area, Base, Column, Grant, Interpretation, Office, Review, Revision, Site, User
from hub.services import Services
from hub.workflow import Actor

NOW = datetime(2026, 5, 4, 1, 0, 0, tzinfo=UTC)
EDITOR = Actor("user:1", user_id=1)


PLAIN = Words("普通", "plain")


class FakeSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    wish: str = ""


@dataclass
class Plain:
    """A channel that only renders: a person posts. A title with 阻断 is blocked, one with 跳过 skipped."""

    key: str = "plain"
    name: Words = PLAIN
    Settings: type[BaseModel] = FakeSettings
    rendering: Callable[[], None] = lambda: None

    def check(self, manuscript: Manuscript, settings: Any) -> Sequence[Finding]:
        for word, severity in (("阻断", Severity.BLOCK), ("跳过", Severity.SKIP), ("提醒", Severity.WARN)):
            if word in manuscript.content.title:
                return (Finding("FAK-101", severity, "title", Words(f"标题含“{word}”。", "The title says so.")),)
        return ()

    def render(self, manuscript: Manuscript, settings: Any) -> Artefact:
        self.rendering()
        text = f"{manuscript.content.title} {manuscript.pub_date.isoformat()}"
        text += "".join(f" 更正{c.number} {c.at.isoformat()} {c.reason}" for c in manuscript.imprint.corrections)
        return Artefact(self.key, (File("index.html", text.encode(), "text/html"),), "index.html")


@dataclass
class Sender(Plain):
    """A channel with a far end that counts what arrives. `answers` are raised or run, one a send; then it works."""

    key: str = "sender"
    # Words of its own that it takes.
    varied = (
        VariantField("title", Words("标题", "Title"), deriving.title, 10),
        VariantField("key_points", Words("要点", "Key points"), deriving.key_points),
    )
    arrived: dict[str, int] = field(default_factory=dict)
    answers: list[Exception] = field(default_factory=list)
    lost: list[Exception] = field(default_factory=list)
    looks: list[Exception] = field(default_factory=list)
    sending: Callable[[], None] = lambda: None
    # How many sends share their commits.
    batch: int = 1

    def send(self, artefact: Artefact, settings: Any, key: str) -> Receipt:
        self.sending()
        if self.answers:
            raise self.answers.pop(0)
        self.arrived[key] = self.arrived.get(key, 0) + 1
        if self.lost:
            raise self.lost.pop(0)
        return Receipt(platform_id=f"p-{key}")

    def find(self, key: str, artefact: Artefact, settings: Any) -> Receipt | None:
        if self.looks:
            raise self.looks.pop(0)
        return Receipt(platform_id=f"p-{key}") if key in self.arrived else None


@dataclass
class Keeper(Sender):
    """A sender whose far end can take back and replace: `standing` is what people see there, key -> text, and `order`
    the keys as they arrived. `refusals` are raised by the next attempts to take something down.
    """

    key: str = "keeper"
    standing: dict[str, str] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    refusals: list[Exception] = field(default_factory=list)

    def send(self, artefact: Artefact, settings: Any, key: str) -> Receipt:
        if not self.answers:
            self.standing[key] = artefact.files[0].data.decode()
            self.order.append(key)
        return super().send(artefact, settings, key)

    def replace(self, artefact: Artefact, earlier: Receipt, settings: Any, key: str) -> Receipt:
        if not earlier.platform_id:
            raise NeedsHand("KEE-9", Words("人工发布的由人工更正。", "A person posted it, a person corrects it."))
        if not self.answers:
            self.standing.pop(earlier.platform_id.removeprefix("p-"), None)
        return self.send(artefact, settings, key)

    def retract(self, receipt: Receipt, withdrawal: Withdrawal, settings: Any, key: str) -> Receipt:
        if not receipt.platform_id:
            raise NeedsHand("KEE-9", Words("人工发布的由人工撤下。", "A person posted it, a person takes it down."))
        if self.refusals:
            raise self.refusals.pop(0)
        self.standing.pop(receipt.platform_id.removeprefix("p-"), None)
        if self.lost:
            raise self.lost.pop(0)
        return Receipt(proof=f"gone: {withdrawal.reason}")


@dataclass
class Sited(Plain):
    """A channel whose publication is a place on the site."""

    key: str = "sited"

    def item(self, manuscript: Manuscript, settings: Any) -> Item:
        return Item(
            identity=manuscript.identity,
            place=f"i/{manuscript.imprint.id}/",
            title=manuscript.content.title,
            summary="",
            html="",
            published=manuscript.pub_date,
            updated=manuscript.pub_date,
            author="",
            form=Form.TEXT,
            column=manuscript.imprint.column.name,
            policies=manuscript.content.policies,
        )


def make_services(
    folder: Path, *channels: Channel, create: bool = True, database_url: str = "", **settings: Any
) -> Services:
    """Services over a fresh database in `folder` with an office of one user and one account per channel; or over that
    at `database_url`, which has all tables and no rows.
    """
    services = Services(Config(data=folder, database_url=database_url, **settings), {c.key: c for c in channels})
    if create:
        folder.mkdir(parents=True, exist_ok=True)
        if not database_url:
            (folder / "yigao.db").write_bytes(_empty_database())
        _office(services.db, [c.key for c in channels])
    return services


@cache
def _empty_database() -> bytes:
    """A SQLite file with all tables; made once, because many tests begin with one."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "empty.db"
        engine = create_engine(f"sqlite:///{path}")
        Base.metadata.create_all(engine)
        engine.dispose()
        return path.read_bytes()


def _office(db: Database, channels: Sequence[str]) -> None:
    with db.writing() as session:
        area = Area(name="锦溪区", level="district")
        site = Site(
            key="main",
            name="锦溪",
            domain="x.example",
            id_code="0000000000",
            base_url="https://x.example/",
            tag_date=date(2026, 1, 1),
        )
        office = Office(name="办公室", area=area, site=site)
        session.add(office)
        session.flush()
        session.add(Column(site_id=site.id, name="政策解读", slug="jd", description="d", keywords="k", type="政策解读"))
        give_every_role(session, User(login="e", name="编辑", password_hash="x", office_id=office.id, created_at=NOW))
        for key in channels:
            session.add(Account(office_id=office.id, area_id=area.id, channel=key, name=f"账号{key}", settings={}))


def give_every_role(session: Session, user: User) -> User:
    """The user stored, with all roles for their own office."""
    session.add(user)
    session.flush()
    session.add_all([Grant(user_id=user.id, role=role, office_id=user.office_id) for role in Role])
    return user


def write(
    services: Services,
    title: str = "关于养老助餐的解读",
    interpretation_id: int | None = None,
    *,
    signed: bool = True,
    author: int | None = None,
) -> int:
    """A saved revision's id: of a new interpretation, or the next one of `interpretation_id`; signed off, unless told
    otherwise.
    """
    content = Content(title=title, body="正文")
    with services.db.writing() as session:
        if interpretation_id is None:
            piece = Interpretation(office_id=1, title=title, form="text", version=0, created_at=NOW, updated_at=NOW)
            session.add(piece)
        else:
            piece = session.get_one(Interpretation, interpretation_id)
        piece.version += 1
        session.flush()
        revision = Revision(
            interpretation_id=piece.id,
            number=piece.version,
            content=content.model_dump(mode="json"),
            content_hash=content.content_hash,
            draft_hash=content.content_hash,
            author_id=author,
            created_at=NOW,
        )
        session.add(revision)
        session.flush()
        piece.standing = Standing.DRAFT
        if signed:
            sign_off(session, revision)
        return revision.id


def sign_off(session: Session, revision: Revision) -> None:
    """The rows of a version that was submitted and signed at the one level its office asked for."""
    columns = {
        "interpretation_id": revision.interpretation_id,
        "revision_id": revision.id,
        "content_hash": revision.content_hash,
        "round": 1,
        "at": NOW,
        "actor": "test",
    }
    session.add(Review(**columns, kind=Kind.SUBMITTED, levels=1))
    session.add(Review(**columns, kind=Kind.SIGNED, level=Level.FINAL))
    session.get_one(Interpretation, revision.interpretation_id).standing = Standing.SIGNED


def later(**units: float) -> datetime:
    """NOW and a while."""
    return NOW + timedelta(**units)
