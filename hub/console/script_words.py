"""What the compose page's scripts say, in the page's language."""

from __future__ import annotations

from flask_babel import gettext as _


def script_words() -> dict[str, str]:
    """Every sentence by its name; `{…}` is filled in by the script."""
    return {
        "kept": _("{time} 已自动保存，尚未保存为新版"),
        "keptHere": _("{time} 已存在本机浏览器，连上后再保存"),
        "unsaved": _("未保存"),
        "waitingHere": _("这台电脑的浏览器里有 {time} 未保存的改动。"),
        "resume": _("继续"),
        "discard": _("放弃"),
        "discarded": _("已放弃浏览器里的改动。"),
        "undo": _("撤销"),
        "removed": _("已删去一条{what}。"),
        "moved": _("{what}已移到第 {number} 条，共 {count} 条。"),
        "fixed": _("已改为“{text}”。"),
        "fixedAway": _("已删去“{text}”。"),
        "fixGone": _("这处文字已变，没有改动。"),
        "newer": _("{name}已保存第 {version} 版。您保存时会先对照两边的文字。"),
        "somebody": _("有人"),
        "numberWrong": _("发文字号的格式应为“发文机关代字〔四位年份〕序号号”。"),
        "numberRight": _("建议改为“{text}”"),
        "found": _("找到 {count} 项"),
        "none": _("没有找到"),
        "row": _("条目"),
    }
