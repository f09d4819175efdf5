"""The platform's interface over httpx: one token shared by all workers, one bounded retry, no secret in any error.

A call is a question, which may be asked twice, or an act that may not (`once`): then a lost answer is Unknown.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import httpx

from channels.base import Allowance, Retryable
from channels.far import FarEnd, Token
from channels.wechat import refusals
from channels.wechat.refusals import BUSY, QUOTA, STALE_TOKEN, Refusal
from channels.words import Words

HIDDEN = "●●●"
# The platform's day, by which its quotas begin anew.
_ZONE = ZoneInfo("Asia/Shanghai")
# A page of twenty whole articles is well below this.
_MOST_BYTES = 24 * 1024 * 1024
_SECONDS = 20.0
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
# What comes of a connection that was never made: nothing was sent.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
PAUSE = 0.5
# As long as a secret or a token, whosever it is; the platform's own mark of a request is shorter.
_OPAQUE = re.compile(r"[\w-]{32,}")


class _WithoutTokens(logging.Filter):
    """The library tells every address it asks; one with a token in it is told to nobody."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "access_token" not in record.getMessage()


logging.getLogger("httpx").addFilter(_WithoutTokens())


class Group(NamedTuple):
    """Calls that share a quota, what a new account is documented to have a day, and what a screen calls them."""

    name: str
    limit: int
    words: Words


TOKENS = Group("token", 500_000, Words("取访问令牌", "Fetching tokens"))
UPLOADS = Group("upload", 100_000, Words("上传图片", "Uploading pictures"))
LIBRARY = Group("material_get", 1000, Words("查素材", "Reading the library"))
DRAFTS = Group("draft_change", 1000, Words("新增、修改草稿", "Adding and changing drafts"))
DRAFTS_READ = Group("draft_get", 500, Words("查草稿", "Reading drafts"))
SUBMITS = Group("submit", 100, Words("提交发表", "Publishing"))
PUBLISHED = Group("publish_get", 100, Words("查发表结果", "Asking after publications"))
DELETIONS = Group("publish_delete", 10, Words("删除已发表的", "Deleting what is published"))
GROUPS = (SUBMITS, PUBLISHED, DELETIONS, DRAFTS, DRAFTS_READ, LIBRARY, UPLOADS)
_GROUPS = {
    "stable_token": TOKENS,
    "media/uploadimg": UPLOADS,
    "material/add_material": UPLOADS,
    "material/batchget_material": LIBRARY,
    "draft/add": DRAFTS,
    "draft/update": DRAFTS,
    "draft/get": DRAFTS_READ,
    "draft/batchget": DRAFTS_READ,
    "freepublish/submit": SUBMITS,
    "freepublish/get": PUBLISHED,
    "freepublish/batchget": PUBLISHED,
    "freepublish/delete": DELETIONS,
}
# Not idempotent: each success is one more.
_ONCE = frozenset({"material/add_material", "draft/add", "freepublish/submit"})


