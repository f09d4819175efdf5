"""What verifying the chain answers: the verdict, and each break with its code and sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from channels.words import NO_WORDS, Words
from hub.audit.heads import Head

# More are counted, not listed.
LISTED = 20

SENTENCES: Mapping[str, Words] = {
    "AUD-201": Words(
        "第 {position} 环与其流转记录不符（流转 {move}，发布任务 {delivery}）：封存之后，这条记录或其封存值被改动。",
        "Link {position} does not fit its move (move {move}, delivery {delivery}): the move or its seal was changed "
        "after it was sealed.",
    ),
    "AUD-202": Words(
        "第 {position} 环所封存的流转 {move} 已不存在：这条记录被删除。",
        "Link {position} seals move {move}, which is not there any more: it was deleted.",
    ),
    "AUD-221": Words(
        "第 {position} 环与其记录不符（{table} 表第 {row} 行）：封存之后，这条记录或其封存值被改动。",
        "Link {position} does not fit its row ({table} {row}): the row or its seal was changed after it was sealed.",
    ),
    "AUD-222": Words(
        "第 {position} 环所封存的记录（{table} 表第 {row} 行）已不存在：这条记录被删除，或封存记录被改动。",
        "Link {position} seals {table} {row}, which is not there any more: it was deleted, or its seal was changed.",
    ),
    "AUD-203": Words(
        "缺少第 {position} 环（下一环为第 {found} 环）：封存记录被删除或改号。",
        "Link {position} is missing (the next one is {found}): a seal was deleted or renumbered.",
    ),
    "AUD-204": Words(
        "第 {position} 环不属于这条链（流转 {move}）：封存记录被插入或改号。",
        "Link {position} does not belong to the chain (move {move}): a seal was inserted or renumbered.",
    ),
    "AUD-205": Words(
        "链到第 {found} 环为止，而 {at} 记下的链头是第 {position} 环：链的末尾被截去，或恢复了更早的备份。",
        "The chain ends at link {found}, but its head noted at {at} was link {position}: its end was cut off, or an "
        "older backup was restored.",
    ),
    "AUD-206": Words(
        "第 {position} 环与 {at} 记下的链头不同：链在第 {found} 环之后被重写。",
        "Link {position} is not the head that was noted at {at}: the chain was rewritten after link {found}.",
    ),
    "AUD-211": Words(
        "发布任务 {delivery} 的流转 {move} 接不上前一条（{found}）：流转记录不合规则。",
        "Move {move} of delivery {delivery} does not follow from the one before ({found}): the trail is not legal.",
    ),
    "AUD-212": Words(
        "发布任务 {delivery} 现为 {found}，与其最后一条流转 {move} 不符：有人绕过程序改了这一行。",
        "Delivery {delivery} is {found}, which is not what its last move {move} says: its row was changed by hand.",
    ),
    "AUD-213": Words(
        "发布任务 {delivery} 没有任何流转记录（现为 {found}）。",
        "Delivery {delivery} has no moves at all (it is {found}).",
    ),
    "AUD-214": Words(
        "流转 {move} 所属的发布任务 {delivery} 已不存在：这一行被删除。",
        "Move {move} is of delivery {delivery}, which is not there any more: its row was deleted.",
    ),
}
ADVICE = Words(
    "请勿改动数据库；保留数据目录与备份，与此前记下的链头比对，并报告管理员。",
    "Leave the database as it is; keep the data folder and the backups, compare with heads noted earlier, and tell the "
    "administrator.",
)


@dataclass(frozen=True)
class Break:
    """One place where the trail is not what it was. What is not known of it is None."""

    code: str
    position: int | None = None
    move_id: int | None = None
    delivery_id: int | None = None
    found: object = None
    at: str = ""
    # Of a link that seals no move: the table and its row.
    table: str = ""
    row_id: int | None = None

    @property
    def words(self) -> Words:
        """The sentence, without its code."""
        values = {"position": self.position, "move": self.move_id, "delivery": self.delivery_id, "row": self.row_id}
        values = {name: "?" if value is None else value for name, value in values.items()}  # type: ignore[misc]
        return Words(
            *(part.format(**values, found=self.found, at=self.at, table=self.table) for part in SENTENCES[self.code])
        )

    def as_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        places = {"position": self.position, "move_id": self.move_id, "delivery_id": self.delivery_id}
        of_row = {"table": self.table, "row_id": self.row_id} if self.table else {}
        return {"code": self.code, **places, **of_row, "sentence": self.words.as_dict()}


@dataclass(frozen=True)
class Warned:
    """Something to look at that breaks nothing."""

    code: str
    words: Words
    suggestion: Words = NO_WORDS

    def as_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {"code": self.code, "sentence": self.words.as_dict(), "suggestion": self.suggestion.as_dict()}


@dataclass(frozen=True)
class Verdict:
    """What was checked and what was found. `breaks` are the first ones, the chain's before those of single trails;
    `broken` counts all. `unsealed` moves wait for the clock, the earliest since `unsealed_since`.
    """

    links: int
    head: Head | None
    notes: int
    deliveries: int
    unsealed: int
    unsealed_since: datetime | None
    breaks: tuple[Break, ...]
    broken: int
    warnings: tuple[Warned, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is broken."""
        return not self.broken

    @property
    def first(self) -> Break | None:
        """The first broken row."""
        return self.breaks[0] if self.breaks else None

    def as_dict(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {
            "whole": self.whole,
            "links": self.links,
            "head": self.head.as_dict() if self.head else None,
            "notes": self.notes,
            "deliveries": self.deliveries,
            "unsealed": self.unsealed,
            "unsealed_since": self.unsealed_since.isoformat() if self.unsealed_since else None,
            "broken": self.broken,
            "breaks": [found.as_dict() for found in self.breaks],
            "warnings": [warned.as_dict() for warned in self.warnings],
        }


@dataclass
class Found:
    """Collects breaks in the order in which they are found."""

    listed: list[Break] = field(default_factory=list)
    count: int = 0

    def add(self, found: Break) -> None:
        """Count it, and keep it if it is among the first."""
        self.count += 1
        if len(self.listed) < LISTED:
            self.listed.append(found)
