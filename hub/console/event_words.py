"""What the trail's kinds and fields are called on screen."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _

screen = Blueprint("event_words", __name__)

KINDS: dict[str, Any] = {
    "policy.added": _("登记政策文件"),
    "policy.changed": _("修改政策文件"),
    "policy.merged": _("合并政策文件"),
    "policy.imported": _("从表格导入政策文件"),
    "interpreter.added": _("登记解读人"),
    "interpreter.changed": _("修改解读人"),
    "interpreter.phone": _("改电话"),
    "word.added": _("加一个词"),
    "word.changed": _("改一个词"),
    "word.removed": _("删去一个词"),
    "word.imported": _("从表格导入词语"),
    "leader.changed": _("修改领导职务"),
    "subjects.renamed": _("修改领域名称"),
}
FIELDS: dict[str, Any] = {
    "title": _("政策名称"),
    "number": _("发文字号"),
    "issuer": _("发文机关"),
    "signed": _("成文日期"),
    "published": _("公布日期"),
    "effective": _("施行日期"),
    "validity": _("有效性"),
    "url": _("全文网址"),
    "subject": _("领域"),
    "replaced_by_id": _("被哪份替代"),
    "merged_into": _("并入"),
    "phone": _("公开电话"),
    "name": _("姓名"),
    "role": _("职务"),
    "office_name": _("解读机构"),
    "kind": _("类别"),
    "trained": _("培训日期"),
    "active": _("在任"),
}


@screen.app_template_global("event_word")
def event_word(kind: str) -> Any:
    """The kind as screens call it; the kind itself when no screen knows it."""
    return KINDS.get(kind, kind)


@screen.app_template_global("field_word")
def field_word(name: str) -> Any:
    """The field as screens call it."""
    return FIELDS.get(name, name)
