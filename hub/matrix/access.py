"""What the verbs of the matrix look up first, and the sentences they refuse with."""

from __future__ import annotations

from sqlalchemy.orm import Session

from channels.text.cleaning import clean
from channels.words import NO_WORDS, Words
from hub.domain.refusals import Refusal
from hub.domain.roles import Right
from hub.models import Account
from hub.permissions import require
from hub.workflow import Actor

RELOAD = Words("请刷新页面，看过同事的改动后再保存。", "Reload, look at what was changed, then save again.")
LONGEST_REASON = 200


class MistakesError(Refusal):
    """Values of a form that can't be: `fields` has a sentence by field; "" is the whole of it."""

    def __init__(self, fields: dict[str, Words], code: str = "ACC-201") -> None:
        super().__init__(
            code,
            Words("有几处不能这样填，没有保存。", "Some values can't be; nothing was saved."),
            Words("请看标出的地方。", "See the marked places."),
        )
        self.fields = fields


def find_account(session: Session, actor: Actor, account_id: int, version: int) -> Account:
    """The account as the administrator saw it, locked until this transaction ends. Raises Refusal when they may not
    manage it, when there is none, and when somebody changed it meanwhile.
    """
    account = session.get(Account, account_id, with_for_update={"of": Account}, populate_existing=True)
    if account is None:
        raise Refusal("ACC-404", Words("没有这个账号。", "There is no such account."))
    require(session, actor, Right.MANAGE, account.office_id)
    if account.version != version:
        raise Refusal(
            "ACC-409",
            Words(
                "这个账号刚刚被别人改动过，您的改动没有保存。",
                "Somebody has just changed this account; nothing was saved.",
            ),
            RELOAD,
        )
    return account


def one_line(text: str) -> str:
    """A text of a form, cleaned and on one line."""
    return " ".join(clean(text).split())


def require_reason(reason: str, code: str, zh: str, en: str) -> str:
    """The reason, on one line. Raises Refusal for none, with the sentence, and for a long one."""
    text = one_line(reason)
    if not text:
        raise Refusal(code, Words(zh, en))
    if len(text) > LONGEST_REASON:
        raise Refusal(code, Words(f"原因超过{LONGEST_REASON}字。", f"Over {LONGEST_REASON} characters."), NO_WORDS)
    return text
