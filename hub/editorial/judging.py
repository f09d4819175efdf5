"""What a verb of review asks before it decides, and the sentences for what can't be done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from channels.base import Finding, Severity
from channels.text.cleaning import clean
from channels.words import NO_WORDS, Words
from hub.approvals import LEVEL_WORDS, history, judgement, person, rule_of, step, who_can, writers
from hub.domain.refusals import Refusal
from hub.domain.reviews import Judgement, Kind, is_distinct, judge
from hub.domain.roles import Level, Right
from hub.editorial.specimens import Specimen
from hub.models import Account, Interpretation, Review, Revision, User
from hub.permissions import grants_at, levels_of, require
from hub.services import Services
from hub.workflow import Actor

MOST_REASON = 500


def last_submission(session: Session, revision_id: int) -> Review | None:
    """The version's newest submission."""
    return session.scalars(
        select(Review)
        .where(Review.revision_id == revision_id, Review.kind == Kind.SUBMITTED)
        .order_by(Review.id.desc())
        .limit(1)
    ).first()


def find_revision(session: Session, revision_id: int) -> Revision:
    revision = session.get(Revision, revision_id, options=[joinedload(Revision.interpretation)])
    if revision is None:
        raise Refusal("REV-404", Words("没有这个版本。", "There is no such version."))
    return revision


def _require_newest(session: Session, revision: Revision) -> None:
    newest = session.scalar(select(Interpretation.version).where(Interpretation.id == revision.interpretation_id))
    if newest != revision.number:
        raise Refusal(
            "REV-409",
            Words(
                f"稿件已有第 {newest} 版，第 {revision.number} 版的审核到此为止。",
                f"There is a version {newest} by now; the review of version {revision.number} ends here.",
            ),
            Words("请打开新版审核。", "Open the newer version."),
        )


def require_submittable(session: Session, revision: Revision) -> None:
    _require_newest(session, revision)
    found = judgement(session, revision)
    if found.under_review or found.final:
        raise Refusal("REV-208", *(_SIGNED_OFF if found.final else _SUBMITTED))


def require_under_review(found: Judgement) -> None:
    if not found.under_review:
        raise Refusal("REV-209", *_NOT_UNDER_REVIEW)


def require_level(session: Session, actor: Actor, office_id: int, level: Level) -> None:
    require(session, actor, Right.REVIEW, office_id)
    if actor.user_id is None or level in levels_of(grants_at(session, actor.user_id, office_id)):
        return
    word = LEVEL_WORDS[level]
    raise Refusal(
        "REV-210",
        Words(f"您没有{word.zh}的权限。", f"You may not give the {word.en}."),
        who_can(session, office_id, level),
    )


def judged(session: Session, revision: Revision, level: Level, seen_hash: str) -> Judgement:
    """Where it stands, when it is this level's turn and the content is the one seen."""
    _require_newest(session, revision)
    if seen_hash != revision.content_hash:
        raise Refusal("REV-409", *_OTHER_CONTENT)
    rows = history(session, revision.id)
    wrote = writers(session, revision.interpretation_id, revision.number)
    found = judge(map(step, rows), revision.content_hash, wrote)
    if found.pending is level:
        return found
    done = next((r for r in reversed(rows) if r.kind == Kind.SIGNED and r.level == level), None)
    if done is not None and (found.under_review or found.final):
        raise Refusal("REV-205", *_signed_already(session, done))
    require_under_review(found)
    assert found.pending is not None  # noqa: S101 (it is under review)
    word = LEVEL_WORDS[found.pending]
    raise Refusal("REV-211", Words(f"现在轮到{word.zh}。", f"It is the {word.en}'s turn."), NO_WORDS)


def _signed_already(session: Session, done: Review) -> tuple[Words, Words]:
    who = session.get(User, done.user_id) if done.user_id else None
    name, word = who.name if who else done.actor, LEVEL_WORDS[Level(done.level)]
    return Words(f"{name}已经签署{word.zh}。", f"{name} has given the {word.en} already."), _RELOAD


def alone_needed(session: Session, actor: Actor, revision: Revision, found: Judgement, reason: str) -> bool:
    """Whether this signature needs the office's exception for one person. Raises Refusal when it does and the office
    does not allow it, or no reason is given.
    """
    wrote = writers(session, revision.interpretation_id, revision.number)
    # An operator of the machine is nobody's reviewer: the exception, always.
    if actor.user_id is not None and is_distinct(person(actor), found.signed, wrote):
        return False
    if not rule_of(session, revision.interpretation.office_id).one_person:
        if actor.user_id is None:
            raise Refusal("REV-212", *_NOT_FROM_HERE)
        own = person(actor) in wrote
        level = found.pending
        assert level is not None  # noqa: S101 (it is under review)
        raise Refusal(
            "REV-203" if own else "REV-204",
            _OWN_TEXT if own else _ANOTHER_LEVEL,
            who_can(session, revision.interpretation.office_id, level),
        )
    if not reason:
        raise Refusal("REV-213", *_WHY_ALONE)
    return True


