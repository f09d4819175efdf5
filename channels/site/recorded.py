"""A policy as the register has it: with what took its place, and what it took the place of."""

from __future__ import annotations

from channels.manuscript import Frozen, PolicyRef


class Related(Frozen):
    """Another policy, as a page of this one cites it."""

    id: int
    title: str
    number: str = ""
    url: str = ""


class RecordedPolicy(PolicyRef):
    """What pages of policies are made from. What pieces say of a policy stays a `PolicyRef`: it is signed."""

    replaced_by: tuple[Related, ...] = ()
    replaces: tuple[Related, ...] = ()

    @property
    def related(self) -> tuple[int, ...]:
        """The ids of all of them."""
        return tuple(other.id for other in (*self.replaced_by, *self.replaces))
