"""Is everything this installation rests on there? Each answer is one sentence; nothing is assumed, all is tried, and
what nobody has answered for lately is not well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.words import NO_WORDS, Words
from hub.heartbeats import PROBE
from hub.services import Services
from hub.vitals import Examiner, Stock, Vitals

# A process that has not said anything for this long counts as dead. It speaks every 5 to 15 seconds, so that its end
# shows within the minute.
SILENCE = timedelta(seconds=45)
# For so long lists and feeds may stand still while pieces come out.
LISTS_STILL = timedelta(minutes=2)
# Work done this lately is work going on.
AT_WORK = timedelta(seconds=60)
DISK_SCARCE, DISK_SHARE, DISK_GONE = 1 << 30, 0.05, 200 << 20
# Seconds for which an answer may be given again.
READY_AGE, TROUBLES_AGE = 1.0, 5.0


@dataclass(frozen=True)
class Answer:
    """One check: its stable name, whether it is well, and the sentence, which anybody may read. A warning is well, and
    asks for attention. `remedy` and `detail` (paths, versions) are for whoever runs the installation.
    """

    name: str
    well: bool
    words: Words
    warning: bool = False
    remedy: Words = NO_WORDS
    detail: str = ""


def judge(vitals: Vitals) -> list[Answer]:
    """The same checks in the same order whatever is away; what can't be known is not well."""
    answers = [_database(vitals), _queue(vitals)]
    stock = vitals.stock
    if stock is None:
        names = ("clock", "worker", "probe", "overdue", "hints", "lists", "allowances")
        answers += [Answer(name, False, UNKNOWABLE, remedy=DATABASE_REMEDY) for name in names]
    else:
        answers += [_clock(stock), workers(stock), _probe(stock), _overdue(stock), _hints(stock), _lists(vitals)]
        answers.append(_allowances(stock))
    return [*answers, _disk(vitals)]


def ready(services: Services, now: datetime | None = None) -> list[Answer]:
    """What `/readyz` says: every check, within about two seconds whatever hangs, at most a second old."""
    return judge(examiner(services).vitals(now, age=READY_AGE))


def troubles(services: Services, now: datetime | None = None) -> list[Answer]:
    """What is not well, for the console's banner; cheap: at most five seconds old. `now` stands for the database's own
    clock.
    """
    return [answer for answer in judge(examiner(services).vitals(now, age=TROUBLES_AGE)) if not answer.well]


def examiner(services: Services) -> Examiner:
    """The one examiner of these services."""
    # Kept where the services keep what they have opened; they are no key of a dictionary.
    kept: Examiner = vars(services).setdefault("_examiner", None) or Examiner(services)
    vars(services)["_examiner"] = kept
    return kept


def _database(vitals: Vitals) -> Answer:
    if vitals.stock is not None:
        return Answer("database", True, Words("数据库可用", "Database answers"))
    words = (
        Words("数据库不可用或尚未建表", "Database not reachable or without tables")
        if vitals.trouble
        else Words("数据库没有及时回应", "Database does not answer in time")
    )
    return Answer("database", False, words, remedy=DATABASE_REMEDY, detail=vitals.trouble)


def _queue(vitals: Vitals) -> Answer:
    if vitals.hints is None:
        return Answer("queue", False, Words("队列没有回应", "No answer from the queue"), remedy=QUEUE_REMEDY)
    words = Words(f"队列可用，{vitals.hints} 个提示在等", f"Queue answers, {vitals.hints} hints wait")
    return Answer("queue", True, words)


def _newest(stock: Stock, names: Iterable[str]) -> timedelta | None:
    """The age of the newest sign, either way: one from the future was given by a clock that was set back since."""
    return min((abs(stock.at - stock.signs[name]) for name in names), default=None)


def _clock(stock: Stock) -> Answer:
    age = _newest(stock, (name for name in stock.signs if name.partition(":")[0] == "clock"))
    if age is None:
        return Answer("clock", False, Words("时钟从未运行", "The clock has never run"), remedy=START)
    seconds = int(age.total_seconds())
    if age > SILENCE:
        words = Words(f"时钟已停，{seconds} 秒没有心跳", f"The clock has stopped: no sign of life for {seconds} s")
        return Answer("clock", False, words, remedy=START)
    return Answer("clock", True, Words(f"时钟 {seconds} 秒前有心跳", f"The clock was alive {seconds} s ago"))


def workers(stock: Stock) -> Answer:
    names = [name for name in stock.signs if name.startswith("worker:")]
    age = _newest(stock, names)
    if age is None:
        return Answer("worker", False, Words("worker 从未运行", "No worker has ever run"), remedy=START)
    if age > SILENCE:
        seconds = int(age.total_seconds())
        words = Words(f"没有 worker 在运行，{seconds} 秒没有心跳", f"No worker runs: no sign of life for {seconds} s")
        return Answer("worker", False, words, remedy=START)
    alive = sum(abs(stock.at - stock.signs[name]) <= SILENCE for name in names)
    return Answer("worker", True, Words(f"{alive} 个 worker 在运行", f"Workers at hand: {alive}"))


