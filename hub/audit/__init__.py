"""The audit chain (留痕链): every move, review, comment, rule and event sealed by a
hash of itself and of all before it, and the means to check that.

`seal` is the clock's, `verify` and `listing` are the command line's and the console's. What is hashed, and why so, is
in docs/decisions/0006-moves-are-sealed-in-a-chain.md.
"""

from __future__ import annotations

from hub.audit.findings import Break, Verdict
from hub.audit.heads import Head, heads_file, note_head, set_aside
from hub.audit.listing import Entry, listing
from hub.audit.sealing import seal, waiting
from hub.audit.verifying import verify

__all__ = [
    "Break",
    "Entry",
    "Head",
    "Verdict",
    "heads_file",
    "listing",
    "note_head",
    "seal",
    "set_aside",
    "verify",
    "waiting",
]
