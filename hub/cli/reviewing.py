"""How commands that publish obey the three reviews: what is not signed off is submitted, and waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from channels.words import Words
from hub.approvals import LEVEL_WORDS, STANDING_WORDS, judgement, rule_of, who_can
from hub.cli.output import Output
from hub.domain.refusals import Refusal
from hub.domain.reviews import Judgement
from hub.editorial.reviewing import sign, submit
from hub.models import Interpretation, Revision
from hub.services import Services
from hub.workflow import Actor

SIGN_OFF = click.option(
    "--sign-off",
    metavar="REASON",
    default=None,
    help="由操作者一人签发并写明原因（单位须允许） sign off alone, with the reason (if the office allows it)",
)


def signed_off(
    out: Output,
    services: Services,
    actor: Actor,
    revision_id: int,
    *,
    now: datetime,
    account_ids: Sequence[int] | None = None,
    at: datetime | None = None,
    reason: str | None = None,
) -> bool:
    """Whether the version may go out. What has not been submitted is; with a `reason` the operator signs what is
    missing, if the office allows one person (else Refusal). Says what it waits for.
    """
    found, office_id, content_hash = _look(services, revision_id)
    if found.final:
        return True
    if reason is not None:
        _require_one_person(services, office_id)
    if not found.under_review:
        submit(services, actor=actor, revision_id=revision_id, account_ids=account_ids, at=at, now=now)
        found, _, _ = _look(services, revision_id)
    while reason is not None and found.pending is not None:
        signing = {"level": found.pending, "seen_hash": content_hash, "reason": reason or " "}
        sign(services, actor=actor, revision_id=revision_id, now=now, **signing)  # type: ignore[arg-type]
        found, _, _ = _look(services, revision_id)
    if not found.final:
        _say_waiting(out, services, office_id, found)
    return found.final


def _look(services: Services, revision_id: int) -> tuple[Judgement, int, str]:
    with services.db.reading() as session:
        revision = session.get_one(Revision, revision_id)
        piece = session.get_one(Interpretation, revision.interpretation_id)
        return judgement(session, revision), piece.office_id, revision.content_hash


def _require_one_person(services: Services, office_id: int) -> None:
    with services.db.reading() as session:
        if rule_of(session, office_id).one_person:
            return
    raise Refusal(
        "REV-212",
        Words("本单位的稿件由审核人签发，不能用 --sign-off。", "This office has reviewers; --sign-off is not allowed."),
        Words(
            "去掉 --sign-off 即提交审核；一人在岗的单位可先运行 yigao review rule --one-person --reason 原因。",
            "Without --sign-off it is submitted for review; an office of one person can first run "
            "yigao review rule --one-person --reason WHY.",
        ),
    )


def _say_waiting(out: Output, services: Services, office_id: int, found: Judgement) -> None:
    assert found.pending is not None  # noqa: S101 (it is not signed off, and was submitted)
    with services.db.reading() as session:
        who = who_can(session, office_id, found.pending)
    standing, missing = STANDING_WORDS[found.standing], [LEVEL_WORDS[level] for level in found.missing]
    zh, en = "、".join(w.zh for w in missing), ", ".join(w.en for w in missing)
    out.say(
        Words(f"… 稿件已送审，{standing.zh}；还缺{zh}。", f"… Submitted for review: {standing.en}; missing: {en}."),
        colour="yellow",
    )
    out.say(Words(f"  {who.zh}签发后再运行一次即发布。", f"  {who.en} Once signed off, run this again to publish."))
