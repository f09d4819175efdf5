"""The platform's error codes: what each means for a delivery, in a sentence and what to do. Errors are WEC-300 to 329.

Source: the platform's table of global return codes, and the pages of the calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from channels.base import ChannelError, NeedsHand, Permanent, Retryable, Unknown
from channels.words import Words

# The token is of no use: refreshed once, then tried once more.
STALE_TOKEN = frozenset({40001, 40014, 42001})
# Whose turn a lasting error is, and what helps.
OPERATOR, AGAIN = ("administrator", "retry"), ("editor", "retry")
NO_RIGHT, QUOTA, BUSY, TOO_OFTEN, UNKNOWN_MEDIA, NOT_LISTED = 48001, 45009, -1, 45011, 40007, 40164
_CREDENTIALS = frozenset({40001, 40013, 40125, 40243})
_IP = re.compile(r"(?:invalid ip )?(\d{1,3}(?:\.\d{1,3}){3})")


class Refusal(Exception):
    """The platform's answer with an errcode: a definite no. `errmsg` carries no secret any more."""

    def __init__(self, errcode: int, errmsg: str, call: str) -> None:
        super().__init__(f"{call}: {errcode} {errmsg}")
        self.errcode, self.errmsg, self.call = errcode, errmsg, call


@contextmanager
def translated() -> Iterator[None]:
    """What the platform refuses in this block, as the error that a delivery understands."""
    try:
        yield
    except Refusal as refusal:
        raise meaning(refusal) from refusal


@contextmanager
def only_asking() -> Iterator[None]:
    """Whatever keeps a question of this block from being answered says nothing about what was asked after: it is asked
    again.
    """
    try:
        with translated():
            yield
    except ChannelError as error:
        raise Retryable(error.code, error.sentence) from error


def meaning(refusal: Refusal) -> ChannelError:
    """What a refusal means for the delivery."""
    code = refusal.errcode
    if refusal.call == "stable_token" and code in _CREDENTIALS:
        return wrong_credentials()
    if code == NOT_LISTED:
        return Permanent("WEC-311", _not_listed(refusal.errmsg), OPERATOR)
    if code in _TABLE:
        kind, ours, words, *remedy = _TABLE[code]
        return kind(ours, words, *remedy)
    return Permanent("WEC-329", _other(refusal), OPERATOR)


def wrong_credentials() -> Permanent:
    """AppID and secret don't fit, or the secret is missing."""
    return Permanent("WEC-310", _CREDENTIALS_WRONG, ("editor", "account"))


def _not_listed(errmsg: str) -> Words:
    found = _IP.search(errmsg)
    ip = found.group(1) if found else ""
    return Words(
        f"公众平台不接受本机的地址{ip}。请在公众平台“设置与开发—安全中心—IP白名单”中加入{ip or '它'}，再重试。",
        f"The platform does not take our address {ip}. Add it to the IP white list there, then retry.",
    )


def _other(refusal: Refusal) -> Words:
    said = f"{refusal.errcode} {refusal.errmsg[:120]}"
    return Words(
        f"公众平台拒绝了请求（{refusal.call}）：{said}。请把编号告诉管理员。",
        f"The platform refused {refusal.call}: {said}. Tell the administrator.",
    )


