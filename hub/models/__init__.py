"""The tables, split by noun. Import models from here."""

from __future__ import annotations

from hub.models.base import Base
from hub.models.composing import Presence, WorkingCopy
from hub.models.decisions import Correction, Hold, Withdrawal
from hub.models.editorial import Column, Interpretation, Interpreter, Livestream, Policy, Revision, revision_policies
from hub.models.events import Event
from hub.models.far import FarCalls, FarSteps, FarThing, FarToken
from hub.models.machinery import Heartbeat, Lane, Projection, SiteChange
from hub.models.people import Area, Grant, Office, Site, User
from hub.models.publishing import Account, Delivery, Move, Seal, Watch
from hub.models.registries import (
    FormerPhone,
    Leader,
    Media,
    OfficeWord,
    Refresh,
    SubjectName,
    TextTemplate,
    revision_images,
    revision_interpreters,
)
from hub.models.reviews import Comment, Reply, Review, ReviewRule
from hub.models.scheduling import Slot
from hub.models.sign_ins import Identity, RecoveryCode, SignIn
from hub.models.visits import Visit

__all__ = [
    "Account",
    "Area",
    "Base",
    "Column",
    "Comment",
    "Correction",
    "Delivery",
    "Event",
    "FarCalls",
    "FarSteps",
    "FarThing",
    "FarToken",
    "FormerPhone",
    "Grant",
    "Heartbeat",
    "Hold",
    "Identity",
    "Interpretation",
    "Interpreter",
    "Lane",
    "Leader",
    "Livestream",
    "Media",
    "Move",
    "Office",
    "OfficeWord",
    "Policy",
    "Presence",
    "Projection",
    "RecoveryCode",
    "Refresh",
    "Reply",
    "Review",
    "ReviewRule",
    "Revision",
    "Seal",
    "SignIn",
    "Site",
    "SiteChange",
    "Slot",
    "SubjectName",
    "TextTemplate",
    "User",
    "Visit",
    "Watch",
    "Withdrawal",
    "WorkingCopy",
    "revision_images",
    "revision_interpreters",
    "revision_policies",
]
