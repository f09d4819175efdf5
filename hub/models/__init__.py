"""The tables, split by noun. Import models from here."""

from __future__ import annotations

from hub.models.base import Base
from hub.models.decisions import Correction, Hold, Withdrawal
from hub.models.editorial import Column, Interpretation, Interpreter, Livestream, Policy, Revision, revision_policies
from hub.models.events import Event
from hub.models.machinery import Heartbeat, Lane, Projection
from hub.models.people import Area, Grant, Office, Site, User
from hub.models.publishing import Account, Delivery, Move, Seal
from hub.models.reviews import Comment, Reply, Review, ReviewRule
from hub.models.scheduling import Slot

__all__ = [
    "Account",
    "Area",
    "Base",
    "Column",
    "Comment",
    "Correction",
    "Delivery",
    "Event",
    "Grant",
    "Heartbeat",
    "Hold",
    "Interpretation",
    "Interpreter",
    "Lane",
    "Livestream",
    "Move",
    "Office",
    "Policy",
    "Projection",
    "Reply",
    "Review",
    "ReviewRule",
    "Revision",
    "Seal",
    "Site",
    "Slot",
    "User",
    "Withdrawal",
    "revision_policies",
]