@dataclass(frozen=True)
class Client:
    """One account's line to the platform."""

    base: str
    appid: str
    secret: str = field(repr=False)
    far_end: FarEnd = field(repr=False)
    pause: Callable[[float], None] = time.sleep

    @property
    def account(self) -> str:
        """What tokens, quotas and uploads are kept under."""
        return f"wechat:{self.appid}"

    def call(self, name: str, **data: Any) -> dict[str, Any]:
        """The platform's answer to a call. Raises Refusal with its errcode; Retryable, or Unknown for what must not be
        done twice, when there is no answer.
        """
        # Escapes would be stored as they are.
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        return self._authorised(name, {}, content=body, headers={"Content-Type": "application/json"})

    def upload(self, name: str, filename: str, data: bytes, media_type: str, **query: str) -> dict[str, Any]:
        """The answer to an upload."""
        return self._authorised(name, query, files={"media": (filename, data, media_type)})

    def today(self) -> date:
        """The platform's day."""
        return self.far_end.memory.now().astimezone(_ZONE).date()

    def left(self, group: Group) -> int:
        """How many calls of the group a new account would have left today."""
        return group.limit - self.far_end.memory.used(self.account, self.today()).get(group.name, 0)

    def allowances(self) -> list[Allowance]:
        """The calls of today beside what a new account has."""
        used = self.far_end.memory.used(self.account, self.today())
        return [Allowance(group.words, used.get(group.name, 0), group.limit) for group in GROUPS]

    def _authorised(self, name: str, query: Mapping[str, str], **request: Any) -> dict[str, Any]:
        token = self.far_end.memory.token(self.account, self._fetch)
        try:
            return self._twice(name, {**query, "access_token": token}, request)
        except Refusal as refusal:
            if refusal.errcode not in STALE_TOKEN:
                raise
        # Refused before it was looked at: nothing was done, so that it may be done now.
        token = self.far_end.memory.token(self.account, self._fetch, refused=token)
        return self._twice(name, {**query, "access_token": token}, request)

    def _twice(self, name: str, query: Mapping[str, str], request: Mapping[str, Any]) -> dict[str, Any]:
        """Once; a question that was not answered, or that the platform was too busy for, a second time."""
        if name in _ONCE:
            return self._once(name, query, request)
        with suppress(Retryable):
            try:
                return self._once(name, query, request)
            except Refusal as refusal:
                if refusal.errcode != BUSY:
                    raise
        self.pause(PAUSE)
        return self._once(name, query, request)

    def _once(self, name: str, query: Mapping[str, str], request: Mapping[str, Any]) -> dict[str, Any]:
        group = _GROUPS[name]
        memory, today = self.far_end.memory, self.today()
        memory.count(self.account, group.name, today, group.limit)
        answer = self._answer(name, query, request)
        errcode = answer.get("errcode", 0)
        if errcode == 0:
            return answer
        if errcode == QUOTA:
            memory.exhaust(self.account, group.name, today, group.limit)
        if errcode == BUSY and name in _ONCE:
            # "System busy" does not say whether it was done.
            raise refusals.lost()
        raise Refusal(int(errcode), self._hiding(str(answer.get("errmsg", "")), query), name)

    def _answer(self, name: str, query: Mapping[str, str], request: Mapping[str, Any]) -> dict[str, Any]:
        no_answer = refusals.lost if name in _ONCE else refusals.unanswered
        # What a library says of a failure may hold the address, and with it the token: it is not passed on.
        try:
            status, body = self._sent(name, query, request)
        except _NEVER_SENT:
            raise refusals.unreachable() from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise no_answer() from None
        try:
            answer = json.loads(body) if status == httpx.codes.OK else None
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or not isinstance(answer.get("errcode", 0), int):
            raise no_answer()
        return answer

    def _sent(self, name: str, query: Mapping[str, str], request: Mapping[str, Any]) -> tuple[int, bytes]:
        url = f"{self.base.rstrip('/')}/cgi-bin/{name}"
        with (
            # No proxy from the environment: it would see the token.
            httpx.Client(transport=self.far_end.transport(), trust_env=False, timeout=_TIMEOUT) as http,
            http.stream("POST", url, params=dict(query), **request) as response,
        ):
            end, parts, size = time.monotonic() + _SECONDS, [], 0
            for part in response.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > _MOST_BYTES or time.monotonic() > end:
                    raise httpx.ReadTimeout("too much, or too slow")
            return response.status_code, b"".join(parts)

    def _fetch(self, refused: str) -> Token:
        """A token; a forced one only when the platform gives the refused one again: there are twenty a day."""
        token = self._stable_token({})
        return self._stable_token({"force_refresh": True}) if token.value == refused else token

    def _stable_token(self, how: Mapping[str, Any]) -> Token:
        asked = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret, **how}
        with refusals.translated():
            answer = self._twice("stable_token", {}, {"json": asked})
        value, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(value, str) or not isinstance(seconds, int) or not value:
            raise refusals.unanswered()
        return Token(value, self.far_end.memory.now() + timedelta(seconds=seconds))

    def _hiding(self, text: str, query: Mapping[str, str]) -> str:
        for secret in (self.secret, query.get("access_token", "")):
            text = text.replace(secret, HIDDEN) if secret else text
        return _OPAQUE.sub(HIDDEN, text)
