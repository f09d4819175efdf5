"""What every channel would make of a draft: the same check and render as publication, kept so it can be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import Artefact, Channel, Finding, Shows
from channels.manuscript import Content, Manuscript
from channels.words import Words
from hub.manuscripts import office_imprint, with_present_facts
from hub.models import Account, Interpretation, Office
from hub.rendering import render, views
from hub.services import Services


@dataclass(frozen=True)
class Shown:
    """One way in which readers meet it: its name, the artefact's hash in the store, and the file to open."""

    name: Words
    sha256: str
    entry: str


@dataclass(frozen=True)
class Preview:
    """One channel's answer; `artefact_hash` names the artefact in the store, None when a finding stopped it."""

    channel: str
    name: Words
    findings: Sequence[Finding]
    artefact: Artefact | None
    artefact_hash: str | None
    views: Sequence[Shown] = ()


def preview(
    services: Services,
    *,
    office_id: int,
    content: Content,
    interpretation_id: int | None = None,
    published: datetime | None = None,
) -> list[Preview]:
    """Every channel's preview of the draft, in the order of the channels' table, with the settings of the office's
    first account on that channel (its defaults where there is none). An interpretation already published keeps its
    publication time.
    """
    with services.db.reading() as session:
        office = session.get_one(Office, office_id)
        piece = session.get(Interpretation, interpretation_id) if interpretation_id else None
        imprint = office_imprint(
            session,
            office,
            content,
            interpretation_id=interpretation_id,
            published=(piece.published_at if piece else None) or published,
        )
        stored = _first_settings(session, office_id)
        content = with_present_facts(session, content)
    manuscript = Manuscript(content=content, imprint=imprint)
    previews = []
    for key, channel in services.channels.items():
        settings = services.settings(key, stored.get(key, {}))
        done = render(channel, manuscript, settings)
        kept = services.previews.keep(done.artefact) if done.artefact else None
        shown = _shown(services, channel, manuscript, settings, done.artefact, kept)
        previews.append(Preview(key, channel.name, done.findings, done.artefact, kept, shown))
    return previews


def _shown(
    services: Services, channel: Channel, manuscript: Manuscript, settings: Any, made: Artefact | None, kept: str | None
) -> list[Shown]:
    if made is None or kept is None:
        return []
    first = channel.first_view if isinstance(channel, Shows) else channel.name
    others = views(channel, manuscript, settings)
    return [
        Shown(first, kept, made.entry),
        *(Shown(v.name, services.previews.keep(v.artefact), v.artefact.entry) for v in others),
    ]


def _first_settings(session: Session, office_id: int) -> dict[str, dict[str, Any]]:
    accounts = session.scalars(
        select(Account).where(Account.office_id == office_id, Account.active).order_by(Account.id.desc())
    )
    return {account.channel: account.settings for account in accounts}
