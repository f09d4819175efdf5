"""The platform's pushed events (消息推送, plain mode): is it the platform, and does it speak of a publication?

Source: the platform's page on message push: signature is the SHA-1 of token, timestamp and nonce, sorted.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from channels.base import Heard

# An event repeated later than this is somebody else's copy.
_MOST_SECONDS = 600
_NEWS = b"PUBLISHJOBFINISH"


def hear(token: str, query: Mapping[str, str], body: bytes, now: datetime) -> Heard | None:
    """What to answer, and whether a publication has ended; None for whoever is not the platform. The body is not
    parsed: what it says is asked for anyhow.
    """
    stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    made = hashlib.sha1("".join(sorted((token, stamp, nonce))).encode(), usedforsecurity=False).hexdigest()
    if not token or not hmac.compare_digest(made, query.get("signature", "")):
        return None
    if not stamp.isdigit() or abs(now.timestamp() - int(stamp)) > _MOST_SECONDS:
        return None
    if not body:
        return Heard(query.get("echostr", "")[:200].encode())
    return Heard(b"success", news=_NEWS in body)
