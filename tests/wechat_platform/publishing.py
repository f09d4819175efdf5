"""The platform's freepublish calls: a submit is a task that ends later, and takes its draft along when it publishes."""

from __future__ import annotations

from typing import Any

from tests.wechat_platform import shapes
from tests.wechat_platform.drafts import paged, shown
from tests.wechat_platform.state import Account, Platform, Refused, Task

PUBLISHED, PUBLISHING = 0, 1


def settle(platform: Platform, account: Account) -> None:
    """End the tasks whose time has come."""
    for task in account.tasks.values():
        if task.status == PUBLISHED and not task.article_id and task.done_at <= platform.now():
            task.article_id = platform.name("ART")
            # "After publishing the draft is gone": draft/get answers 40007.
            account.drafts.pop(task.media_id, None)
            items = [
                {**item, "url": f"http://mp.weixin.qq.com/s/{task.article_id}-{n}", "is_deleted": False}
                for n, item in enumerate(task.articles, 1)
            ]
            account.articles[task.article_id] = {"news_item": items, "update_time": int(task.done_at)}


def submit(platform: Platform, account: Account, data: dict[str, Any]) -> dict[str, Any]:
    """Only "task accepted". A second submit of a draft that is not gone yet is a second task: the worst there is."""
    shapes.exactly(data, {"media_id": str})
    _may(account)
    account.spend("submit", platform.now())
    draft = account.drafts.get(data["media_id"])
    if draft is None:
        raise Refused(40007, "invalid media_id")
    platform.counter += 1
    publish_id = 2_247_480_000 + platform.counter
    items = [dict(item) for item in draft["news_item"]]
    done_at = platform.now() + account.publish_seconds
    account.tasks[publish_id] = Task(publish_id, data["media_id"], items, done_at, account.publish_ends)
    # Said to be a string, served as a number too.
    told = str(publish_id) if account.publish_id_is_text else publish_id
    return {"errcode": 0, "errmsg": "ok", "publish_id": told, "msg_data_id": platform.counter}


def get(platform: Platform, account: Account, data: dict[str, Any]) -> dict[str, Any]:
    """How a task stands."""
    shapes.exactly(data, {"publish_id": (str, int)})
    _may(account)
    account.spend("publish_get", platform.now())
    try:
        task = account.tasks[int(data["publish_id"])]
    except (KeyError, ValueError) as error:
        raise Refused(40097, "invalid publish_id") from error
    if task.done_at > platform.now():
        return {"publish_id": data["publish_id"], "publish_status": PUBLISHING, "fail_idx": []}
    if task.removed:
        return {"publish_id": data["publish_id"], "publish_status": task.removed, "fail_idx": []}
    if task.status != PUBLISHED:
        return {"publish_id": data["publish_id"], "publish_status": task.status, "fail_idx": [1]}
    items = account.articles.get(task.article_id, {"news_item": []})["news_item"]
    if all(item["is_deleted"] for item in items):
        return {"publish_id": data["publish_id"], "publish_status": 5, "fail_idx": []}
    details = [{"idx": n, "article_url": item["url"]} for n, item in enumerate(items, 1)]
    return {
        "publish_id": data["publish_id"],
        "publish_status": PUBLISHED,
        "article_id": task.article_id,
        "article_detail": {"count": len(details), "item": details},
        "fail_idx": [],
    }


def batchget(platform: Platform, account: Account, data: dict[str, Any]) -> dict[str, Any]:
    """What is published, the newest first."""
    shapes.exactly(data, {"offset": int, "count": int}, {"no_content": int})
    _may(account)
    account.spend("publish_get", platform.now())
    found = [
        {"article_id": a, "content": {"news_item": shown(p["news_item"], data)}, "update_time": p["update_time"]}
        for a, p in reversed(account.articles.items())
    ]
    return paged(found, data)


def delete(platform: Platform, account: Account, data: dict[str, Any]) -> dict[str, Any]:
    """One article by its place from 1; 0, or no index at all, deletes every article of the publication."""
    shapes.exactly(data, {"article_id": str}, {"index": int})
    _may(account)
    account.spend("publish_delete", platform.now())
    there = account.articles.get(data["article_id"])
    if there is None:
        raise Refused(53600, "invalid article_id")
    index = data.get("index", 0)
    if not 0 <= index <= len(there["news_item"]):
        raise Refused(40097, "invalid args")
    for number, item in enumerate(there["news_item"], 1):
        if index in (0, number):
            item["is_deleted"] = True
    return {"errcode": 0, "errmsg": "ok"}


def _may(account: Account) -> None:
    if not account.may_publish:
        raise Refused(48001, "api unauthorized")
