"""Is everything this installation rests on there? Each answer is one sentence; nothing is assumed, all is tried."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from channels.drawing.fonts import FontMissingError, font
from channels.words import Words
from hub import embedded
from hub.domain.states import State
from hub.models import Delivery, Heartbeat
from hub.queue import Queue
from hub.services import Services

# A process that has not said anything for this long counts as dead.
SILENCE = timedelta(seconds=60)
# A publication this far past its time and still not claimed is overdue.
OVERDUE = timedelta(seconds=60)


@dataclass(frozen=True)
class Answer:
    """One check: its stable name, whether it is well, and the sentence."""

    name: str
    well: bool
    words: Words


def examine(services: Services, now: datetime) -> list[Answer]:
    """Every check in turn. The last ones need the database; without one they are left out."""
    answers = [_folder(services), _fonts(), _queue(services), _database(services)]
    if answers[-1].well:
        answers += [_heartbeat(services, "clock", Words("时钟", "clock"), now)]
        answers += [_heartbeat(services, "worker", Words("worker", "worker"), now)]
        answers += [_overdue(services, now)]
    return answers


def _folder(services: Services) -> Answer:
    folder = services.config.data
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        why = error.strerror or os.strerror(error.errno or 0)
        return Answer("folder", False, Words(f"数据目录 {folder} 不可写：{why}", f"Data folder {folder}: {why}"))
    return Answer("folder", True, Words(f"数据目录 {folder} 可写", f"Data folder {folder} can be written"))


def _fonts() -> Answer:
    try:
        font(48, 400)
    except FontMissingError as error:
        return Answer("fonts", False, Words(f"中文字体缺失：{error}", f"Chinese font missing: {error}"))
    return Answer("fonts", True, Words("中文字体可用", "Chinese font found"))


def _queue(services: Services) -> Answer:
    """The server that carries hints: the one that is set, else the embedded one, which lives while `yigao up` runs."""
    url = services.config.redis_url or embedded.url(services.config.data)
    if Queue(url).ping():
        return Answer("queue", True, Words("队列可用", "Queue answers"))
    words = Words(
        "队列没有回应；yigao up 运行时才有内置队列", "No answer from the queue; the embedded one lives with yigao up"
    )
    return Answer("queue", False, words)


def _database(services: Services) -> Answer:
    try:
        with services.db.reading() as session:
            session.execute(text("SELECT count(*) FROM deliveries"))
    except SQLAlchemyError as error:
        kind = type(error).__name__
        return Answer(
            "database",
            False,
            Words(f"数据库不可用或尚未建表（{kind}）", f"Database not reachable or without tables ({kind})"),
        )
    return Answer("database", True, Words("数据库可用", "Database answers"))


def _heartbeat(services: Services, prefix: str, name: Words, now: datetime) -> Answer:
    with services.db.reading() as session:
        last = session.scalar(select(func.max(Heartbeat.at)).where(Heartbeat.name.startswith(prefix)))
    if last is None:
        return Answer(prefix, False, Words(f"{name.zh}从未运行", f"The {name.en} has never run"))
    silent = int((now - last).total_seconds())
    words = Words(f"{name.zh} {silent} 秒前有心跳", f"The {name.en} was alive {silent} s ago")
    return Answer(prefix, now - last <= SILENCE, words)


def _overdue(services: Services, now: datetime) -> Answer:
    waiting = (State.SCHEDULED, State.QUEUED)
    with services.db.reading() as session:
        count = session.scalar(select(func.count()).where(Delivery.state.in_(waiting), Delivery.due_at < now - OVERDUE))
    words = Words(f"{count} 项发布任务已过时未发", f"{count} deliveries are past their time")
    return Answer("overdue", not count, words)