def chosen_accounts(session: Session, office_id: int, account_ids: Sequence[int] | None) -> list[int]:
    """The accounts it is meant for, of the office and in use."""
    mine = session.scalars(
        select(Account.id).where(Account.office_id == office_id, Account.active).order_by(Account.id)
    ).all()
    return list(mine) if account_ids is None else [i for i in mine if i in set(account_ids)]


def require_clean(made: Sequence[Specimen], chosen: frozenset[int], services: Services) -> None:
    meant = [s for s in made if chosen & set(s.account_ids)]
    for specimen in meant:
        for finding in specimen.findings:
            if finding.severity is Severity.BLOCK:
                raise _blocked(specimen.channel, finding, services)
    if meant and all(s.skipped or s.misfit for s in meant):
        raise Refusal("REV-215", *_NOTHING_TO_SEE)


def require_words(own: Sequence[Finding]) -> None:
    """Raise Refusal (REV-216) when a word of the office's own table must be mended first."""
    for finding in own:
        if finding.severity is Severity.BLOCK:
            raise Refusal(
                "REV-216",
                Words(
                    f"本单位的词语表不允许送审：{finding.code} {finding.sentence.zh}",
                    f"The office's own words stop it: {finding.code} {finding.sentence.en}",
                ),
                finding.suggestion,
            )


def _blocked(channel: str, finding: Finding, services: Services) -> Refusal:
    name = services.channels[channel].name
    return Refusal(
        "REV-214",
        Words(
            f"{name.zh}有必须先改的问题：{finding.code} {finding.sentence.zh}",
            f"{name.en}: something must be mended first: {finding.code} {finding.sentence.en}",
        ),
        finding.suggestion,
    )


def noticed(made: Sequence[Specimen], own: Sequence[Finding] = ()) -> list[dict[str, Any]]:
    """What the checks noticed, each once a channel; what the office's own words say has none."""
    of_words = {("", f.code, f.place, f.sentence.zh): {"channel": "", **f.as_dict()} for f in own}
    found = {
        (s.channel, f.code, f.place): {"channel": s.channel, **f.as_dict()}
        for s in made
        for f in s.findings
        if f.severity is not Severity.SKIP
    }
    return [*of_words.values(), *found.values()]


def said(typed: str) -> str:
    text = clean(typed).strip()
    if len(text) > MOST_REASON:
        raise Refusal(
            "REV-217",
            Words(f"说明超过 {MOST_REASON} 字。", f"The text is over {MOST_REASON} characters."),
            Words("细节请写成对原文的意见。", "Put details into comments on the text."),
        )
    return text


_RELOAD = Words("请刷新，看现在的状态。", "Reload to see where it stands.")
FASTER = Words("刚刚有人处理了这一级审核。", "Somebody has just decided on this review."), _RELOAD
OTHER_SAMPLES = (
    Words(
        "账号设置或页面模板刚有变化，成品与您看到的不同，没有签署。",
        "Settings or templates have changed: the artefacts are not those that you saw; nothing was signed.",
    ),
    Words("下面是新的成品，请重新看过再签。", "These are the new ones: look at them, then sign."),
)
_OTHER_CONTENT = (
    Words("稿件内容与您看到的不同，没有签署。", "The content is not the one that you saw; nothing was signed."),
    _RELOAD,
)
NO_REASON = (
    Words("请写明退回原因，写稿人照此修改。", "Give the reason for returning it; the writer goes by it."),
    NO_WORDS,
)
_SUBMITTED = (
    Words("这一版已在审核中。", "This version is under review already."),
    Words("要修改，请直接改稿并保存，审核会重新开始。", "To change it, edit and save; its review then starts anew."),
)
_SIGNED_OFF = (
    Words("这一版已经签发。", "This version is signed off already."),
    Words("可以发布；要修改请改稿后重新送审。", "It can be published; to change it, edit and submit it again."),
)
_NOT_UNDER_REVIEW = (Words("这一版不在审核中。", "This version is not under review."), _RELOAD)
_OWN_TEXT = Words(
    "这篇稿件有您写的内容，不能自己审核。", "You have written part of this text; somebody else reviews it."
)
_ANOTHER_LEVEL = Words(
    "您已签署这一版的另一级审核，每一级须由不同的人签署。",
    "You have signed another level of this version; each level takes another person.",
)
_NOT_FROM_HERE = (
    Words("本单位要求由审核人在控制台签署。", "This office's texts are signed by its reviewers, in the console."),
    Words(
        "管理员可用 yigao review rule --one-person 允许一人签发，并写明原因。",
        "With yigao review rule --one-person an administrator can allow one person, with a reason.",
    ),
)
_WHY_ALONE = (
    Words(
        "一人签署多级或签署自己的稿件，请写明原因；原因会留痕。", "Give the reason why one person signs; it is kept."
    ),
    NO_WORDS,
)
_NOTHING_TO_SEE = (
    Words("所选账号都不发这篇稿件。", "None of the chosen accounts publishes this text."),
    Words("请选择其他账号，或补充内容。", "Choose other accounts, or add what they need."),
)
