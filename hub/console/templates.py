"""模板: the office's templates, and beginning a text from one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from flask import Blueprint, Response, abort, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from channels.base import Finding
from channels.manuscript import FORM_LABELS, Content, Form
from channels.words import Words
from hub.console.here import actor, editor, guard, guarding, now, services
from hub.console.links import see
from hub.domain.roles import Right
from hub.models import TextTemplate
from hub.registries import templates
from hub.registries.forms import WrongFieldsError
from hub.registries.templates import Outline

screen = Blueprint("templates", __name__)
screen.before_request(guarding(Right.READ, Right.READ))

MOST = 100
# What a new template is offered to begin with.
USUAL = Outline(
    title="《……》政策解读",
    body="## 一、出台背景\n\n\n\n## 二、主要内容\n\n\n\n## 三、怎么办理\n\n\n\n## 四、联系方式\n",
    key_points="谁能享受\n享受什么\n怎么申请",
    questions="从什么时候开始实行？\n到哪里办？需要带什么？",
)


@screen.get("/templates")
def listing() -> str:
    """The office's templates."""
    return render_template("console/templates.html", rows=offered())


@screen.app_template_global("text_templates")
def offered() -> Sequence[TextTemplate]:
    """The office's templates by name, for their list and for whoever begins a text."""
    mine = select(TextTemplate).where(TextTemplate.office_id == editor().office_id)
    with services().db.reading() as session:
        return session.scalars(mine.order_by(TextTemplate.name).limit(MOST)).all()


def beginning(id_: int | None) -> Content | None:
    """What a new text begins with, when it is begun from a template of the office."""
    if id_ is None:
        return None
    with services().db.reading() as session:
        row = session.get(TextTemplate, id_)
    return Content.model_validate(row.content) if row and row.office_id == editor().office_id else None


@screen.route("/templates/new", methods=["GET", "POST"])
@screen.route("/templates/<int:id_>", methods=["GET", "POST"])
def one(id_: int | None = None) -> Response:
    """A template's form, and its keeping."""
    guard(Right.MANAGE)
    if request.method == "GET":
        return _form(_stored(id_) if id_ else USUAL, id_)
    outline = Outline(**{name: request.form.get(name, "") for name in Outline.__dataclass_fields__})
    try:
        templates.keep(
            services(), actor=actor(), office_id=editor().office_id, outline=outline, template_id=id_, now=now()
        )
    except WrongFieldsError as wrong:
        return _form(outline, id_, wrong.findings)
    flash(_("已保存。"))
    return see(url_for("templates.listing"))


@screen.post("/templates/<int:id_>/remove")
def remove(id_: int) -> Response:
    """Take it away."""
    name = templates.remove(services(), actor=actor(), office_id=editor().office_id, template_id=id_, now=now())
    flash(_("已删去模板“%(name)s”。", name=name))
    return see(url_for("templates.listing"))


def _stored(id_: int) -> Outline:
    with services().db.reading() as session:
        row = session.get(TextTemplate, id_)
    if row is None or row.office_id != editor().office_id:
        abort(404)
    return templates.outline_of(row)


def _form(outline: Outline, id_: int | None, findings: Sequence[Finding] = ()) -> Response:
    forms = [(f.value, Words(FORM_LABELS[f], f.value.replace("_", " "))) for f in Form]
    shown = {"values": asdict(outline), "id": id_, "findings": findings, "forms": forms}
    return make_response(render_template("console/template_form.html", **shown), 422 if findings else 200)
