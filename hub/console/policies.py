"""政策文件: the registry of what is interpreted: search, facts, interpretations both ways, doubles, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _

from channels.base import Finding
from channels.manuscript import Content, Validity
from channels.short_links import Kind, Target
from channels.words import NO_WORDS, Words
from hub.console.here import actor, editor, guard, guarding, now, release_now, services
from hub.console.links import see
from hub.console.policy_reading import FILTERS, PAGE, Page, counts, listed, one
from hub.console.short_links import link_of
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.editorial.composing import save
from hub.manuscripts import policy_info
from hub.models import Office, Policy
from hub.permissions import may
from hub.registries import policies, policy_sheets
from hub.registries.catalogue import catalogue, rename_subjects, subjects
from hub.registries.forms import WrongFieldsError
from hub.registries.policies import DAYS, Facts
from hub.registries.sheets import MAX_BYTES, as_text

screen = Blueprint("policies", __name__)
screen.before_request(guarding(Right.READ, Right.READ))

VALIDITIES = {v: Words(v.label, v.value.replace("_", " ")) for v in Validity}
TONES = {
    Validity.IN_FORCE: ("circle-check", "green"),
    Validity.AMENDED: ("pencil-line", "amber"),
    Validity.EXPIRED: ("circle-slash", "grey"),
    Validity.REPEALED: ("ban", "red"),
    Validity.NOT_YET: ("clock", "blue"),
}
TEXTS = ("title", "number", "issuer", "url", "subject")


@screen.app_context_processor
def _names() -> dict[str, Any]:
    return {"VALIDITIES": VALIDITIES, "VALIDITY_TONES": TONES}


@screen.get("/policies")
def listing() -> str:
    """Search, filter and page."""
    search = request.args.get("q", "").strip()[:100]
    show = request.args.get("show", "all")
    show = show if show in FILTERS else "all"
    subject = request.args.get("subject", "")
    page = max(1, request.args.get("page", 1, type=int))
    with services().db.reading() as session:
        lines, total = listed(session, search=search, show=show, subject=subject, page=page)
        of_filter = counts(session)
        fields = subjects(session, editor().office_id)
    return render_template(
        "console/policies.html",
        lines=lines,
        total=total,
        search=search,
        show=show,
        subject=subject,
        counts=of_filter,
        subjects=fields,
        page=page,
        pages=max(1, -(-total // PAGE)),
    )


@screen.route("/policies/new", methods=["GET", "POST"])
def new() -> Response:
    """A blank form, and its keeping."""
    guard(Right.WRITE)
    if request.method == "GET":
        return _form({})
    try:
        id_ = policies.add(services(), actor=actor(), office_id=editor().office_id, facts=_typed(), now=now())
    except WrongFieldsError as wrong:
        return _form(request.form, findings=wrong.findings)
    flash(_("已登记这份政策文件。"))
    return see(url_for("policies.page", id_=id_))


@screen.get("/policies/<int:id_>")
def page(id_: int) -> Response:
    """One policy with its interpretations, and what is missing."""
    found = _found(id_)
    if found.row.merged_into_id is not None:
        return see(url_for("policies.page", id_=found.row.merged_into_id))
    return _page(found)


@screen.route("/policies/<int:id_>/edit", methods=["GET", "POST"])
def edit(id_: int) -> Response:
    """Its facts as a form, and their change."""
    row = _found(id_).row
    guard(Right.WRITE, row.office_id)
    if request.method == "GET":
        stored = {name: getattr(row, name) for name in Facts.__dataclass_fields__}
        return _form({k: str(v or "") for k, v in stored.items()}, row=row)
    try:
        changed = policies.change(services(), actor=actor(), policy_id=id_, facts=_typed(row), now=now())
    except WrongFieldsError as wrong:
        return _form(request.form, row=row, findings=wrong.findings)
    if changed.refresh_id is None:
        flash(_("已保存。"))
        return see(url_for("policies.page", id_=id_))
    release_now()
    return see(url_for("refreshing.page", id_=changed.refresh_id))


@screen.post("/policies/<int:id_>/merge")
def merge(id_: int) -> Response:
    """Let another stand for this one."""
    found = _found(id_)
    into = request.form.get("into", type=int)
    try:
        changed = policies.merge(services(), actor=actor(), policy_id=id_, into_id=into or 0, now=now())
    except Refusal as refusal:
        if refusal.of_rights:
            raise
        return _page(found, refusal)
    flash(_("已合并。原来引用它的稿件都改为引用这一份。"))
    release_now()
    return see(url_for("policies.page", id_=changed.policy_id))


@screen.post("/policies/<int:id_>/interpret")
def interpret(id_: int) -> Response:
    """Begin an interpretation bound to it."""
    row = _found(id_).row
    title = f"《{row.title.strip('《》')}》政策解读"
    content = Content(title=title, policies=(policy_info(row),))
    saved = save(services(), actor=actor(), office_id=editor().office_id, content=content, now=now())
    flash(_("已建好草稿，绑定了这份政策文件。"))
    return see(url_for("composing.edit", id_=saved.interpretation_id))


@screen.route("/policies/import", methods=["GET", "POST"])
def importing() -> Response:
    """A table: looked at first, then taken."""
    guard(Right.WRITE)
    if request.method == "GET":
        return _import()
    upload = request.files.get("table")
    data = upload.stream.read(MAX_BYTES + 1) if upload and upload.filename else request.form.get("text", "").encode()
    try:
        if request.form.get("do") == "take":
            taken = policy_sheets.take(services(), actor=actor(), office_id=editor().office_id, data=data, now=now())
            flash(_("已导入 %(count)s 份政策文件。", count=taken))
            return see(url_for("policies.listing"))
        lines = policy_sheets.look(services(), actor=actor(), office_id=editor().office_id, data=data)
    except Refusal as refusal:
        return _import(refusal=refusal)
    return _import(lines=lines, text=as_text(data))


@screen.route("/policies/subjects", methods=["GET", "POST"])
def naming() -> Response:
    """What the office calls the fields of the disclosure catalogue."""
    guard(Right.MANAGE)
    refusal = None
    with services().db.reading() as session:
        names: Mapping[str, str] = subjects(session, editor().office_id)
    if request.method == "POST":
        try:
            rename_subjects(services(), actor=actor(), office_id=editor().office_id, names=request.form, now=now())
            flash(_("已保存。"))
            return see(url_for("policies.naming"))
        except Refusal as wrong:
            refusal, names = wrong, {k: request.form.get(k, "") for k in names}
    body = render_template("console/policy_subjects.html", names=names, rule=catalogue(), **_notice(refusal))
    return make_response(body, 422 if refusal else 200)


def _typed(row: Policy | None = None) -> Facts:
    """The form's facts; dates that can't be read are a mistake of their own."""
    form = request.form
    given: dict[str, Any] = {name: form.get(name, "") for name in TEXTS}
    wrong: list[Finding] = []
    for name in DAYS:
        try:
            given[name] = date.fromisoformat(form[name]) if form.get(name) else None
        except ValueError:
            wrong.append(policies.no_day(name, form[name]))
    if wrong:
        raise WrongFieldsError(wrong)
    validity = form.get("validity", "")
    given["validity"] = Validity(validity) if validity in list(Validity) else Validity.IN_FORCE
    given["replaced_by_id"] = form.get("replaced_by", type=int) if form.get("replaced_by", "").strip() else None
    if row is not None and "replaced_by" not in form:
        given["replaced_by_id"] = row.replaced_by_id
    return Facts(**given)


def _found(id_: int) -> Page:
    with services().db.reading() as session:
        found = one(session, id_)
    if found is None:
        abort(404)
    return found


def _page(found: Page, refusal: Refusal | None = None) -> Response:
    with services().db.reading() as session:
        mine = may(session, actor(), Right.WRITE, found.row.office_id)
        fields = subjects(session, editor().office_id)
        office = session.get_one(Office, editor().office_id)
        link = link_of(session, Target(Kind.POLICY, found.row.id), office) if found.public else None
    body = render_template(
        "console/policy.html", found=found, p=found.row, mine=mine, subjects=fields, link=link, **_notice(refusal)
    )
    return make_response(body, 422 if refusal else 200)


def _form(values: Mapping[str, Any], *, row: Policy | None = None, findings: Sequence[Finding] = ()) -> Response:
    with services().db.reading() as session:
        fields = subjects(session, editor().office_id)
    blank = dict.fromkeys((*Facts.__dataclass_fields__, "replaced_by"), "")
    values = {**blank, "replaced_by": values.get("replaced_by_id", ""), **values}
    body = render_template("console/policy_form.html", values=values, row=row, findings=findings, subjects=fields)
    return make_response(body, 422 if findings else 200)


def _import(**more: Any) -> Response:
    refusal = more.pop("refusal", None)
    page = {"lines": None, "text": "", "headings": policy_sheets.HEADINGS, **more, **_notice(refusal)}
    return make_response(render_template("console/policy_import.html", **page), 422 if refusal else 200)


def _notice(refusal: Refusal | None) -> dict[str, Words | None]:
    if refusal is None:
        return {"notice": None, "advice": NO_WORDS}
    said = refusal.coded
    return {"notice": said, "advice": refusal.suggestion}
