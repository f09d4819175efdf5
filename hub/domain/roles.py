"""Roles (角色) and what each may do. Data only; `hub.permissions` asks the database who holds one, and where."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person is for an office or an area; one person may be several things."""

    WRITER = "writer"
    REVIEWER = "reviewer"
    PUBLISHER = "publisher"
    ADMINISTRATOR = "administrator"


class Level(StrEnum):
    """A step of the three reviews (三审). A reviewer's grant names one, or none: then any."""

    FIRST = "first"
    SECOND = "second"
    FINAL = "final"


class Right(StrEnum):
    """What may be done."""

    READ = "read"  # see the office's texts, deliveries and records
    WRITE = "write"  # compose, submit for review, add policies, interpreters and pictures
    REVIEW = "review"  # sign, return, comment
    PUBLISH = "publish"  # schedule, publish, retry, cancel, correct, withdraw, hold
    MANAGE = "manage"  # accounts, columns, templates, words
    PEOPLE = "people"  # users, their roles, the office's settings
    AUDIT = "audit"  # read the whole trail


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.WRITER: frozenset({Right.READ, Right.WRITE}),
    Role.REVIEWER: frozenset({Right.READ, Right.REVIEW}),
    Role.PUBLISHER: frozenset({Right.READ, Right.PUBLISH}),
    Role.ADMINISTRATOR: frozenset({Right.READ, Right.MANAGE, Right.PEOPLE, Right.AUDIT}),
}


def roles_with(right: Right) -> tuple[Role, ...]:
    """The roles that have the right."""
    return tuple(role for role in Role if right in RIGHTS[role])
