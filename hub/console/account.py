"""One account: its settings, a test of them, what it is and who answers for it, switching it off, and its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from channels.base import Allowance, Counts, Probes, Sited
from channels.words import Words
from hub.console.account_history import told
from hub.console.here import actor, editor, guarding, now, services
from hub.console.links import see
from hub.console.settings_form import entries, texts, typed_secrets, typed_values
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.matrix import accounts as verbs
from hub.matrix.access import MistakesError
from hub.matrix.accounts import Description, open_deliveries
from hub.matrix.offices import way_of
from hub.matrix.probing import probe_account
from hub.matrix.tree import ways_to
from hub.models import Account, Area, Event, Office, User
from hub.permissions import rights_at

screen = Blueprint("account", __name__)
screen.before_request(guarding(Right.READ, Right.READ))

HISTORY = 20
KINDS = {
    "account.added": lazy_gettext("添加"),
    "account.described": lazy_gettext("改资料"),
    "account.settings": lazy_gettext("改设置"),
    "account.closed": lazy_gettext("停用"),
    "account.reopened": lazy_gettext("重新启用"),
    "account.imported": lazy_gettext("批量导入"),
}


@screen.get("/accounts/<int:id_>")
def page(id_: int) -> Response:
    """The account with its forms."""
    return _page(id_)


@screen.post("/accounts/<int:id_>/settings")
def settings(id_: int) -> Response:
    """Save the settings; a mistake stands at its field, with what was typed."""
    channel = services().channels.get(_channel_of(id_))
    if channel is None:
        abort(404)
    model = channel.Settings
    try:
        verbs.change_settings(
            services(),
            actor=actor(),
            account_id=id_,
            version=_version(),
            values=typed_values(model, request.form),
            secrets=typed_secrets(model, request.form),
            now=now(),
        )
    except MistakesError as mistakes:
        return _page(id_, "settings", mistakes)
    except Refusal as refusal:
        return _refused(id_, "settings", refusal)
    return _done(id_, _("设置已保存。"))


@screen.post("/accounts/<int:id_>/test")
def test(id_: int) -> Response:
    """Try whether it could publish; nothing is posted."""
    probe_account(services(), actor=actor(), account_id=id_, now=now())
    return _done(id_, _("测试完成。"), "test")


@screen.post("/accounts/<int:id_>/describe")
def describe(id_: int) -> Response:
    """Save what it is and who answers for it."""
    try:
        verbs.describe(
            services(), actor=actor(), account_id=id_, version=_version(), description=described(), now=now()
        )
    except MistakesError as mistakes:
        return _page(id_, "describe", mistakes)
    except Refusal as refusal:
        return _refused(id_, "describe", refusal)
    return _done(id_, _("资料已保存。"))


@screen.post("/accounts/<int:id_>/close")
def close(id_: int) -> Response:
    """Switch it off, with a reason and a decision over what is not out yet."""
    form = request.form
    try:
        cancelled = verbs.close(
            services(),
            actor=actor(),
            account_id=id_,
            version=_version(),
            reason=form.get("reason", ""),
            on=_date(form.get("closed", "")) or now().astimezone(editor().zone).date(),
            rest=form.get("rest", ""),
            now=now(),
        )
    except MistakesError as mistakes:
        return _page(id_, "close", mistakes)
    except Refusal as refusal:
        return _refused(id_, "close", refusal)
    if cancelled:
        return _done(id_, _("账号已停用，取消了 %(count)s 项。", count=cancelled))
    return _done(id_, _("账号已停用。"))


@screen.post("/accounts/<int:id_>/reopen")
def reopen(id_: int) -> Response:
    """Switch it on again."""
    try:
        verbs.reopen(services(), actor=actor(), account_id=id_, version=_version(), now=now())
    except MistakesError as mistakes:
        return _page(id_, "describe", mistakes)
    except Refusal as refusal:
        return _refused(id_, "", refusal)
    return _done(id_, _("账号已启用。"))


@screen.route("/offices/<int:office_id>/accounts/new", methods=["GET", "POST"])
def new(office_id: int) -> Response:
    """Add an account to an office; its settings come next."""
    mistakes: Mapping[str, Words] = {}
    if request.method == "POST":
        try:
            id_ = verbs.add(
                services(),
                actor=actor(),
                office_id=office_id,
                channel=request.form.get("channel", ""),
                description=described(),
                now=now(),
            )
        except MistakesError as error:
            mistakes = error.fields
        else:
            return _done(id_, _("账号已添加，请检查设置。"))
    with services().db.reading() as session:
        office = session.get(Office, office_id)
        if office is None or Right.MANAGE not in rights_at(session, editor().id, office_id):
            abort(404)
        place = way_of(session, office.area_id)
        shared = _choices(session, office)
    body = render_template(
        "console/account_new.html",
        office=office,
        place=place,
        channels=services().channels,
        typed=_typed() if mistakes else None,
        chosen=request.form.get("channel"),
        wrong=mistakes,
        **shared,
    )
    return make_response(body, 422 if mistakes else 200)


def described() -> Description:
    """The description as it was typed."""
    form = request.form
    owner = form.get("owner_id", "")
    area = form.get("area_id", "")
    return Description(
        name=form.get("name", ""),
        area_id=int(area) if area.isdigit() else 0,
        filing=form.get("filing", ""),
        owner_id=int(owner) if owner.isdigit() else None,
        owner_name=form.get("owner_name", ""),
        owner_phone=form.get("owner_phone", ""),
        opened=_date(form.get("opened", "")),
        beside=form.get("beside", ""),
    )


def _page(
    id_: int, form: str = "", mistakes: MistakesError | None = None, notice: Words | None = None, status: int = 0
) -> Response:
    with services().db.reading() as session:
        account = _find(session, id_)
        channel = services().channels.get(account.channel)
        rights = rights_at(session, editor().id, account.office_id)
        values: dict[str, Any] = {
            "account": account,
            "manages": Right.MANAGE in rights,
            "ways": ways_to(session, {account.office.area_id, account.area_id}),
            "last": account.last_published_at,
            "waiting": open_deliveries(session, id_),
            "history": told(session, _history(session, id_), channel.Settings if channel else None),
            **_choices(session, account.office),
        }
    wrong = mistakes.fields if mistakes else {}
    if channel is not None:
        typed = texts(channel.Settings, request.form) if form == "settings" else None
        values["entries"] = entries(channel.Settings, account.settings, typed, wrong if form == "settings" else None)
    else:
        values["entries"] = []
    body = render_template(
        "console/account.html",
        **values,
        allowances=_allowances(account),
        testable=isinstance(channel, Probes | Sited),
        form=form,
        typed=_typed() if form == "describe" else request.form,
        wrong=wrong,
        mistakes=mistakes,
        notice=notice,
        kinds=KINDS,
        today=now().astimezone(editor().zone).date(),
    )
    return make_response(body, status or (422 if mistakes else 200))


def _allowances(account: Account) -> Sequence[Allowance]:
    """What its platform allows it today, where that is counted; nothing when its settings no longer fit."""
    channel = services().channels.get(account.channel)
    if not isinstance(channel, Counts):
        return ()
    try:
        return channel.allowances(services().settings(account.channel, account.settings))
    except ValidationError:
        return ()


def _refused(id_: int, form: str, refusal: Refusal) -> Response:
    """Back with what was typed and the sentence; a refusal of rights has a page of its own."""
    if refusal.of_rights or refusal.code.endswith("404"):
        raise refusal
    said = Words(
        f"{refusal.code} {refusal.words.zh}{refusal.suggestion.zh}",
        f"{refusal.code} {refusal.words.en} {refusal.suggestion.en}",
    )
    return _page(id_, form, notice=said, status=409 if refusal.code.endswith("409") else 422)


def _find(session: Session, id_: int) -> Account:
    account = session.get(
        Account, id_, options=[joinedload(Account.office), joinedload(Account.area), joinedload(Account.owner)]
    )
    if account is None or Right.READ not in rights_at(session, editor().id, account.office_id):
        abort(404)
    return account


def _channel_of(id_: int) -> str:
    with services().db.reading() as session:
        return _find(session, id_).channel


def _history(session: Session, id_: int) -> Sequence[Event]:
    return session.scalars(
        select(Event)
        .where(Event.subject == "accounts", Event.subject_id == id_)
        .order_by(Event.id.desc())
        .limit(HISTORY)
        .options(joinedload(Event.user))
    ).all()


def _choices(session: Session, office: Office) -> dict[str, Any]:
    """The areas that an account of the office can stand for (its own and those right below), and its people."""
    areas = session.scalars(
        select(Area).where((Area.id == office.area_id) | (Area.parent_id == office.area_id)).order_by(Area.id)
    ).all()
    people = session.scalars(select(User).where(User.office_id == office.id, User.active).order_by(User.id)).all()
    return {"areas": areas, "people": people}


def _typed() -> dict[str, str]:
    """The description as it stood in a form that is shown again."""
    return {field.name: request.form.get(field.name, "") for field in fields(Description)}


def _version() -> int:
    return request.form.get("version", 0, type=int)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _done(id_: int, said: str, place: str | None = None) -> Response:
    flash(said)
    return see(url_for("account.page", id_=id_, _anchor=place))
