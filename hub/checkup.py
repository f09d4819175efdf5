"""What `yigao doctor` tries besides what `hub.health` judges: this machine's own things, a row written, and a probe of
its own through the real queue.
"""

from __future__ import annotations

import os
import platform
import secrets
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from channels.drawing.fonts import FontMissingError, font
from channels.words import Words
from hub import __version__, embedded
from hub.db import upsert
from hub.health import QUEUE_REMEDY, STUCK, Answer, busy, examiner, judge, workers
from hub.heartbeats import PROBE
from hub.models import Heartbeat
from hub.queue import Queue, TransportError
from hub.services import Services
from hub.vitals import Vitals

# Seconds that doctor waits for its own probe: longer than a job drains.
PROBE_SECONDS = 25.0


def examine(services: Services, now: datetime | None = None) -> list[Answer]:
    """What `yigao doctor` tries besides its own probe: the checks of `ready`, and what belongs to this machine."""
    vitals = examiner(services).vitals(now)
    answers = [_folder(services), _fonts(), *(_with_detail(services, vitals, a) for a in judge(vitals))]
    if vitals.stock is not None:
        answers.append(_writing(services, vitals.at))
    return answers


def _with_detail(services: Services, vitals: Vitals, answer: Answer) -> Answer:
    """What only whoever runs the installation may know."""
    config = services.config
    details = {
        "database": make_url(config.database).render_as_string(hide_password=True),
        "queue": _without_password(config.redis_url) or str(embedded.socket_path(config.data)),
        "disk": str(config.data),
        "worker": " ".join(sorted(n for n in vitals.stock.signs if n.startswith("worker:"))) if vitals.stock else "",
    }
    detail = " ".join(part for part in (details.get(answer.name, ""), answer.detail) if part)
    return replace(answer, detail=detail)


def _without_password(url: str) -> str:
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url


def _folder(services: Services) -> Answer:
    folder = services.config.data
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        why = error.strerror or os.strerror(error.errno or 0)
        words = Words(f"数据目录 {folder} 不可写：{why}", f"Data folder {folder}: {why}")
        return Answer("folder", False, words, remedy=FOLDER_REMEDY)
    words = Words(f"数据目录 {folder} 可写", f"Data folder {folder} can be written")
    return Answer("folder", True, words, detail=f"yigao {__version__}, Python {platform.python_version()}")


def _fonts() -> Answer:
    try:
        font(48, 400)
    except FontMissingError as error:
        words = Words(f"中文字体缺失：{error}", f"Chinese font missing: {error}")
        return Answer("fonts", False, words, remedy=FONT_REMEDY)
    return Answer("fonts", True, Words("中文字体可用", "Chinese font found"))


def _writing(services: Services, at: datetime) -> Answer:
    """A row is written: a database that is locked or full can often still be read."""
    try:
        with services.db.writing() as session:
            row = upsert(session, Heartbeat).values(name="doctor", at=at)
            session.execute(row.on_conflict_do_update(index_elements=["name"], set_={"at": at}))
    except SQLAlchemyError as error:
        words = Words("数据库写不进去", "The database can't be written")
        return Answer("writing", False, words, remedy=WRITING_REMEDY, detail=type(error).__name__)
    return Answer("writing", True, Words("数据库可写", "The database can be written"))


def probe(
    services: Services, *, seconds: float = PROBE_SECONDS, waiting: Callable[[float], None] = lambda _passed: None
) -> Answer:
    """Send a job of our own through the real queue and wait for its answer; `waiting` is told the seconds passed."""
    nonce = secrets.token_hex(8)
    queue = Queue(services.config.redis_url or embedded.url(services.config.data))
    began = time.monotonic()
    try:
        queue.probe(nonce)
        while time.monotonic() - began < seconds:
            if _answered(services, nonce):
                took = time.monotonic() - began
                words = Words(f"探针 {took:.1f} 秒走完队列", f"The probe came back through the queue in {took:.1f} s")
                return Answer("round_trip", True, words)
            waiting(time.monotonic() - began)
            time.sleep(0.1)
        queue.unask(nonce)
    except (TransportError, SQLAlchemyError):
        words = Words("探针送不出去或收不回来", "The probe could not be sent or its answer not be read")
        return Answer("round_trip", False, words, remedy=QUEUE_REMEDY)
    return _no_answer(services, seconds)


def _answered(services: Services, nonce: str) -> bool:
    with services.db.reading() as session:
        if session.get(Heartbeat, f"{PROBE}:{nonce}") is None:
            return False
    with services.db.writing() as session:
        session.execute(delete(Heartbeat).where(Heartbeat.name == f"{PROBE}:{nonce}"))
    return True


def _no_answer(services: Services, seconds: float) -> Answer:
    stock = examiner(services).vitals().stock
    if stock is not None and busy(stock) and workers(stock).well:
        words = Words(
            f"worker 都在忙，探针 {seconds:.0f} 秒没轮到", f"All workers are busy: no turn in {seconds:.0f} s"
        )
        return Answer("round_trip", True, words, warning=True, remedy=BUSY)
    words = Words(f"探针 {seconds:.0f} 秒没有回来", f"The probe did not come back within {seconds:.0f} s")
    return Answer("round_trip", False, words, remedy=STUCK)


BUSY = Words("若总是这样，请增加 workers。", "If it is always so, raise the number of workers.")
FOLDER_REMEDY = Words("请用 --data 指定可写的目录。", "Use --data to name a folder you may write.")
FONT_REMEDY = Words("请重新安装 yigao，字体随它安装。", "Install yigao again; the font comes with it.")
WRITING_REMEDY = Words(
    "请检查磁盘空间，以及是否有别的程序锁住了数据库。",
    "See to the disk, and to programs that keep the database locked.",
)
