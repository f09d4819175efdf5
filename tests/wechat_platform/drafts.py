"""The platform's calls for tokens, pictures and drafts. Each takes the account and the request, and answers a dict."""

from __future__ import annotations

import hashlib
import io
import secrets
from typing import Any

from PIL import Image, UnidentifiedImageError

from tests.wechat_platform import shapes
from tests.wechat_platform.rewriting import saved
from tests.wechat_platform.state import RENEWS_BEFORE, TOKEN_SECONDS, Account, Platform, Refused

_UPLOADS = {"JPEG", "PNG"}
_MATERIALS = {"BMP", "PNG", "JPEG", "GIF"}


def stable_token(platform: Platform, data: dict[str, Any]) -> dict[str, Any]:
    """Not forced, the token in use until five minutes before its end; the one before stays good until its own end."""
    required = {"grant_type": str, "appid": str, "secret": str}
    shapes.exactly(data, required, {"force_refresh": bool})
    if data["grant_type"] != "client_credential":
        raise Refused(40002, "invalid grant_type")
    account = platform.accounts.get(data["appid"])
    if account is None:
        raise Refused(40013, "invalid appid")
    if data["secret"] != account.secret:
        raise Refused(40125, "invalid appsecret")
    now = platform.now()
    account.spend("token", now)
    if data.get("force_refresh"):
        if now - account.forced_at < 30:
            raise Refused(45011, "frequency limit, please try again later")
        account.spend("token_forced", now)
        account.forced_at = now
        account.tokens = {}
    lasting = [(end, token) for token, end in account.tokens.items() if end - now > RENEWS_BEFORE]
    if not lasting:
        token = f"{secrets.token_urlsafe(60)}"
        account.tokens[token] = now + TOKEN_SECONDS
        lasting = [(account.tokens[token], token)]
    end, token = max(lasting)
    return {"access_token": token, "expires_in": int(end - now)}


def uploadimg(platform: Platform, account: Account, picture: bytes) -> dict[str, Any]:
    """A picture for inside an article: jpg or png, strictly under 1 MB; it takes nothing of the library."""
    account.spend("upload", platform.now())
    if len(picture) >= account.limits["uploadimg_bytes"]:
        raise Refused(40009, "invalid image size")
    form, _size = _opened(picture)
    if form not in _UPLOADS:
        raise Refused(40005, "invalid file type")
    name = hashlib.sha256(picture).hexdigest()[:40]
    return {"url": f"http://mmbiz.qpic.cn/mmbiz_{form.lower()}/{name}/0?wx_fmt={form.lower()}"}


def add_material(platform: Platform, account: Account, picture: bytes, filename: str) -> dict[str, Any]:
    """A picture for the library; each call adds one, also for the same bytes."""
    account.spend("upload", platform.now())
    if len(picture) > account.limits["material_bytes"]:
        raise Refused(40009, "invalid image size")
    form, size = _opened(picture)
    if form not in _MATERIALS:
        raise Refused(40137, "invalid image format")
    media_id = platform.name("MAT")
    url = f"http://mmbiz.qpic.cn/mmbiz_{form.lower()}/{media_id[:20]}/0?wx_fmt={form.lower()}"
    account.materials[media_id] = {"name": filename, "size": size, "url": url, "update_time": int(platform.now())}
    return {"media_id": media_id, "url": url, "item": []}


def batchget_material(platform: Platform, account: Account, data: dict[str, Any]) -> dict[str, Any]:
    """The library's pictures, the newest first."""
    shapes.exactly(data, {"type": str, "offset": int, "count": int})
    account.spend("material_get", platform.now())
    if data["type"] != "image" or not 1 <= data["count"] <= 20 or data["offset"] < 0:
        raise Refused(40097, "invalid args")
    found = [
        {"media_id": media_id, **{k: kept[k] for k in ("name", "update_time", "url")}}
        for media_id, kept in reversed(account.materials.items())
    ]
    return _page(found, data)


