"""Waiting times of deliveries. Standard library only; nothing random: the same delivery always waits the same time."""

from __future__ import annotations

import hashlib
from datetime import timedelta

# Tries that a delivery has before it fails and a person is asked: the waits between them add up to about ten minutes.
MAX_ATTEMPTS = 6
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=5)

# A person has so long to post by hand, to take down, or to look whether something is there.
HAND_TIME = timedelta(hours=2)

# A time given a moment ago (a form that was open, a slow line) still means "now".
GRACE = timedelta(minutes=1)

# Looks for the fate of an unknown send: after a wait as long as has passed since, within these bounds.
FIRST_LOOK = timedelta(seconds=2)
RAREST_LOOK = timedelta(minutes=10)

# Questions after what a platform has accepted: each after a wait twice as long as has passed since, within these
# bounds, for a platform allows few a day. A pushed event comes before.
FIRST_CONFIRM = timedelta(seconds=15)
RAREST_CONFIRM = timedelta(hours=1)
# After so long a person is asked to look.
CONFIRM_LIMIT = timedelta(days=2)

# Looks at whether what is out still stands: so long after one another. After the last nobody looks any more.
WATCHES = (timedelta(hours=1), timedelta(hours=23), timedelta(days=2), timedelta(days=7), timedelta(days=20))

# Of a lease: what rendering or sending may take; how long before its end every step must be over; and how long before
# it the process that still hasn't ended is killed, so that a lease that has run out has no live sender.
WORK_SHARE = 0.5
MARGIN_SHARE = 0.2
KILL_MARGIN = 0.1
# A lease with this much left is as good as new: a step of WORK_SHARE still ends well before it does.
FRESH_SHARE = 0.95


def backoff(key: str, attempt: int) -> timedelta:
    """How long to wait after try number `attempt` (from 1) of the delivery with `key`: doubling, with a jitter of
    up to a quarter made from the key, so that deliveries that failed together do not return together.
    """
    wait = min(FIRST_WAIT * (1 << max(attempt - 1, 0)), LONGEST_WAIT)
    spread = int.from_bytes(hashlib.sha256(f"{key}:{attempt}".encode()).digest()[:4]) / 2**32
    return wait * (1 + spread / 4)


def next_confirm(since: timedelta) -> timedelta:
    """How long to wait for the next question after a delivery that was accepted `since` ago."""
    return min(max(since * 2, FIRST_CONFIRM), RAREST_CONFIRM)


def next_look(since: timedelta) -> timedelta:
    """How long to wait for the next look at an unknown send that was begun `since` ago."""
    return min(max(since, FIRST_LOOK), RAREST_LOOK)
