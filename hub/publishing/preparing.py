"""From claimed rows to what a channel is given: read together in one transaction, and rendered once for all that are
alike: a release to thousands of accounts renders as often as their settings differ.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from channels.base import Artefact, Channel, ChannelError, Permanent, Receipt, Severity, Sited
from channels.items import Item
from channels.manuscript import Manuscript
from channels.words import Words
from hub import site
from hub.account_settings import plain
from hub.manuscripts import is_unaltered, manuscript_of
from hub.models import Account, Delivery, Interpretation, Office, Revision, Site
from hub.publishing.claiming import Claim
from hub.rendering import render
from hub.services import Services

# Artefacts kept in memory for the next row that is alike: a deck of cards is about two megabytes.
KEPT = 24


@dataclass(frozen=True)
class Job:
    """All that a delivery needs, read before the slow work; no session is open while it is used."""

    claim: Claim
    row: Row[Any]
    channel: Channel
    settings: Any
    manuscript: Manuscript
    site: Site | None
    # Equal for two jobs if and only if their renders are the same bytes.
    likeness: str
    # What stands at the account now, for a correction.
    earlier: Receipt | None = None


@dataclass(frozen=True)
class Refused:
    """A claim that can't even be begun, and why."""

    claim: Claim
    row: Row[Any]
    error: ChannelError


@dataclass(frozen=True)
class Prepared:
    """A render, kept in the store. `milliseconds` is None when it was shared with an earlier one."""

    artefact: Artefact
    sha256: str
    item: Item | None
    milliseconds: int | None


def load(services: Services, claims: Sequence[Claim]) -> tuple[list[Job], list[Refused]]:
    """What each claim needs, the earliest due first. A claim that no longer holds is in neither list."""
    by_id = {c.delivery_id: c for c in claims}
    with services.db.reading() as session:
        rows = session.execute(_rows(), {"its_ids": list(by_id)}).all()
        held = [row for row in rows if _holds(row, by_id[row.id])]
        reader = _Reader(services, session)
        answers = [reader.job(by_id[row.id], row) for row in held]
    return [a for a in answers if isinstance(a, Job)], [a for a in answers if isinstance(a, Refused)]


@cache
def _rows() -> Select[Any]:
    """Plain columns: a claim of many rows would spend most of its time on building objects of them."""
    earlier: Any = aliased(Delivery)
    columns: tuple[Any, ...] = (
        *(Delivery.id, Delivery.state, Delivery.version, Delivery.token, Delivery.attempt, Delivery.key),
        *(Delivery.due_at, Delivery.tolerance_minutes, Delivery.intent_at, Delivery.intent_steady),
        *(Delivery.artefact, Delivery.account_id),
        *(Delivery.interpretation_id, Delivery.revision_id, Delivery.correction_id, Delivery.replaces_id),
        *(Account.channel, Account.settings, Account.active, Account.office_id, Office.site_id),
        *(Revision.content_hash, Interpretation.published_at),
        earlier.platform_id.label("earlier_id"),
        earlier.url.label("earlier_url"),
        earlier.proof.label("earlier_proof"),
    )
    return (
        select(*columns)
        .join(Account, Account.id == Delivery.account_id)
        .join(Office, Office.id == Account.office_id)
        .join(Revision, Revision.id == Delivery.revision_id)
        .join(Interpretation, Interpretation.id == Delivery.interpretation_id)
        .outerjoin(earlier, earlier.id == Delivery.replaces_id)
        .where(Delivery.id.in_(bindparam("its_ids", expanding=True)))
        .order_by(Delivery.due_at, Delivery.id)
    )


def _holds(row: Row[Any], claim: Claim) -> bool:
    return bool(row.token == claim.token and row.state == claim.kind.value)