def _opened(picture: bytes) -> tuple[str, tuple[int, int]]:
    try:
        with Image.open(io.BytesIO(picture)) as opened:
            opened.load()
            return str(opened.format), opened.size
    except (UnidentifiedImageError, OSError) as error:
        raise Refused(40005, "invalid file type") from error


def draft_add(platform: Platform, account: Account, data: dict[str, Any]) -> dict[str, Any]:
    """A new draft each time."""
    shapes.exactly(data, {"articles": list})
    _may(account.may_draft)
    account.spend("draft_change", platform.now())
    if not 1 <= len(data["articles"]) <= account.limits["articles"]:
        raise Refused(44003, "empty news data")
    for one in data["articles"]:
        shapes.article(one, account.limits, account.materials)
    media_id = platform.name("DRAFT")
    items = [_kept(one) for one in data["articles"]]
    account.drafts[media_id] = {"news_item": items, "update_time": int(platform.now())}
    return {"media_id": media_id}


def draft_update(platform: Platform, account: Account, data: dict[str, Any]) -> dict[str, Any]:
    """One article of a draft; `articles` is an object here."""
    shapes.exactly(data, {"media_id": str, "index": int, "articles": dict})
    account.spend("draft_change", platform.now())
    draft = _draft(account, data["media_id"])
    shapes.article(data["articles"], account.limits, account.materials)
    if not 0 <= data["index"] < len(draft["news_item"]):
        raise Refused(40097, "invalid args")
    draft["news_item"][data["index"]] = _kept(data["articles"])
    draft["update_time"] = int(platform.now())
    return {"errcode": 0, "errmsg": "ok"}


def draft_get(platform: Platform, account: Account, data: dict[str, Any]) -> dict[str, Any]:
    """A draft; 40007 for one that was deleted, or published."""
    shapes.exactly(data, {"media_id": str})
    account.spend("draft_get", platform.now())
    return {"news_item": _draft(account, data["media_id"])["news_item"]}


def draft_delete(platform: Platform, account: Account, data: dict[str, Any]) -> dict[str, Any]:
    """Delete a draft."""
    shapes.exactly(data, {"media_id": str})
    account.spend("draft_change", platform.now())
    _draft(account, data["media_id"])
    del account.drafts[data["media_id"]]
    return {"errcode": 0, "errmsg": "ok"}


def draft_batchget(platform: Platform, account: Account, data: dict[str, Any]) -> dict[str, Any]:
    """The drafts, the newest first."""
    shapes.exactly(data, {"offset": int, "count": int}, {"no_content": int})
    account.spend("draft_get", platform.now())
    newest = sorted(account.drafts.items(), key=lambda pair: -pair[1]["update_time"])
    found = [
        {"media_id": m, "content": {"news_item": shown(d["news_item"], data)}, "update_time": d["update_time"]}
        for m, d in newest
    ]
    return paged(found, data)


def shown(items: list[dict[str, Any]], data: dict[str, Any]) -> list[dict[str, Any]]:
    """The articles, without their content where that was asked for."""
    return [{**item, "content": ""} if data.get("no_content") else dict(item) for item in items]


def paged(found: list[dict[str, Any]], data: dict[str, Any]) -> dict[str, Any]:
    """A page of 1 to 20."""
    if not 1 <= data["count"] <= 20 or data["offset"] < 0:
        raise Refused(40097, "invalid args")
    return _page(found, data)


def _page(found: list[dict[str, Any]], data: dict[str, Any]) -> dict[str, Any]:
    part = found[data["offset"] : data["offset"] + data["count"]]
    return {"total_count": len(found), "item_count": len(part), "item": part}


def _draft(account: Account, media_id: str) -> dict[str, Any]:
    _may(account.may_draft)
    if media_id not in account.drafts:
        raise Refused(40007, "invalid media_id")
    return account.drafts[media_id]


def _may(granted: bool) -> None:
    if not granted:
        raise Refused(48001, "api unauthorized")


def _kept(article: dict[str, Any]) -> dict[str, Any]:
    digest = article.get("digest") or ""
    return {"author": "", "content_source_url": "", **article, "digest": digest, "content": saved(article["content"])}
