"""The editors of a run: verbs in the editor's own process, or asked of the web, with every answer on record."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from hub.domain.refusals import Refusal
from hub.models import Delivery, Hold
from hub.publishing.changing import cancel, reschedule, retry
from hub.publishing.holding import hold, lift
from hub.publishing.scheduling import schedule
from hub.publishing.withdrawing import withdraw
from hub.services import Services
from hub.workflow import Actor, ConflictError
from tests.fakes import EDITOR, write

# Who may hold everything: the machine's own operator.
OPERATOR = Actor("cli:harness")


def act(services: Services, order: dict[str, Any]) -> dict[str, Any]:
    """Carry out one order of an editor; the answer is plain data. `piece` finds the delivery of the plan."""
    try:
        return {"answer": "ok", **_VERBS[order["verb"]](services, order)}
    except Refusal as refusal:
        return {"answer": "refused", "code": refusal.code}
    except ConflictError as conflict:
        return {"answer": "conflict", "found": str(conflict.found)}
    except SQLAlchemyError as error:
        return {"answer": "lost", "error": type(error).__name__}


def _schedule(services: Services, order: dict[str, Any]) -> dict[str, Any]:
    now = services.db.now()
    revision = write(services, order["title"])
    [outcome] = schedule(
        services,
        actor=EDITOR,
        revision_id=revision,
        account_ids=[order["account"]],
        at=now + timedelta(seconds=order["after"]),
        now=now,
    )
    return {"delivery": outcome.delivery_id, "refusal": outcome.refusal and outcome.refusal.en}


def _schedule_many(services: Services, order: dict[str, Any]) -> dict[str, Any]:
    now = services.db.now()
    revision = write(services, order["title"])
    at = now + timedelta(seconds=order["after"])
    accounts = order["accounts"]
    outcomes = schedule(services, actor=EDITOR, revision_id=revision, account_ids=accounts, at=at, now=now)
    return {"deliveries": [o.delivery_id for o in outcomes]}


def _on_delivery(verb: Callable[..., int], **further: Any) -> Callable[[Services, dict[str, Any]], dict[str, Any]]:
    def act_on(services: Services, order: dict[str, Any]) -> dict[str, Any]:
        with services.db.reading() as session:
            row = session.execute(select(Delivery.id, Delivery.version).where(Delivery.id == order["delivery"])).first()
        if row is None:
            return {"answer": "none"}
        now = services.db.now()
        more = {name: make(now, order) for name, make in further.items()}
        version = verb(services, actor=EDITOR, delivery_id=row.id, version=row.version, now=now, **more)
        return {"delivery": row.id, "version": version}

    return act_on


def _hold(services: Services, order: dict[str, Any]) -> dict[str, Any]:
    office = 1 if order["office"] else None
    return {"hold": hold(services, actor=OPERATOR, name="停", office_id=office, now=services.db.now())}


def _lift(services: Services, order: dict[str, Any]) -> dict[str, Any]:
    """Every hold there is: the answer to the one that made it may have been lost."""
    with services.db.reading() as session:
        ids = session.scalars(select(Hold.id).where(Hold.lifted_at.is_(None))).all()
    for id_ in ids:
        lift(services, actor=OPERATOR, hold_id=id_, now=services.db.now())
    return {"lifted": list(ids)}


def _withdraw(services: Services, order: dict[str, Any]) -> dict[str, Any]:
    with services.db.reading() as session:
        piece = session.scalar(select(Delivery.interpretation_id).where(Delivery.id == order["delivery"]))
    if piece is None:
        return {"answer": "none"}
    done = withdraw(services, actor=EDITOR, interpretation_id=piece, reason="内容有误", now=services.db.now())
    return {"interpretation": piece, "withdrawal": done.withdrawal_id}


_VERBS: dict[str, Callable[[Services, dict[str, Any]], dict[str, Any]]] = {
    "schedule": _schedule,
    "schedule-many": _schedule_many,
    "cancel": _on_delivery(cancel),
    "reschedule": _on_delivery(reschedule, at=lambda now, order: now + timedelta(seconds=order["after"])),
    "retry": _on_delivery(retry),
    "withdraw": _withdraw,
    "hold": _hold,
    "lift": _lift,
}


# Whoever schedules, or lifts a hold, tries until an answer says that it is done.
_AGAIN = ("schedule", "schedule-many", "lift")
TRIES = 60
# Orders about no delivery that is there already.
_ANYWAY = ("schedule", "schedule-many", "hold", "lift")


def with_verbs(create_app: Callable[..., Any]) -> Callable[..., Any]:
    """The web application with one more address in front: POST /faults/verb carries out an order, then hints, as the
    console does after its commit.
    """

    def created(services: Services, *, hint: Callable[[int], None], **further: Any) -> Any:
        app = create_app(services, hint=hint, **further)
        console = app.wsgi_app

        def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            if environ["PATH_INFO"] != "/faults/verb":
                return console(environ, start_response)
            order = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            answer = json.dumps(act(services, order)).encode()
            hint(1)
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
            return [answer]

        app.wsgi_app = wsgi
        return app

    return created


def ask_web(port: int, order: dict[str, Any]) -> dict[str, Any]:
    """Have the web carry the order out; an answer that was lost may have been carried out."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        line.connect()
    except OSError:
        return {"answer": "none", "error": "not reached"}
    try:
        line.request("POST", "/faults/verb", body=json.dumps(order), headers={"Content-Type": "application/json"})
        answer = line.getresponse()
        body = answer.read()
        if answer.status >= 500:
            return {"answer": "lost", "error": str(answer.status)}
        if answer.status != 200:
            raise RuntimeError(f"the web answers {answer.status}: {body[:200]!r}")
        said: dict[str, Any] = json.loads(body)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return {"answer": "lost", "error": type(error).__name__}
    finally:
        line.close()
    return said


def edit(services: Services, orders: list[dict[str, Any]], port: int, folder: Path, began: float) -> None:
    """Carry out the orders at their times and record every answer in the run's folder. Whoever hears that it did
    not work tries again, with a text of its own: the first may be there all the same.
    """
    made: dict[int, int] = {}
    for number, planned in enumerate(orders):
        time.sleep(max(0.0, began + planned["at"] - time.monotonic()))
        order = {**planned, "delivery": made.get(planned.get("piece", -1))}
        if planned["verb"] not in _ANYWAY and order["delivery"] is None:
            continue
        asked = time.time()
        answer = ask_web(port, order) if order.get("web") else act(services, order)
        if order["verb"] == "schedule" and answer.get("delivery"):
            made[order["piece"]] = answer["delivery"]
        line = {"number": number, "asked": asked, "answered": time.time(), "order": order, **answer}
        with (folder / "editor.jsonl").open("a") as out:
            out.write(json.dumps(line) + "\n")
        if order["verb"] in _AGAIN and answer["answer"] in ("lost", "none") and planned.get("tries", 0) < TRIES:
            again = time.monotonic() - began + 0.3
            orders.append({**planned, "at": again, "web": False, "tries": planned.get("tries", 0) + 1})
