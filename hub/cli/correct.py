"""`yigao correct`: the newer text in the place of the published one, on every channel."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.words import Words
from hub.cli import WAITING
from hub.cli.drafts import answer_mistakes
from hub.cli.options import AT, DATA, JSON
from hub.cli.output import Output
from hub.cli.publish import blocks_publication, exit_code, say_outcomes, see_through
from hub.cli.reviewing import SIGN_OFF, signed_off
from hub.config import load
from hub.domain.refusals import Refusal
from hub.editorial.composing import Saved, save
from hub.editorial.front_matter import Draft, read_draft
from hub.editorial.header import DraftError
from hub.models import Interpretation, Revision
from hub.publishing.correcting import correct
from hub.services import Services
from hub.setup import make_ready
from hub.workflow import Actor


@click.command("correct")
@click.argument("what", metavar="FILE|INTERPRETATION")
@click.option("--reason", required=True, help="更正原因，公众会看到 why; the public reads it")
@click.option("--of", "number", type=int, default=None, help="稿件编号，标题改了时用 which one, when its title changed")
@AT
@SIGN_OFF
@click.option("--wait", is_flag=True, help="等到发布结束 wait until it is done")
@DATA
@JSON
def command(
    what: str,
    reason: str,
    number: int | None,
    at: datetime | None,
    sign_off: str | None,
    wait: bool,
    data: Path | None,
    machine: bool,
) -> int:
    """更正已发布的稿件。 Correct what is published, by a text file or by the newest saved version.

    A FILE is saved as the newest version of the interpretation with its title (or of the number given by --of). What is
    not signed off is submitted for review. Exit codes: 0 done, 1 a channel failed or was blocked, 2 wrong use or
    settings, 3 it waits for a review, or a person must post.
    """
    services = Services(load(data=data))
    out = Output(language=services.config.language, machine=machine)
    now = datetime.now(UTC)
    office_id = make_ready(services, sample=False, now=now).office_id
    actor = Actor(f"cli:{getpass.getuser()}")
    draft: Draft | None = None
    if what.isdigit():
        saved = _newest(services, office_id, int(what))
    else:
        if not Path(what).is_file():
            raise click.UsageError(f"没有这个文件：{what} There is no such file.")
        try:
            draft = read_draft(Path(what))
        except DraftError as error:
            return answer_mistakes(out, error)
        saved = _save(services, actor, office_id, draft, number, now)
    if not signed_off(out, services, actor, saved.revision_id, now=now, at=at, reason=sign_off):
        out.document({"interpretation": saved.interpretation_id, "deliveries": [], "waiting": "review"})
        return WAITING
    asked = {"interpretation_id": saved.interpretation_id, "revision_id": saved.revision_id, "reason": reason}
    outcomes = correct(services, actor=actor, now=now, at=at, **asked)  # type: ignore[arg-type]
    ids = say_outcomes(out, outcomes, draft, what if draft else "")
    states = see_through(out, services, ids, wait=wait)
    out.document({"interpretation": saved.interpretation_id, "deliveries": [s.as_dict() for s in states]})
    return exit_code([s.state for s in states], stopped=any(blocks_publication(o) for o in outcomes), wait=wait)


def _newest(services: Services, office_id: int, number: int) -> Saved:
    with services.db.reading() as session:
        piece = _piece(session, office_id, number)
        revision = session.scalars(
            select(Revision.id).where(Revision.interpretation_id == piece.id, Revision.number == piece.version)
        ).one()
        return Saved(piece.id, revision, piece.version)


def _save(services: Services, actor: Actor, office_id: int, draft: Draft, number: int | None, now: datetime) -> Saved:
    with services.db.reading() as session:
        piece = _piece(session, office_id, number or _same_title(session, office_id, draft.content.title))
    seen = {"interpretation_id": piece.id, "seen_version": piece.version}
    return save(services, actor=actor, office_id=office_id, content=draft.content, now=now, **seen)


def _piece(session: Session, office_id: int, number: int) -> Interpretation:
    piece = session.get(Interpretation, number)
    if piece is None or piece.office_id != office_id:
        raise Refusal("DLV-405", Words(f"没有第 {number} 号稿件。", f"There is no interpretation {number}."))
    return piece


def _same_title(session: Session, office_id: int, title: str) -> int:
    found = session.scalars(
        select(Interpretation.id).where(Interpretation.office_id == office_id, Interpretation.title == title)
    ).all()
    if len(found) != 1:
        which = "、".join(map(str, found))
        raise Refusal(
            "DLV-236",
            Words(f"标题相同的稿件有多篇：{which}。", f"Several interpretations have this title: {which}.")
            if found
            else Words("没有标题相同的稿件。", "No interpretation has this title."),
            Words("请用 --of 指明稿件编号。", "Name it by its number with --of."),
        )
    return found[0]