_CREDENTIALS_WRONG = Words(
    "AppID或AppSecret不对，公众平台不发访问令牌。请在账号设置中更正。",
    "AppID or AppSecret is wrong; the platform gives no token. Mend them in the account's settings.",
)
_QUOTA = Words(
    "这个公众号今天的接口调用次数已用完，次日0时（北京时间）恢复。请届时重试，或到公众平台人工发布。",
    "The account has used up its calls of today; it goes on at midnight in Beijing. Retry then, or post by hand.",
)
_TOO_OFTEN = Words("公众平台要求放慢，稍后自动再试。", "The platform asks to slow down; tried again by itself.")
_BUSY = Words("公众平台繁忙，稍后自动再试。", "The platform is busy; tried again by itself.")
_NO_RIGHT = Words(
    "这个公众号没有接口发布的权限（个人号和未认证的号没有）。请用成品人工发布，完成后登记链接。",
    "The account has no right to publish through the interface. Post the files by hand, then record the link.",
)
_GONE = Words(
    "公众平台上没有这个封面或草稿：可能被人删除，或已经发表。请到公众平台查看后再试。",
    "The cover or draft is not there: deleted by somebody, or published already. See at the platform, then retry.",
)
_IMAGE = Words("公众平台不收这张图片。请换成JPG或PNG再发布。", "The platform refuses a picture. Use JPG or PNG.")
_CONTENT = Words("正文（含格式）超过公众平台的上限。请精简或拆成两篇。", "The article is too long with its markup.")
_TITLE = Words(
    "标题超过公众平台的上限。请填写较短的公众号标题。", "The title is too long. Give the account a shorter one."
)
_AUTHOR = Words(
    "作者超过公众平台的上限。请在账号设置中填写简称。", "The author is too long. Shorten it in the settings."
)
_DIGEST = Words("摘要超过公众平台的上限。请缩短摘要。", "The digest is too long. Shorten the summary.")
_LINK = Words("原文链接超过公众平台的上限。请换成较短的地址。", "The source link is too long. Use a shorter address.")
_SHAPE = Words(
    "公众平台不认识请求的格式。请把编号告诉管理员。", "The platform did not understand us. Tell the administrator."
)
_INVALID = Words(
    "公众平台认为正文含有不允许的内容或格式。请检查正文后再发布。",
    "The platform finds something in the text that it does not allow. Look at it, then publish again.",
)
_CROP = Words(
    "公众平台不接受封面的裁剪。请把编号告诉管理员。", "The platform refuses the cover's crop. Tell the administrator."
)
_AT_THE_DESK = Words(
    "公众平台要求在其网站上处理这篇草稿。请登录公众平台，在草稿箱中打开、保存并发表，再登记链接。",
    "The platform wants this draft handled on its own site: open, save and publish it there, then record the link.",
)
_STALE = Words("公众平台不认访问令牌，稍后自动再试。", "The platform does not know the token; tried again by itself.")
_TABLE: dict[int, tuple[type[ChannelError], str, Words] | tuple[type[ChannelError], str, Words, tuple[str, str]]] = {
    **dict.fromkeys(STALE_TOKEN, (Retryable, "WEC-326", _STALE)),
    QUOTA: (Permanent, "WEC-312", _QUOTA, AGAIN),
    TOO_OFTEN: (Retryable, "WEC-313", _TOO_OFTEN),
    BUSY: (Retryable, "WEC-313", _BUSY),
    NO_RIGHT: (NeedsHand, "WEC-314", _NO_RIGHT),
    UNKNOWN_MEDIA: (Permanent, "WEC-315", _GONE, AGAIN),
    **dict.fromkeys((40005, 40009, 40137), (Permanent, "WEC-316", _IMAGE)),
    45002: (Permanent, "WEC-317", _CONTENT),
    45003: (Permanent, "WEC-318", _TITLE),
    45004: (Permanent, "WEC-319", _DIGEST),
    45005: (Permanent, "WEC-327", _LINK),
    45110: (Permanent, "WEC-320", _AUTHOR, ("editor", "account")),
    **dict.fromkeys((44003, 47001, 40097), (Permanent, "WEC-321", _SHAPE, OPERATOR)),
    45166: (Permanent, "WEC-322", _INVALID),
    53402: (Permanent, "WEC-323", _CROP, OPERATOR),
    **dict.fromkeys((53503, 53504, 53505), (NeedsHand, "WEC-324", _AT_THE_DESK)),
}


def unreachable() -> Retryable:
    """The line was never made: nothing was sent."""
    return Retryable(
        "WEC-301", Words("连不上公众平台，稍后自动再试。", "The platform can't be reached; tried again by itself.")
    )


def unanswered() -> Retryable:
    """A question got no answer; asking changes nothing."""
    return Retryable(
        "WEC-302", Words("公众平台没有回答，稍后自动再试。", "The platform did not answer; tried again by itself.")
    )


def lost() -> Unknown:
    """Something that must not be done twice was sent, and no answer came."""
    return Unknown(
        "WEC-303",
        Words(
            "已提交公众平台，没有收到回答。系统会先到平台核对，不会重复提交。",
            "It was handed to the platform and no answer came. The platform is asked first; nothing is done twice.",
        ),
    )
