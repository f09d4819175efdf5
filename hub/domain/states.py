"""The states of a delivery (发布任务) and the moves between them. Data only; `hub.workflow.move` is the one writer."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a delivery stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    WORKING = "working"
    AWAITING_HAND = "awaiting_hand"
    CONFIRMING = "confirming"
    UNKNOWN = "unknown"
    PUBLISHED = "published"
    FAILED = "failed"
    HELD = "held"
    CANCELLED = "cancelled"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"


MOVES: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SCHEDULED, State.CANCELLED}),
    # To itself: the editor moves the time.
    State.SCHEDULED: frozenset({State.SCHEDULED, State.QUEUED, State.HELD, State.CANCELLED}),
    # Back to scheduled: the editor moves the time before a worker has it.
    State.QUEUED: frozenset({State.WORKING, State.SCHEDULED, State.HELD, State.CANCELLED}),
    # Back to queued: a definite "nothing happened", or a worker that died before it wrote its intent.
    State.WORKING: frozenset(
        {State.PUBLISHED, State.CONFIRMING, State.AWAITING_HAND, State.UNKNOWN, State.FAILED, State.QUEUED}
    ),
    State.CONFIRMING: frozenset({State.PUBLISHED, State.FAILED, State.UNKNOWN}),
    # Queued again only after a look has answered that nothing is there.
    State.UNKNOWN: frozenset({State.PUBLISHED, State.CONFIRMING, State.QUEUED, State.AWAITING_HAND, State.FAILED}),
    State.AWAITING_HAND: frozenset({State.PUBLISHED, State.CANCELLED}),
    State.HELD: frozenset({State.SCHEDULED, State.QUEUED, State.CANCELLED}),
    State.FAILED: frozenset({State.QUEUED, State.SCHEDULED, State.AWAITING_HAND, State.CANCELLED}),
    State.PUBLISHED: frozenset({State.WITHDRAWING}),
    # To itself: a try that failed, or a person's turn. Back to published: the withdrawal was called off in time.
    State.WITHDRAWING: frozenset({State.WITHDRAWING, State.WITHDRAWN, State.PUBLISHED}),
    State.CANCELLED: frozenset(),
    State.WITHDRAWN: frozenset(),
}

# Not out yet and still on its way: at most one such delivery for an interpretation and an account.
OPEN = frozenset(
    {
        State.DRAFT,
        State.SCHEDULED,
        State.QUEUED,
        State.WORKING,
        State.AWAITING_HAND,
        State.CONFIRMING,
        State.UNKNOWN,
        State.HELD,
    }
)

# Nothing more happens by itself.
SETTLED = frozenset({State.PUBLISHED, State.FAILED, State.CANCELLED, State.WITHDRAWN, State.AWAITING_HAND, State.HELD})

# Rendered for the public, on its way out or out: from here on the publication time stands.
TOLD = frozenset(
    {
        State.WORKING,
        State.AWAITING_HAND,
        State.CONFIRMING,
        State.UNKNOWN,
        State.PUBLISHED,
        State.WITHDRAWING,
        State.WITHDRAWN,
    }
)

CANCELLABLE = frozenset(state for state, targets in MOVES.items() if State.CANCELLED in targets)
RETRYABLE = frozenset({State.FAILED, State.HELD})
RESCHEDULABLE = frozenset(state for state, targets in MOVES.items() if State.SCHEDULED in targets) - {State.DRAFT}


def legal(source: State, target: State) -> bool:
    """Whether a delivery may move from `source` to `target`."""
    return target in MOVES[source]
