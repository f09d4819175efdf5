"""Finding what is published: a full-text index beside each site, made anew from what is published at any time.

It is a file of its own and not a table: a search costs the database of the office nothing, is answered while that is
away, and is the same on SQLite and PostgreSQL. Why it follows when somebody searches:
docs/decisions/0040-searching-the-public-site.md.
"""

from __future__ import annotations

from hub.finding.following import Following
from hub.finding.index import Answer, Hit, Index, Missing

__all__ = ["Answer", "Following", "Hit", "Index", "Missing"]
