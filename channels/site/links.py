"""The two-way link that inspections sample: an interpretation names its policies, each policy its interpretations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from channels.items import Item

Pair = tuple[str, int]


class OneWayLinkError(ValueError):
    """A link that goes one way only: `pairs` are (identity of the piece, id of the policy)."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self.pairs = sorted(pairs)
        shown = "、".join(f"{identity}↔{policy}" for identity, policy in self.pairs[:10])
        super().__init__(f"政策文件与解读没有双向链接：{shown}")


def shelve(items: Iterable[Item], policy_ids: Iterable[int]) -> dict[int, list[Item]]:
    """For each policy that has a page, the items it lists, in the items' order."""
    shelves: dict[int, list[Item]] = {policy_id: [] for policy_id in policy_ids}
    for item in items:
        for policy_id in dict.fromkeys(p.id for p in item.policies):
            if policy_id in shelves:
                shelves[policy_id].append(item)
    return shelves


def require_two_ways(items: Iterable[Item], shelves: Mapping[int, Sequence[Item]]) -> None:
    """Raises OneWayLinkError when an item names a policy whose page is missing or doesn't list it, or the reverse."""
    named = {(item.identity, p.id) for item in items for p in item.policies if p.id is not None}
    listed = {(item.identity, policy_id) for policy_id, shelf in shelves.items() for item in shelf}
    if named != listed:
        raise OneWayLinkError(named ^ listed)
