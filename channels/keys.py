"""Keys of sends: `i<piece>v<version>-<salt>`. A channel takes them as they are; only which piece one is of may matter,
where a later text takes the place of an earlier one that is not out.
"""

from __future__ import annotations


def make_key(piece: int, version: int, salt: str) -> str:
    """The key of a send of this version of the piece."""
    return f"i{piece}v{version}-{salt}"


def piece_of(key: str) -> str:
    """What all keys of one piece begin with; "" for a key that was made otherwise."""
    head, found, _rest = key.partition("v")
    return head if found and head[:1] == "i" and head[1:].isdigit() else ""
