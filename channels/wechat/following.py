"""What becomes of a post after the platform has accepted it: out or refused, still there, taken down by us."""

from __future__ import annotations

from typing import Any

from channels.base import Accepted, NeedsHand, Receipt, Remark, Retryable
from channels.manuscript import Withdrawal
from channels.wechat.client import PUBLISHED as QUESTIONS
from channels.wechat.client import Client
from channels.wechat.comparing import is_ours
from channels.wechat.outcomes import NOT_LISTED_YET, PUBLISHED, PUBLISHING, UNREAD, ended, receipt_of, removed
from channels.wechat.posting import Posting
from channels.wechat.refusals import Refusal, only_asking
from channels.wechat.shelf import Shelf, Standing
from channels.words import Words

# Questions of a day that are left for what matters more than looking back.
RESERVE = 10
_NO_SUCH_ARTICLE = 53600


def confirm(posting: Posting) -> Receipt | Accepted:
    """Ask after the task of this send; when it is out, read it back. Raises as `channels.base.Confirms.confirm`."""
    number = posting.steps["publish"]
    with only_asking():
        answer = posting.client.call("freepublish/get", publish_id=number)
    status = answer.get("publish_status")
    if status == PUBLISHING or not isinstance(status, int):
        return Accepted(number)
    if status != PUBLISHED:
        # The draft stays; whoever tries again submits it anew.
        posting.memory.note(posting.steps, publish="")
        raise ended(status)
    with only_asking():
        receipt = _out(posting, answer)
    posting.forget_draft()
    return receipt


def _out(posting: Posting, answer: dict[str, Any]) -> Receipt:
    article_id = str(answer.get("article_id", ""))
    there = [s for s in posting.shelf.published() if s.article_id == article_id] if _may_ask(posting) else []
    if there:
        plain, key = posting.letter.plain, posting.letter.key
        return receipt_of(posting.letter, next((s for s in there if is_ours(plain, s.article, key)), there[0]))
    if _may_ask(posting):
        raise Retryable("WEC-336", NOT_LISTED_YET)
    details = answer.get("article_detail", {}).get("item", [])
    index, url = (details[0].get("idx", 1), details[0].get("article_url", "")) if details else (1, "")
    return Receipt(platform_id=f"{article_id}:{index}", url=url, remark=Remark("WEC-343", UNREAD))


def _may_ask(posting: Posting) -> bool:
    return posting.client.left(QUESTIONS) > RESERVE


def watch(client: Client, key: str) -> Remark | None:
    """Whether the article still stands; None also when the day's questions are needed for others."""
    number = client.far_end.memory.steps(key)["publish"]
    if not number or client.left(QUESTIONS) <= RESERVE:
        return None
    with only_asking():
        answer = client.call("freepublish/get", publish_id=number)
    return removed(answer.get("publish_status", PUBLISHED))


def placed(receipt: Receipt) -> tuple[str, int] | None:
    """Which article of which publication a receipt of ours names; None for what a person posted."""
    article_id, _, index = receipt.platform_id.rpartition(":")
    return (article_id, int(index)) if article_id and index.isdigit() and int(index) > 0 else None


def retract(shelf: Shelf, receipt: Receipt, withdrawal: Withdrawal) -> Receipt:
    """Delete this one article of its publication: with no index, or 0, all of them would go. Called again it finds it
    gone and says the same.
    """
    found = placed(receipt)
    if found is None:
        raise NeedsHand("WEC-350", _by_hand(receipt))
    article_id, index = found
    there = _listed(shelf, article_id, index)
    # What is too old to be listed among the newest is deleted all the same.
    if there is None or not there.deleted:
        try:
            shelf.client.call("freepublish/delete", article_id=article_id, index=index)
        except Refusal as refusal:
            if refusal.errcode != _NO_SUCH_ARTICLE:
                raise
        there = _listed(shelf, article_id, index)
        if there is not None and not there.deleted:
            raise Retryable("WEC-352", STILL_THERE)
    return Receipt(
        proof=f"已删除，发表记录中不再有 deleted, no longer listed: {article_id}:{index}; {withdrawal.reason}"
    )


def _listed(shelf: Shelf, article_id: str, index: int) -> Standing | None:
    return next((s for s in shelf.listed() if (s.article_id, s.index) == (article_id, index)), None)


def _by_hand(receipt: Receipt) -> Words:
    at = receipt.url or receipt.platform_id
    return Words(
        f"此内容由人工发布，请到公众平台的“发表记录”删除{f'：{at}' if at else ''}，删除后在此登记。",
        f"A person posted this. Delete it in the platform's list of publications{f': {at}' if at else ''}, "
        "then record it here.",
    )


STILL_THERE = Words("已请求删除，文章仍可见，稍后再试。", "It was deleted and is still to be seen; tried again soon.")
CORRECT_BY_HAND = Words(
    "公众号文章发表后，接口不能修改。请到公众平台“发表记录”修改原文（每篇一次，不超过20字），"
    "或撤回后重新发布；完成后在此登记链接。",
    "A published article can't be changed through the interface. Edit it in the platform's list of publications "
    "(once, 20 characters), or withdraw and publish anew; then record the link here.",
)
