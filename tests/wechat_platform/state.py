"""What the simulated platform knows: accounts, their drafts, tasks, articles and pictures, and what a day may cost."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

BEIJING = timezone(timedelta(hours=8))

# Documented quotas a day of a new account, by the group of calls that shares one.
QUOTAS = {
    "draft_change": 1000,
    "draft_get": 500,
    "submit": 100,
    "publish_get": 100,
    "publish_delete": 10,
    "token": 500_000,
    "token_forced": 20,
    "upload": 100_000,
    "material_get": 1000,
}
LIMITS = {
    "title": 32,
    "author": 16,
    "digest": 128,
    "content": 20_000,
    "content_bytes": 1024 * 1024,
    "source_url_bytes": 1024,
    "articles": 8,
    "uploadimg_bytes": 1024 * 1024,
    "material_bytes": 10 * 1024 * 1024,
}
TOKEN_SECONDS = 7200
RENEWS_BEFORE = 300


class Refused(Exception):
    """The platform's answer with an errcode."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(f"{errcode} {errmsg}")
        self.errcode, self.errmsg = errcode, errmsg


@dataclass
class Task:
    """What became of a draft that was submitted: `status` is what it will be from `done_at` on."""

    publish_id: int
    media_id: str
    articles: list[dict[str, Any]]
    done_at: float
    status: int
    article_id: str = ""
    # The platform's own or the user's later removal: 5 or 6.
    removed: int = 0


@dataclass
class Account:
    """An official account with all that is in it."""

    appid: str
    secret: str
    whitelist: list[str] = field(default_factory=lambda: ["127.0.0.1"])
    may_publish: bool = True
    may_draft: bool = True
    publish_id_is_text: bool = True
    # Seconds from a submit to its end, and how it ends (0, 2, 3 or 4).
    publish_seconds: float = 0.0
    publish_ends: int = 0
    quotas: dict[str, int] = field(default_factory=lambda: dict(QUOTAS))
    limits: dict[str, int] = field(default_factory=lambda: dict(LIMITS))
    tokens: dict[str, float] = field(default_factory=dict)
    used: dict[tuple[str, str], int] = field(default_factory=dict)
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: dict[int, Task] = field(default_factory=dict)
    articles: dict[str, dict[str, Any]] = field(default_factory=dict)
    materials: dict[str, dict[str, Any]] = field(default_factory=dict)
    forced_at: float = -1e9

    def spend(self, group: str, now: float) -> None:
        """Count a call; refused beyond the day's quota, which begins anew at midnight in Beijing."""
        day = datetime.fromtimestamp(now, UTC).astimezone(BEIJING).date().isoformat()
        used = self.used.get((group, day), 0)
        if used >= self.quotas[group]:
            raise Refused(45009, "reach max api daily quota limit")
        self.used[group, day] = used + 1


@dataclass
class Platform:
    """All accounts and the platform's clock, under one lock."""

    accounts: dict[str, Account] = field(default_factory=dict)
    shift: float = 0.0
    fixed: float | None = None
    log: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    counter: int = 0

    def now(self) -> float:
        """The platform's time in seconds; `fixed` stands still."""
        return time.time() + self.shift if self.fixed is None else self.fixed

    def name(self, prefix: str) -> str:
        """A fresh id, as long and as opaque as the platform's."""
        self.counter += 1
        return f"{prefix}{self.counter:04d}{secrets.token_urlsafe(24)}"
