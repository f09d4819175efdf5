"""What a backup says about itself, and how its members are named.

The file is a gzipped tar: `tables/<name>.jsonl` in the order in which they can be loaded, `artefacts/ab/cdef…`,
`yigao.toml` when there was one, and `manifest.json` at the end, with the hash and size of all the others.
"""

from __future__ import annotations

import re
from datetime import datetime

from pydantic import BaseModel, ConfigDict

FORMAT = 1
MANIFEST = "manifest.json"
CONFIG = "yigao.toml"
BLOB = re.compile(r"artefacts/([0-9a-f]{2})/([0-9a-f]{62})")
TABLE = re.compile(r"tables/([a-z_]+)\.jsonl")


class Member(BaseModel):
    """One file of the backup; `rows` for a table."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    sha256: str
    size: int
    rows: int | None = None


class Manifest(BaseModel):
    """`revision` is the schema's; `version` the product's that made it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    product: str = "yigao"
    format: int = FORMAT
    made_at: datetime
    version: str
    revision: str
    # Where the rows came from; they go into any.
    database: str
    members: dict[str, Member]
    # Blobs whose bytes weren't what their name says, and blobs that a delivery names but that weren't there.
    damaged: list[str] = []
    missing: list[str] = []

    @property
    def tables(self) -> dict[str, int]:
        """The number of rows of each table, in the order in which they can be loaded."""
        found = ((TABLE.fullmatch(name), member) for name, member in self.members.items())
        return {match[1]: member.rows or 0 for match, member in found if match}

    @property
    def blobs(self) -> int:
        """How many artefact files and images there are."""
        return sum(1 for name in self.members if BLOB.fullmatch(name))


def table_member(name: str) -> str:
    """The member that holds the table's rows."""
    return f"tables/{name}.jsonl"


def blob_member(sha256: str) -> str:
    """The member that holds the blob."""
    return f"artefacts/{sha256[:2]}/{sha256[2:]}"


def is_ours(name: str) -> bool:
    """Whether a backup can have a member of this name."""
    return name in (MANIFEST, CONFIG) or bool(BLOB.fullmatch(name) or TABLE.fullmatch(name))