class _Reader:
    """Reads what rows share once: manuscripts, sites, settings."""

    def __init__(self, services: Services, session: Session) -> None:
        self.services, self.session = services, session
        self.manuscripts: dict[tuple[int, datetime], tuple[Manuscript, str]] = {}
        self.sites: dict[int | None, Site | None] = {}
        self.settings: dict[str, Any] = {}
        self.sited: dict[str, bool] = {}

    def job(self, claim: Claim, row: Row[Any]) -> Job | Refused:
        try:
            return self._job(claim, row)
        except ChannelError as error:
            return Refused(claim, row, error)

    def _job(self, claim: Claim, row: Row[Any]) -> Job:
        channel = self.services.channels.get(row.channel)
        if channel is None or not row.active:
            raise Permanent("DLV-203", NOT_IN_USE)
        stored = _named(row.channel, row.settings)
        if stored not in self.settings:
            self.settings[stored] = self._settings(row)
        manuscript, mark = self._manuscript(row)
        standing = row.replaces_id is not None
        return Job(
            claim=claim,
            row=row,
            channel=channel,
            settings=self.settings[stored],
            manuscript=manuscript.for_channel(row.channel),
            site=self._site(row.site_id) if self._sited(channel) else None,
            # A secret changes no artefact, nor does where it is sent: accounts that differ in these share a render.
            likeness=f"{mark} {_named(row.channel, _rendered_by(channel, row.settings))}",
            earlier=Receipt(row.earlier_id, row.earlier_url, row.earlier_proof) if standing else None,
        )

    def _sited(self, channel: Channel) -> bool:
        # Asked once: a protocol's isinstance looks at every method each time.
        if channel.key not in self.sited:
            self.sited[channel.key] = isinstance(channel, Sited)
        return self.sited[channel.key]

    def _settings(self, row: Row[Any]) -> Any:
        try:
            return self.services.settings(row.channel, row.settings)
        except ValidationError as error:
            raise Permanent("DLV-206", _wrong_settings(error)) from error

    def _manuscript(self, row: Row[Any]) -> tuple[Manuscript, str]:
        named = (row.revision_id, row.published_at or row.due_at)
        if named not in self.manuscripts:
            revision = self.session.get_one(Revision, row.revision_id)
            made = manuscript_of(self.session, revision, self.services.artefacts, row.due_at)
            # Only what is signed off is scheduled; here it is made sure that what was signed is what goes out.
            # Of the stored text: what is rendered has the present facts of the records that it names.
            if not is_unaltered(revision):
                raise Permanent("REV-301", ALTERED)
            # Image bytes are left out of the dump; their hashes are in it.
            mark = hashlib.sha256(made.model_dump_json().encode()).hexdigest()
            self.manuscripts[named] = made, mark
        return self.manuscripts[named]

    def _site(self, site_id: int | None) -> Site | None:
        if site_id not in self.sites:
            found = self.session.get(Site, site_id) if site_id else site.first_site(self.session)
            self.sites[site_id] = found
        return self.sites[site_id]


def _rendered_by(channel: Channel, stored: dict[str, Any]) -> dict[str, Any]:
    """The settings that a render depends on."""
    aside: frozenset[str] = getattr(channel.Settings, "only_sending", frozenset())
    return {name: value for name, value in plain(stored).items() if name not in aside}


def _named(channel: str, settings: dict[str, Any]) -> str:
    return f"{channel} {json.dumps(settings, sort_keys=True, ensure_ascii=False)}"


def _wrong_settings(error: ValidationError) -> Words:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    return Words(
        f"账号设置“{name}”不能用：{first['msg']}。请在账号页更正后重试。",
        f"The account's setting {name!r} can't be used: {first['msg']}. Mend it on the account's page, then retry.",
    )


@dataclass
class Workshop:
    """Renders, and remembers what it rendered: a render is pure, so the same question has the same answer for as long
    as this process has the same code.
    """

    services: Services
    _made: OrderedDict[str, Prepared] = field(default_factory=OrderedDict)

    def prepare(self, job: Job) -> Prepared:
        """The job's artefact, kept in the store. Raises Permanent when a finding stops it."""
        if (known := self._made.get(job.likeness)) is not None:
            self._made.move_to_end(job.likeness)
            return known
        begun = time.perf_counter()
        done = render(job.channel, job.manuscript, job.settings)
        if done.artefact is None:
            worst = next(f for f in done.findings if f.severity in (Severity.BLOCK, Severity.SKIP))
            raise Permanent(worst.code, worst.sentence)
        milliseconds = round((time.perf_counter() - begun) * 1000)
        item = job.channel.item(job.manuscript, job.settings) if isinstance(job.channel, Sited) else None
        sha256 = self.services.artefacts.keep(done.artefact)
        self._made[job.likeness] = Prepared(done.artefact, sha256, item, None)
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        return Prepared(done.artefact, sha256, item, milliseconds)


def by_channel(jobs: Iterable[Job]) -> list[list[Job]]:
    """The jobs of each channel together, in the order in which the first of each is due; those that go over a network
    apart.
    """
    groups: dict[tuple[str, bool], list[Job]] = {}
    for job in jobs:
        groups.setdefault((job.channel.key, is_far(job)), []).append(job)
    return list(groups.values())


def is_far(job: Job) -> bool:
    """Whether this account's sends go over a network (`channels.base.Sends`)."""
    return bool(getattr(job.settings, "far", False))


NOT_IN_USE = Words("此账号已停用，或其渠道未安装。", "This account is not in use, or its channel isn't here.")
ALTERED = Words(
    "数据库里的稿件内容与签发的不一致，有人绕过程序改过，已停止发布。请报告管理员，另存一版重新送审。",
    "The text in the database is not the one that was signed off: somebody changed it by hand. It does not go out. "
    "Tell the administrator; save a new version and have it reviewed.",
)
