"""成品样张: what every channel makes of a version, laid before whoever reviews it and bound to by what they sign.

One pure renderer makes samples and publications: a delivery at the time a sample was made for is the same bytes. At
another time they differ in nothing but what that time appears in.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import Artefact, Finding, Severity
from channels.manuscript import Manuscript
from hub.manuscripts import manuscript_of
from hub.models import Account, Review, Revision
from hub.rendering import render
from hub.services import Services

# Settings that differ make another render; an office with more kinds of accounts than this has them sampled.
MOST = 24


@dataclass
class Specimen:
    """What one channel makes of it, for all of the office's accounts that are set alike."""

    channel: str
    account_ids: list[int]
    findings: Sequence[Finding] = ()
    artefact: Artefact | None = None
    sha256: str = ""
    # The settings no longer fit the channel.
    misfit: bool = False
    names: list[str] = field(default_factory=list)
    # Equal only if the render is.
    likeness: str = ""

    @property
    def blocked(self) -> bool:
        """Whether a finding stops it."""
        return any(f.severity is Severity.BLOCK for f in self.findings)

    @property
    def skipped(self) -> bool:
        """Whether the channel has nothing to say about it."""
        return any(f.severity is Severity.SKIP for f in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """As it is kept with a signature."""
        return {"channel": self.channel, "accounts": self.account_ids, "sha256": self.sha256}


def moment_of(session: Session, revision: Revision, submission: Review | None, now: datetime) -> datetime:
    """The publication time that samples are made for: the public's, once it has been told; else the one that was
    planned at submission; else the submission's own, in whole seconds.
    """
    piece = revision.interpretation
    session.refresh(piece, ["published_at"])
    planned = (submission.plan or {}).get("at") if submission else None
    at = piece.published_at or (datetime.fromisoformat(planned) if planned else None)
    return at or (submission.at if submission else now).replace(microsecond=0)


def make(services: Services, revision_id: int, submission: Review | None, now: datetime) -> list[Specimen]:
    """Check and render for every kind of account that the office has; nothing is kept."""
    with services.db.reading() as session:
        revision = session.get_one(Revision, revision_id)
        at = moment_of(session, revision, submission, now)
        manuscript = manuscript_of(session, revision, services.artefacts, at)
        made = _kinds(services, session, revision.interpretation.office_id)
    # Image bytes are left out of the dump; their hashes are in it.
    mark = hashlib.sha256(manuscript.model_dump_json().encode()).hexdigest()
    for specimen, settings in made:
        if not specimen.misfit:
            _fill(services, specimen, manuscript, settings, f"{mark} {specimen.channel} {settings!r}")
    return [specimen for specimen, _ in made]


# What was rendered and kept lately, by all that it depends on: a render is pure, so whoever signs next need not wait
# for the same one again. Findings and hashes only; the bytes are in the store.
_KEPT: OrderedDict[str, tuple[Sequence[Finding], str]] = OrderedDict()
_REMEMBERED = 500


def _fill(services: Services, specimen: Specimen, manuscript: Manuscript, settings: Any, likeness: str) -> None:
    specimen.likeness = likeness
    known = _KEPT.get(likeness)
    if known is not None and (not known[1] or services.artefacts.path(known[1]).exists()):
        specimen.findings, specimen.sha256 = known
        return
    done = render(services.channels[specimen.channel], manuscript, settings)
    specimen.findings, specimen.artefact = done.findings, done.artefact
    specimen.sha256 = done.artefact.sha256 if done.artefact else ""


def keep(services: Services, specimens: Iterable[Specimen]) -> None:
    """Keep the artefacts for as long as the installation lives: somebody signs them."""
    for specimen in specimens:
        if specimen.artefact is not None:
            services.artefacts.keep(specimen.artefact)
        if specimen.likeness:
            _KEPT[specimen.likeness] = specimen.findings, specimen.sha256
    while len(_KEPT) > _REMEMBERED:
        _KEPT.popitem(last=False)


def fingerprint(specimens: Iterable[dict[str, Any]]) -> str:
    """A hash of what lay before a person, by the rows kept of it: equal only if every artefact is."""
    shown = sorted((s["channel"], s["sha256"]) for s in specimens if s["sha256"])
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def _kinds(services: Services, session: Session, office_id: int) -> list[tuple[Specimen, Any]]:
    """The office's accounts by channel and settings, in the order of the channels."""
    accounts = session.scalars(
        select(Account).where(Account.office_id == office_id, Account.active).order_by(Account.id)
    ).all()
    order = list(services.channels)
    kinds: dict[str, tuple[Specimen, Any]] = {}
    for account in sorted((a for a in accounts if a.channel in order), key=lambda a: order.index(a.channel)):
        alike = f"{account.channel} {json.dumps(account.settings, sort_keys=True)}"
        if alike not in kinds and len(kinds) >= MOST:
            continue
        if alike not in kinds:
            kinds[alike] = _kind(services, account)
        kinds[alike][0].account_ids.append(account.id)
        kinds[alike][0].names.append(account.name)
    return list(kinds.values())


def _kind(services: Services, account: Account) -> tuple[Specimen, Any]:
    try:
        return Specimen(account.channel, []), services.settings(account.channel, account.settings)
    except ValidationError:
        return Specimen(account.channel, [], misfit=True), None