def busy(stock: Stock) -> bool:
    """Whether somebody holds claims whose lease still runs: taken through the queue, and bounded by the lease."""
    return stock.leased_until is not None and stock.leased_until > stock.at


def _probe(stock: Stock) -> Answer:
    # What a worker did to a delivery came by the same way: between two slow ones no lease runs for a moment.
    ages = [abs(stock.at - at) for at in (stock.signs.get(PROBE), stock.worked_at) if at is not None]
    age = min(ages, default=None)
    if age is not None and age <= SILENCE:
        seconds = int(age.total_seconds())
        words = Words(f"{seconds} 秒前有任务走完队列", f"A job came through the queue {seconds} s ago")
        return Answer("probe", True, words)
    if busy(stock):
        return Answer("probe", True, Words("worker 都在忙，探针在等", "All workers are busy; the probe waits"))
    if age is None:
        return Answer("probe", False, Words("从未有任务走完队列", "No job ever came through the queue"), remedy=STUCK)
    seconds = int(age.total_seconds())
    words = Words(f"{seconds} 秒没有任务走完队列", f"No job has come through the queue for {seconds} s")
    return Answer("probe", False, words, remedy=STUCK)


def _overdue(stock: Stock) -> Answer:
    count = stock.unreleased + stock.untaken
    words = Words(f"{count} 项发布任务已过时未发", f"{count} deliveries are past their time")
    if not count:
        return Answer("overdue", True, Words("没有过时未发的任务", "No delivery is past its time"))
    # What the clock has not released is nobody's backlog. What no worker has taken yet is one while they work it off.
    lately = stock.worked_at is not None and abs(stock.at - stock.worked_at) <= AT_WORK
    if not stock.unreleased and (lately or busy(stock)):
        working = Words(f"{words.zh}，正在处理", f"{words.en}; they are being worked off")
        return Answer("overdue", True, working, warning=True)
    return Answer("overdue", False, words, remedy=STUCK)


def _hints(stock: Stock) -> Answer:
    if not stock.unhinted:
        return Answer("hints", True, Words("到期任务都已进队列", "Every delivery that is due has been announced"))
    words = Words(
        f"{stock.unhinted} 项到期任务没有进入队列", f"{stock.unhinted} deliveries are due and were never announced"
    )
    return Answer("hints", False, words, remedy=STUCK)


def _lists(vitals: Vitals) -> Answer:
    since = vitals.behind_since
    if since is None or vitals.at - since <= LISTS_STILL:
        return Answer("lists", True, Words("站点列表和订阅跟得上", "The sites' lists and feeds keep up"))
    minutes = int((vitals.at - since).total_seconds() // 60)
    words = Words(f"站点列表和订阅已落后 {minutes} 分钟", f"The sites' lists and feeds are {minutes} min behind")
    return Answer("lists", False, words, remedy=LISTS_REMEDY)


def _allowances(stock: Stock) -> Answer:
    if not stock.nearly_used:
        return Answer("allowances", True, Words("平台接口额度充足", "Platforms allow enough calls"))
    count = stock.nearly_used
    words = Words(
        f"{count} 个账号今天的平台接口额度将用完", f"{count} accounts have nearly used up their calls of today"
    )
    return Answer("allowances", True, words, warning=True, remedy=ALLOWANCES_REMEDY)


def _disk(vitals: Vitals) -> Answer:
    if vitals.disk is None:
        return Answer("disk", False, Words("磁盘没有回应", "The disk does not answer"), remedy=DISK_REMEDY)
    free, total = vitals.disk
    size = f"{free / (1 << 30):.1f} GiB"
    words = Words(f"磁盘剩余 {size}", f"{size} of disk are free")
    scarce = free < DISK_SCARCE or free < total * DISK_SHARE
    return Answer("disk", free >= DISK_GONE, words, warning=scarce, remedy=DISK_REMEDY if scarce else NO_WORDS)


UNKNOWABLE = Words("数据库没有回应，无从得知", "Not known without the database")
START = Words(
    "请运行 yigao up；若已在运行，请看 log 目录里它的日志。", "Run yigao up; if it runs, see its log in log/."
)
STUCK = Words(
    "请看 log 目录里 clock 和 worker 的日志，再重新启动 yigao up。",
    "See the logs of clock and workers in log/, then restart yigao up.",
)
DATABASE_REMEDY = Words(
    "请检查数据库服务和 database_url；首次使用请先运行 yigao up。",
    "See to the database and database_url; the first yigao up makes the tables.",
)
QUEUE_REMEDY = Words(
    "请运行 yigao up，它带有内置队列；设了 redis_url 的请检查该服务。",
    "Run yigao up, which brings a queue; with redis_url set, see to that server.",
)
LISTS_REMEDY = Words(
    "请看 clock 的日志；可用 yigao site rebuild 重建。", "See the clock's log; yigao site rebuild makes them anew."
)
ALLOWANCES_REMEDY = Words(
    "请看账号页的“今日额度”；用完的次日 0 时恢复，急的请人工发布。",
    "See today's calls on the accounts' pages; they begin anew at midnight in Beijing.",
)
DISK_REMEDY = Words(
    "请清理磁盘：备份、旧日志，或换更大的盘。", "Make room: old backups and logs, or use a larger disk."
)
