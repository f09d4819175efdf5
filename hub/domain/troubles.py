"""A trouble (what a delivery shows when it isn't well): what happened, whose turn it is, and what to press."""

from __future__ import annotations

from enum import StrEnum

from channels.words import Words

# {"code", "zh", "en", "turn", "press"}; "turn" and "press" may be missing in rows written long ago.
Trouble = dict[str, str]


class Turn(StrEnum):
    """Whose turn it is."""

    MACHINE = "machine"  # it goes on by itself
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"
    PERSON = "person"  # whoever posts to the account by hand


class Press(StrEnum):
    """What helps: the name of a button or of a page."""

    WAIT = "wait"
    RETRY = "retry"
    ACCOUNT = "account"  # mend the account's settings, then retry
    TEXT = "text"  # mend the text, then publish the new version
    FOLDER = "folder"  # make room or give rights on the disk, then retry
    HAND = "hand"  # post it, or take it down, and record where
    LOOK = "look"  # see at the platform, then say whether it is there
    CHOOSE = "choose"  # publish now, reschedule or cancel


TURN_WORDS = {
    Turn.MACHINE: Words("系统自动处理", "the system goes on by itself"),
    Turn.EDITOR: Words("请编辑处理", "an editor's turn"),
    Turn.ADMINISTRATOR: Words("请管理员处理", "an administrator's turn"),
    Turn.PERSON: Words("请发布人员处理", "the turn of whoever posts by hand"),
}


def trouble(code: str, sentence: Words, turn: Turn, press: Press) -> Trouble:
    """The trouble as it is stored, with the code in front of both sentences."""
    zh, en = (s if s.startswith(code) else f"{code} {s}" for s in sentence)
    return {"code": code, "zh": zh, "en": en, "turn": turn.value, "press": press.value}
