"""账号: the rows of the office's matrix."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from hub.console.areas import branches
from hub.console.here import editor, guarding, services
from hub.domain.roles import Right
from hub.domain.states import State
from hub.models import Account, Delivery

screen = Blueprint("accounts", __name__)
screen.before_request(guarding(Right.READ, Right.MANAGE))


@screen.get("/accounts")
def listing() -> str:
    """The accounts by area, each with what it published last."""
    with services().db.reading() as session:
        accounts = session.scalars(
            select(Account)
            .where(Account.office_id == editor().office_id)
            .options(joinedload(Account.area))
            .order_by(Account.id)
        ).all()
        last = session.execute(
            select(Delivery.account_id, func.max(Delivery.finished_at))
            .where(Delivery.account_id.in_([a.id for a in accounts]), Delivery.state == State.PUBLISHED)
            .group_by(Delivery.account_id)
        ).all()
        tree = branches(session, accounts)
    return render_template("console/accounts.html", tree=tree, last=dict(last), total=len(accounts))
