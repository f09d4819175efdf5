"""更多: every registry with what it is for and how much is in it; and the rail, made of the screens that are there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from hub.console.here import editor, guard, services
from hub.console.scope import site_of_office, visible
from hub.domain.roles import Right
from hub.models import (
    Column,
    Interpretation,
    Interpreter,
    Livestream,
    Media,
    OfficeWord,
    Policy,
    TextTemplate,
    User,
)

screen = Blueprint("more", __name__)

# Where one goes daily: endpoint, icon, label, the right without which it isn't shown, and further blueprints of it.
RAIL: tuple[tuple[str, str, Any, Right | None, tuple[str, ...]], ...] = (
    ("desk.home", "inbox", _("工作台"), None, ()),
    ("composing.new", "pencil-line", _("写稿"), Right.WRITE, ()),
    ("reviewing.listing", "stamp", _("审核"), Right.READ, ("reviewing", "comparing", "slips", "review_rules")),
    ("schedule.calendar", "calendar-days", _("排期"), Right.READ, ("schedule", "placing", "slots")),
    ("deliveries.listing", "send", _("发布任务"), Right.READ, ("deliveries",)),
    ("accounts.listing", "network", _("账号矩阵"), Right.READ, ("accounts", "account", "offices", "matrix_table")),
    ("more.page", "layout-grid", _("更多"), Right.READ, ()),
)


@dataclass(frozen=True)
class Entry:
    """One registry: where it is, how it looks, what it is for; `count` makes the question how much is in it."""

    endpoint: str
    shape: str
    label: Any
    purpose: Any
    right: Right = Right.READ
    count: Callable[[Session], Select[int] | None] = lambda _session: None


def _visible(session: Session, model: Any) -> Select[int]:
    return select(func.count()).select_from(model).where(visible(session, model.office_id))


def _policies(session: Session) -> Select[int]:
    return _visible(session, Policy).where(Policy.merged_into_id.is_(None))


def _livestreams(session: Session) -> Select[int]:
    mine = visible(session, Interpretation.office_id)
    return select(func.count()).select_from(Livestream).join(Interpretation).where(mine)


def _columns(session: Session) -> Select[int]:
    site_id = site_of_office(session, editor().office_id)
    return select(func.count()).select_from(Column).where(Column.site_id == site_id)


def _own(model: Any) -> Callable[[Session], Select[int]]:
    return lambda _session: select(func.count()).select_from(model).where(model.office_id == editor().office_id)


# Groups of the page. A screen that isn't installed, or that one has no right to, is left out.
GROUPS: tuple[tuple[Any, tuple[Entry, ...]], ...] = (
    (
        _("写稿要用的"),
        (
            Entry(
                "policies.listing",
                "file-text",
                _("政策文件"),
                _("解读哪些文件：字号、日期、有效性，缺不缺解读。"),
                count=_policies,
            ),
            Entry(
                "interpreters.listing",
                "users",
                _("解读人"),
                _("谁来解读、打什么电话；改号码时列出每一处。"),
                count=lambda session: _visible(session, Interpreter),
            ),
            Entry(
                "media.listing",
                "image",
                _("素材库"),
                _("用过的图片：查找、再用、替代文字、用在哪里。"),
                count=_own(Media),
            ),
            Entry(
                "words.listing",
                "spell-check",
                _("词语与规则"),
                _("本单位不用的词、领导姓名职务，和各项规则的出处。"),
                count=_own(OfficeWord),
            ),
            Entry("columns.listing", "folder-tree", _("栏目与标签"), _("网站上的位置和它的网页标签。"), count=_columns),
            Entry(
                "sites.page",
                "landmark",
                _("网站设置"),
                _("网站名称、标识码，和每页页脚的备案号、找错入口。"),
                Right.MANAGE,
            ),
            Entry(
                "templates.listing",
                "copy",
                _("模板"),
                _("写稿从模板开始：备好的小标题、要点和问答。"),
                count=_own(TextTemplate),
            ),
            Entry(
                "livestreams.listing",
                "radio-tower",
                _("直播"),
                _("将要开始的和已经结束的直播，对应哪篇解读。"),
                count=_livestreams,
            ),
        ),
    ),
    (
        _("发布要管的"),
        (
            Entry("held.listing", "circle-pause", _("暂缓"), _("太晚没有发出的、正值静默时段的，等您决定。")),
            Entry(
                "holding.listing",
                "octagon-pause",
                _("暂停发布与静默时段"),
                _("一键停止全部发布；考试、哀悼日和夜里不发。"),
            ),
        ),
    ),
    (
        _("管理"),
        (
            Entry(
                "users.listing",
                "circle-user-round",
                _("用户与角色"),
                _("谁能写、审、发、管，管到哪个单位和区域。"),
                Right.PEOPLE,
                _own(User),
            ),
            Entry("trail.listing", "history", _("操作日志"), _("谁在什么时候做了什么，一条也改不了。"), Right.AUDIT),
            Entry("system.health", "heart-pulse", _("系统健康"), _("时钟、队列、数据库和磁盘是否正常，不正常怎么办。")),
        ),
    ),
)


@screen.get("/more")
def page() -> str:
    """All registries by group, each with its count."""
    guard(Right.READ)
    groups = [(title, [e for e in entries if _offered(e.endpoint, e.right)]) for title, entries in GROUPS]
    with services().db.reading() as session:
        counts = {
            entry.endpoint: session.scalar(query) or 0
            for _title, entries in groups
            for entry in entries
            if (query := entry.count(session)) is not None
        }
    return render_template("console/more.html", groups=[g for g in groups if g[1]], counts=counts)


def _offered(endpoint: str, right: Right | None) -> bool:
    return endpoint in current_app.view_functions and (right is None or editor().may(right))


@screen.app_template_global("rail")
def rail() -> list[tuple[str, str, Any, str]]:
    """The rail's entries: endpoint, icon, label, and what `aria-current` says of it ("page", "true", or nothing)."""
    shown = [entry for entry in RAIL if _offered(entry[0], entry[3])]
    return [(endpoint, shape, label, _current(endpoint, more)) for endpoint, shape, label, _right, more in shown]


def _current(endpoint: str, blueprints: tuple[str, ...]) -> str:
    if request.endpoint == endpoint:
        return "page"
    below = {e.endpoint.partition(".")[0] for _title, entries in GROUPS for e in entries}
    mine = below if endpoint == "more.page" else blueprints
    return "true" if request.blueprint in mine else ""
