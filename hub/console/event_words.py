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
    "template.added": _("做一个模板"),
    "template.changed": _("改模板"),
    "template.removed": _("删去模板"),
    "subjects.renamed": _("修改领域名称"),
    "user.created": _("创建了用户"),
    "user.changed": _("更改了资料"),
    "user.activated": _("重新启用"),
    "user.deactivated": _("停用"),
    "user.password-changed": _("更改了自己的密码"),
    "user.password-given": _("给了一次性密码"),
    "user.factor-on": _("开启了第二重验证"),
    "user.factor-off": _("关闭了第二重验证"),
    "user.factor-reset": _("重置了第二重验证"),
    "user.codes-renewed": _("换了一组恢复码"),
    "user.signed-out": _("结束了所有登录"),
    "user.unlocked": _("解除了登录限制"),
    "user.identity-linked": _("关联了统一身份认证"),
    "grant.given": _("添加了角色"),
    "grant.taken": _("收回了角色"),
    "slot.added": _("添加档期"),
    "slot.changed": _("修改档期"),
    "office.changed": _("修改了单位设置"),
    "office.added": _("登记了单位"),
    "area.added": _("登记了区域"),
    "area.renamed": _("修改了区域名称"),
    "account.added": _("登记了账号"),
    "account.described": _("修改了账号资料"),
    "account.settings": _("修改了账号设置"),
    "account.imported": _("从表格修改了账号"),
    "account.closed": _("停用了账号"),
    "account.reopened": _("重新启用了账号"),
    "column.opened": _("开设了栏目"),
    "column.changed": _("修改了栏目"),
    "site.changed": _("修改了网站设置"),
    "picture.added": _("收入了图片"),
    "picture.described": _("修改了图片说明"),
    "picture.removed": _("删去了图片"),
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
    "login": _("用户名"),
    "email": _("邮箱"),
    "level": _("审次"),
    "area": _("区域"),
    "office": _("单位"),
    "sign_ins": _("登录"),
    "domain": _("域名"),
    "id_code": _("网站标识码"),
    "contact": _("主办单位和联系方式"),
    "icp": _("ICP 备案号"),
    "police": _("公安备案号"),
    "find_errors": _("“我为政府网站找错”入口"),
    "second_factor_roles": _("须第二重验证的角色"),
}


@screen.app_template_global("event_word")
def event_word(kind: str) -> Any:
    """The kind as screens call it; the kind itself when no screen knows it."""
    return KINDS.get(kind, kind)


@screen.app_template_global("field_word")
def field_word(name: str) -> Any:
    """The field as screens call it."""
    return FIELDS.get(name, name)
