"""What is sealed besides the moves: reviews, what was said about a text, review rules, and what administrators change.

Each table has its forms, as `hub.audit.chain` has them for moves: a list is final once released, a new column is a new
form.
"""

from __future__ import annotations

from hub.models import Base, Comment, Event, Reply, Review, ReviewRule

RECORDS: dict[str, type[Base]] = {
    "reviews": Review,
    "comments": Comment,
    "replies": Reply,
    "review_rules": ReviewRule,
    "events": Event,
}
_BY = ("at", "actor", "user_id")
_JUDGED = ("kind", "round", "level", "levels", "alone", "reason", "plan", "artefacts", "findings")
_TEXT = ("interpretation_id", "revision_id")
FORMS: dict[str, dict[int, tuple[str, ...]]] = {
    "reviews": {1: ("id", *_TEXT, "content_hash", *_JUDGED, *_BY)},
    "comments": {1: ("id", *_TEXT, "place", "quote", "before", "after", "text", *_BY)},
    "replies": {1: ("id", "comment_id", "kind", "text", *_BY)},
    "review_rules": {1: ("id", "office_id", "number", "levels", "one_person", "reason", *_BY)},
    "events": {1: ("id", "kind", "subject", "subject_id", "office_id", "before", "after", "reason", *_BY)},
}
