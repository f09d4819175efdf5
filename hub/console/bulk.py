"""Many deliveries at once: retried or cancelled, ticked one by one or all that a filter shows; and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from hub.console import tracking
from hub.console.here import actor, editor, guarding, now, release_now, services
from hub.console.links import here_or, see
from hub.console.toasts import undoable
from hub.console.tracking import Scope
from hub.console.wanting import wanted
from hub.domain.roles import Right
from hub.publishing.bulk import cancel_all, retry_all
from hub.publishing.undoing import cancelled_by, schedule_again

screen = Blueprint("bulk", __name__)
screen.before_request(guarding(Right.READ, Right.PUBLISH))


@screen.post("/deliveries/all")
def carried_out() -> Response:
    """Do what the button says to what is ticked, or to all that the filter shows."""
    chosen = _chosen()
    back = here_or("deliveries.listing")
    if not chosen:
        flash(_("请先勾选要处理的发布任务，再按按钮。"))
        return see(back)
    at = now()
    if request.form.get("do") == "cancel":
        done = cancel_all(services(), actor=actor(), delivery_ids=chosen, now=at)
        told_cancelled(at, done.moved, back)
    else:
        done = retry_all(services(), actor=actor(), delivery_ids=chosen, now=at)
        release_now()
        if done.moved:
            flash(_("正在发布 %(count)s 项。", count=done.moved))
    if done.passed_over:
        flash(_("%(count)s 项当前的状态不允许这样处理，没有改动。", count=done.passed_over))
    return see(back)


def told_cancelled(at: datetime, count: int, back: str) -> None:
    """Say that so many were cancelled, with the way back for what may go back."""
    if not count:
        return
    sentence = _("已取消 %(count)s 项。", count=count) if count > 1 else _("已取消。")
    if cancelled_by(services(), actor=actor(), at=at):
        undoable(sentence, url_for("bulk.again"), at=at.isoformat(), next=back)
    else:
        flash(sentence)


@screen.post("/deliveries/again")
def again() -> Response:
    """Schedule again what was cancelled a moment ago."""
    try:
        at = datetime.fromisoformat(request.form.get("at", "")).astimezone(UTC)
    except (ValueError, OverflowError):
        at = datetime.min.replace(tzinfo=UTC)
    outcomes = schedule_again(services(), actor=actor(), cancelled_at=at, now=now())
    release_now()
    done = sum(outcome.delivery_id is not None for outcome in outcomes)
    if done:
        flash(_("已重新排期 %(count)s 项。", count=done))
    if done < len(outcomes):
        flash(_("%(count)s 项不能重新排期。", count=len(outcomes) - done))
    return see(here_or("deliveries.listing"))


def _chosen() -> Sequence[int]:
    if request.form.get("all") == "1":
        with services().db.reading() as session:
            return tracking.ids(session, wanted(request.form), Scope.of(session, editor().id))
    ticked = [int(id_) for id_ in request.form.getlist("pick") if id_.isdigit()]
    with services().db.reading() as session:
        return tracking.visible(session, ticked, Scope.of(session, editor().id))
