"""用户与角色: who works here, what they may, and help for who is locked out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from channels.words import NO_WORDS, Words
from hub.console.event_words import event_word
from hub.console.here import actor, editor, guarding, services
from hub.console.links import see
from hub.console.toasts import undoable
from hub.domain.refusals import Refusal
from hub.domain.roles import RIGHTS, Level, Right, Role
from hub.models import Event, Grant, Office, User
from hub.people import administering, sign_ins
from hub.people.places import Place, choices
from hub.permissions import offices

screen = Blueprint("users", __name__)
screen.before_request(guarding(Right.PEOPLE, Right.PEOPLE))

PAGE = 50
ROLES: dict[str, tuple[Any, str]] = {
    Role.WRITER: (lazy_gettext("写稿人"), "pencil-line"),
    Role.REVIEWER: (lazy_gettext("审核人"), "stamp"),
    Role.PUBLISHER: (lazy_gettext("发布人"), "send"),
    Role.ADMINISTRATOR: (lazy_gettext("管理员"), "key-round"),
}
ROLE_HELP: dict[str, Any] = {
    Role.WRITER: lazy_gettext("写稿、送审，维护政策、解读人和图片"),
    Role.REVIEWER: lazy_gettext("签署、退回、批注"),
    Role.PUBLISHER: lazy_gettext("排期、发布、更正、撤回、暂停"),
    Role.ADMINISTRATOR: lazy_gettext("账号、栏目、词语、用户和单位设置，查看操作日志"),
}
LEVELS: dict[str, Any] = {
    Level.FIRST: lazy_gettext("初审"),
    Level.SECOND: lazy_gettext("复审"),
    Level.FINAL: lazy_gettext("终审"),
}


@screen.get("/users")
def listing() -> Response:
    """The users of the offices that the editor administers."""
    return _listing()


@screen.post("/users/second-factor")
def second_factor() -> Response:
    """Which roles of the editor's office need a second factor."""
    roles = frozenset(Role(r) for r in request.form.getlist("roles") if r in set(Role))
    administering.ask_second_factor(
        services(), actor=actor(), office_id=editor().office_id, roles=roles, now=datetime.now(UTC)
    )
    flash(_("已保存。没有第二重验证的人会在下一次操作时被要求设置。"))
    return see(url_for("users.listing"))


@screen.route("/users/new", methods=["GET", "POST"])
def new() -> Response:
    """A new person, and the password to tell them."""
    if request.method == "GET":
        return _new()
    form = request.form
    try:
        id_, password = administering.create(
            services(),
            actor=actor(),
            login=form.get("login", ""),
            name=form.get("name", ""),
            email=form.get("email", ""),
            office_id=_office_named(form.get("office", "")),
            now=datetime.now(UTC),
        )
    except Refusal as refusal:
        return _new(refusal)
    return _told(id_, password)


@screen.get("/users/<int:id_>")
def one(id_: int) -> Response:
    """One person."""
    return _one(id_)


@screen.post("/users/<int:id_>")
def change(id_: int) -> Response:
    """What the pressed button says; on what can't be done the page comes back with the reason."""
    try:
        return _act(id_, request.form.get("do", ""))
    except Refusal as refusal:
        if refusal.code == "USR-404":
            raise
        return _one(id_, refusal)


def _act(id_: int, button: str) -> Response:
    form, at = request.form, datetime.now(UTC)
    how: dict[str, Any] = {"actor": actor(), "now": at}
    if button == "password":
        return _told(id_, administering.give_password(services(), user_id=id_, **how))
    if button == "profile":
        office_id = _office_named(form.get("office", ""))
        values: dict[str, Any] = {"name": form.get("name", ""), "email": form.get("email", ""), "office_id": office_id}
        administering.change(services(), user_id=id_, **values, **how)
        flash(_("已保存。"))
    elif button == "give":
        role, level = _role(form.get("role", ""))
        administering.give(
            services(), user_id=id_, role=role, level=level, place=Place.read(form.get("place", "")), **how
        )
        flash(_("已添加角色。"))
    elif button.startswith("take:") and button[5:].isdecimal():
        _take(id_, int(button[5:]), how)
    elif button in ("off", "on"):
        administering.set_active(services(), user_id=id_, active=button == "on", **how)
        word = _("已停用，此人在各处的登录都已结束。") if button == "off" else _("已重新启用。")
        undoable(word, url_for("users.change", id_=id_), do="on" if button == "off" else "off")
    elif button == "sign-out":
        count = administering.end_sign_ins(services(), user_id=id_, **how)
        flash(_("已结束 %(count)s 个登录。", count=count))
    elif button == "unlock":
        administering.unlock(services(), user_id=id_, **how)
        flash(_("此人可以马上重新登录。"))
    elif button == "factor":
        administering.reset_factor(services(), user_id=id_, **how)
        flash(_("第二重验证已重置。"))
    return see(url_for("users.one", id_=id_))


def _take(id_: int, grant_id: int, how: dict[str, Any]) -> None:
    with services().db.reading() as session:
        grant = session.get(Grant, grant_id)
        was = {"role": f"{grant.role}:{grant.level}", "place": str(Place.of(grant))} if grant else {}
    administering.take(services(), grant_id=grant_id, **how)
    undoable(_("已收回角色。"), url_for("users.change", id_=id_), do="give", **was)


