"""The two-way link that inspections sample: an interpretation names its policies, each policy its interpretations."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from channels.items import Item

Pair = tuple[str, int]


class OneWayLinkError(ValueError):
    """A link that goes one way only: `pairs` are (identity of the piece, id of the policy)."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self.pairs = sorted(pairs)
        shown = "、".join(f"{identity}↔{policy}" for identity, policy in self.pairs[:10])
        super().__init__(f"政策文件与解读没有双向链接：{shown}")


def require_two_ways(item: Item, policy_ids: Collection[int]) -> None:
    """Raises OneWayLinkError when the item names a policy that has no page. Each page lists what names it."""
    one_way = {(item.identity, p.id) for p in item.policies if p.id is not None and p.id not in policy_ids}
    if one_way:
        raise OneWayLinkError(one_way)
