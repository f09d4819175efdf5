"""What an office asks of its reviews: how many, and whether one person may give several."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from channels.text.cleaning import clean
from channels.words import Words
from hub.approvals import Rule
from hub.domain.refusals import Refusal
from hub.domain.reviews import ASKED
from hub.domain.roles import Right
from hub.models import Office, ReviewRule
from hub.permissions import require
from hub.services import Services
from hub.workflow import Actor


def set_rule(services: Services, *, actor: Actor, office_id: int, rule: Rule, reason: str, now: datetime) -> None:
    """Let this rule hold for what the office submits from now on. Raises Refusal when the actor may not settle that
    there, the number of levels is none there is, or no reason is given.
    """
    reason = " ".join(clean(reason).split())
    with services.db.writing() as session:
        require(session, actor, Right.PEOPLE, office_id)
        if rule.levels not in ASKED:
            raise Refusal("REV-221", Words("审核级数为一至三级。", "There are one to three reviews."))
        if not reason:
            raise Refusal("REV-222", Words("请写明改变审核规则的原因。", "Give the reason for changing the rule."))
        # Two administrators at once take turns.
        session.get_one(Office, office_id, with_for_update={"key_share": True})
        last = session.scalar(select(func.max(ReviewRule.number)).where(ReviewRule.office_id == office_id)) or 0
        row = ReviewRule(office_id=office_id, number=last + 1, levels=rule.levels, one_person=rule.one_person)
        row.reason, row.at, row.actor, row.user_id = reason, now, actor.name, actor.user_id
        session.add(row)
