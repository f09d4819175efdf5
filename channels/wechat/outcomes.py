"""How a post ended at the platform, in sentences. Errors and remarks are WEC-330 to 359."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from channels.base import Permanent, Receipt, Remark
from channels.wechat import refusals
from channels.wechat.comparing import same, text_of
from channels.wechat.letter import Letter
from channels.wechat.shelf import Standing
from channels.words import Words

# freepublish/get: publish_status.
PUBLISHED, PUBLISHING, NOT_ORIGINAL, NOT_DONE, REFUSED, DELETED, BANNED = range(7)


def receipt_of(letter: Letter, there: Standing) -> Receipt:
    """The receipt of what is published, its title and text compared with what was sent."""
    digest = hashlib.sha256(text_of(str(there.article.get("content", ""))).encode()).hexdigest()
    fits = same(letter.plain, there.article)
    proof = f"读回标题和正文{'一致' if fits else '不一致'} read back, text sha256 {digest}"
    remark = None if fits else Remark("WEC-340", DIFFERS)
    return Receipt(platform_id=f"{there.article_id}:{there.index}", url=there.url, proof=proof, remark=remark)


def ended(status: int) -> Permanent:
    """The reason why a task did not end in a publication."""
    code, words = _ENDS.get(status, ("WEC-339", _odd(status)))
    return Permanent(code, words, None if status == REFUSED else refusals.AGAIN)


def removed(status: int) -> Remark | None:
    """What happened to an article after it was published."""
    if status == DELETED:
        return Remark("WEC-341", BY_THE_ACCOUNT)
    return Remark("WEC-342", BY_THE_PLATFORM) if status == BANNED else None


def number_of(answer: Mapping[str, Any], name: str) -> str:
    """An id of an answer, which may be text or a number. Raises Unknown when it is not there: something was done."""
    value = answer.get(name)
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        raise refusals.lost()
    return str(value)


def _odd(status: int) -> Words:
    return Words(f"公众平台给出未知的发布状态{status}。", f"The platform gave the unknown status {status}.")


HANDED_OVER = Words(
    "草稿已在公众平台草稿箱。请登录公众平台核对后发表，再在此登记链接。",
    "The draft is at the platform. Look it over and publish it there, then record the link here.",
)
DRAFT_GONE = Words(
    "公众平台草稿箱里的草稿已被删除，没有发表。需要发布请重试，系统会重新生成草稿。",
    "The draft was deleted at the platform and not published. Retry, and a new one is made.",
)
NOT_SEEN_YET = Words(
    "已提交发表，尚未在公众平台看到，稍后再核对。", "It was submitted and is not to be seen yet; looked for again soon."
)
ONLY_A_PERSON = Words(
    "提交发表后没有收到回答，也没有看到文章。请到公众平台“发表记录”查看，再在此登记是否已发表。",
    "It was submitted, no answer came, and it is not to be seen. See the platform's list of publications, then record "
    "here whether it is out.",
)
STILL = Words("公众平台正在处理，稍后再查。", "The platform is still at it; asked again later.")
NOT_LISTED_YET = Words(
    "公众平台说已发表，文章还读不回来，稍后再查。", "The platform says it is out; it can't be read back yet."
)
DIFFERS = Words(
    "已发表，但读回的标题、正文或图片与送出的不一致。请打开文章核对。",
    "It is out, but title, text or pictures are not what was sent. Open the article and compare.",
)
UNREAD = Words(
    "已发表，但未能读回核对。请打开文章看一眼。", "It is out, but could not be read back. Have a look at the article."
)
BY_THE_ACCOUNT = Words(
    "文章已在公众平台被删除（由账号管理者）。如属误删，请重新发布；确需撤回，请在此撤回。",
    "The article was deleted at the platform by the account's own people. Publish it again, or withdraw it here.",
)
BY_THE_PLATFORM = Words(
    "文章已被公众平台下架。请到公众平台查看通知，处理后重新发布，或在此撤回。",
    "The platform has taken the article down. See its notice, then publish again, or withdraw it here.",
)
_ENDS = {
    NOT_ORIGINAL: (
        "WEC-331",
        Words(
            "公众平台：原创审核未通过，文章没有发表，草稿仍在。请检查是否声明了原创，改后重试。",
            "The platform refused the claim of originality; the article is not out. Look at the draft, then retry.",
        ),
    ),
    NOT_DONE: (
        "WEC-332",
        Words(
            "公众平台：发表失败，草稿仍在。请重试，仍不行请到公众平台人工发表。",
            "The platform failed to publish it; the draft is there. Retry, or publish it there by hand.",
        ),
    ),
    REFUSED: (
        "WEC-333",
        Words(
            "公众平台：审核未通过，文章没有发表。请到公众平台查看原因，修改正文后重新发布。",
            "The platform's review refused it; the article is not out. See the reason there, mend the text.",
        ),
    ),
    DELETED: ("WEC-341", BY_THE_ACCOUNT),
    BANNED: ("WEC-342", BY_THE_PLATFORM),
}