def _role(text: str) -> tuple[Role, Level | None]:
    name, _colon, level = text.partition(":")
    if name not in set(Role):
        raise Refusal("USR-109", Words("请选择角色。", "Choose a role."))
    return Role(name), Level(level) if level in set(Level) else None


def _office_named(text: str) -> int:
    """The office with this name that the editor administers. Raises Refusal."""
    with services().db.reading() as session:
        mine = Office.id.in_(offices(editor().id, Right.PEOPLE))
        found = session.scalars(select(Office.id).where(Office.name == text.strip(), mine).limit(2)).all()
    if len(found) != 1:
        raise Refusal(
            "USR-110",
            Words(f"您管理的单位里没有“{text.strip()}”。", f"Among the offices you administer is no {text.strip()!r}."),
            Words("请从列表中选择单位全称。", "Choose its full name from the list."),
        )
    return found[0]


def _scope() -> Select[Any]:
    return select(User).where(User.office_id.in_(offices(editor().id, Right.PEOPLE)))


def _listing() -> Response:
    wanted, page = request.args.get("q", "").strip()[:60], max(1, request.args.get("page", 1, type=int))
    state = request.args.get("state", "")
    query = _scope().join(Office, Office.id == User.office_id)
    if wanted:
        names = (User.name, User.login, Office.name)
        query = query.where(or_(*(column.contains(wanted, autoescape=True) for column in names)))
    if state in ("active", "inactive"):
        query = query.where(User.active == (state == "active"))
    with services().db.reading() as session:
        total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
        pages = max(1, -(-total // PAGE))
        page = min(page, pages)
        ordered = query.options(joinedload(User.office)).order_by(User.active.desc(), User.name, User.id)
        users = session.scalars(ordered.limit(PAGE).offset((page - 1) * PAGE)).all()
        grants = _grants_of(session, [u.id for u in users])
        asked = session.get_one(Office, editor().office_id).second_factor_roles.split(",")
    body = render_template(
        "console/users.html",
        users=users,
        grants=grants,
        total=total,
        page=page,
        pages=pages,
        q=wanted,
        state=state,
        asked=asked,
        at=datetime.now(UTC),
    )
    return make_response(body)


def _grants_of(session: Session, ids: list[int]) -> dict[int, list[Grant]]:
    found: dict[int, list[Grant]] = {id_: [] for id_ in ids}
    query = select(Grant).where(Grant.user_id.in_(ids)).options(joinedload(Grant.office), joinedload(Grant.area))
    for grant in session.scalars(query.order_by(Grant.id)):
        found[grant.user_id].append(grant)
    return found


def _office_names(session: Session) -> list[str]:
    """To choose from; more than a person would scroll through are found by typing their whole name."""
    mine = Office.id.in_(offices(editor().id, Right.PEOPLE))
    return list(session.scalars(select(Office.name).where(mine).order_by(Office.name).limit(200)))


def _new(refusal: Refusal | None = None) -> Response:
    with services().db.reading() as session:
        names = _office_names(session)
    typed = {"office": editor().office, **request.form}
    body = render_template("console/user_new.html", names=names, typed=typed, **_notice(refusal))
    return make_response(body, 422 if refusal else 200)


def _told(id_: int, password: str) -> Response:
    """The password stands on this page only; no address leads back to it."""
    with services().db.reading() as session:
        user = session.get_one(User, id_)
    return make_response(
        render_template("console/user_password.html", user=user, password=password, address=services().config.address)
    )


def _one(id_: int, refusal: Refusal | None = None) -> Response:
    now = datetime.now(UTC)
    idle = timedelta(minutes=services().config.idle_minutes)
    wanted = request.values.get("find", "").strip()[:60]
    with services().db.reading() as session:
        user = administering.find_user(session, actor(), id_)
        events = select(Event).where(Event.subject == "users", Event.subject_id == id_).options(joinedload(Event.user))
        shown: dict[str, Any] = {
            "user": user,
            "office": session.get_one(Office, user.office_id),
            "grants": _grants_of(session, [id_])[id_],
            "places": choices(session, actor(), session.get_one(Office, user.office_id), wanted),
            "names": _office_names(session),
            "living": sign_ins.living(session, id_, now, idle),
            "events": session.scalars(events.order_by(Event.id.desc()).limit(20)).all(),
        }
    body = render_template(
        "console/user.html",
        **shown,
        find=wanted,
        at=now,
        typed=request.form if refusal else {},
        **_notice(refusal),
    )
    return make_response(body, 422 if refusal else 200)


def _notice(refusal: Refusal | None) -> dict[str, Any]:
    if refusal is None:
        return {"notice": None, "advice": NO_WORDS}
    words = refusal.coded
    return {"notice": words, "advice": refusal.suggestion}


@screen.app_context_processor
def _names() -> dict[str, Any]:
    return {
        "event_words": _event_words,
        "ROLES": ROLES,
        "ROLE_HELP": ROLE_HELP,
        "LEVELS": LEVELS,
        "ROLE_RIGHTS": RIGHTS,
    }


def _event_words(event: Event) -> str:
    """What happened to the person, in a few words: "添加了角色 · 审核人 初审 · 锦溪区"."""
    said = str(event_word(event.kind))
    granted = event.after or event.before or {}
    if not event.kind.startswith("grant.") or granted.get("role") not in ROLES:
        return said
    level = f" {LEVELS[granted['level']]}" if granted.get("level") in LEVELS else ""
    return f"{said} · {ROLES[granted['role']][0]}{level} · {granted.get('area') or granted.get('office')}"
