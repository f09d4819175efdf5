"""The tables, split by noun. Import models from here."""

from __future__ import annotations

from hub.models.base import Base
from hub.models.editorial import Column, Interpretation, Interpreter, Livestream, Policy, Revision, revision_policies
from hub.models.people import Area, Office, Site, User
from hub.models.publishing import Account, Delivery, Heartbeat, Move, Projection

__all__ = [
    "Account",
    "Area",
    "Base",
    "Column",
    "Delivery",
    "Heartbeat",
    "Interpretation",
    "Interpreter",
    "Livestream",
    "Move",
    "Office",
    "Policy",
    "Projection",
    "Revision",
    "Site",
    "User",
    "revision_policies",
]
