"""The channels under test, and the services that carry them: a far end that can be asked, one that can't, and places
on the site. Nothing in them is broken: what breaks is the far end, the line and the process.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from channels.base import Artefact, File, NeedsHand, Permanent, Receipt, Retryable, Unknown
from channels.manuscript import Manuscript, Withdrawal
from channels.words import Words
from hub.config import Config
from hub.services import Services
from tests.fakes import Plain
from tests.fakes import Sited as FakeSited
from tests.faults.points import reach

FAR, BLIND, PLACED = Words("远端", "far"), Words("盲发", "blind"), Words("站内", "placed")


class FarSettings(BaseModel):
    """An account at the sink. `patience` is the seconds that the channel waits for an answer (0: for ever, so that
    only the worker's own limit ends it).
    """

    model_config = ConfigDict(extra="forbid")
    account: str = ""
    patience: float = 0.9


def text_of(title: str) -> bytes:
    """What a piece with this title looks like at the far end. The checker knows the same rule."""
    return f"<p>{title}</p>\n".encode()


@dataclass
class Far(Plain):
    """Posts to the sink, and asks it by key."""

    key: str = "far"
    name: Words = FAR
    Settings: type[BaseModel] = FarSettings
    port: int = 0
    # The run's folder; its name is the run's at the sink.
    folder: Path = Path()
    # So many are sent in one round: their intents are committed together, and their receipts.
    batch: int = 4

    def render(self, manuscript: Manuscript, settings: Any) -> Artefact:
        file = File("index.html", text_of(manuscript.content.title), "text/html")
        self._hold_the_interpreter("render", file.data)
        return Artefact(self.key, (file,), "index.html")

    def _hold_the_interpreter(self, where: str, text: bytes) -> None:
        """Once, where the run's file `stuck` says so: a call to C that never lets go."""
        note = self.folder / "stuck"
        if not note.exists():
            return
        said = json.loads(note.read_text())
        if said["where"] == where and said["title"].encode() in text:
            note.unlink()
            # As a library that starts its call anew after every signal would.
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            ctypes.PyDLL(None).sleep(60)

    def send(self, artefact: Artefact, settings: FarSettings, key: str) -> Receipt:
        reach("send.before")
        line = self._line(settings)
        try:
            line.connect()
        except OSError as error:
            raise Retryable("FAR-301", Words("连不上。", "It can't be reached.")) from error
        try:
            line.request("PUT", self._path(settings, key), body=artefact.files[0].data)
            reach("sent.before")
            answer = line.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unknown("FAR-302", Words("没有收到回应。", "There was no answer.")) from error
        finally:
            line.close()
        receipt = _receipt(answer.status, body)
        self._hold_the_interpreter("send", artefact.files[0].data)
        reach("send.after")
        return receipt

    def find(self, key: str, artefact: Artefact, settings: FarSettings) -> Receipt | None:
        reach("look.before")
        line = self._line(settings)
        try:
            line.request("GET", self._path(settings, key))
            answer = line.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Retryable("FAR-303", Words("无法核对。", "It can't be asked.")) from error
        finally:
            line.close()
        reach("look.after")
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise Retryable("FAR-304", Words("平台说不清。", "The platform can't tell."))
        return _receipt(answer.status, body)

    def retract(self, receipt: Receipt, withdrawal: Withdrawal, settings: FarSettings, key: str) -> Receipt:
        reach("retract.before")
        line = self._line(settings)
        try:
            line.request("DELETE", self._path(settings, receipt.platform_id.removeprefix("p-")))
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unknown("FAR-310", Words("没有收到回应。", "There was no answer.")) from error
        finally:
            line.close()
        reach("retract.after")
        return Receipt(proof=f"DELETE {answer.status}")

    def _line(self, settings: FarSettings) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=settings.patience or None)

    def _path(self, settings: FarSettings, key: str) -> str:
        return f"/{self.folder.name}/{settings.account}/{key}"


def _receipt(status: int, body: bytes) -> Receipt:
    if status == 503:
        raise Retryable("FAR-305", Words("平台忙，没有收下。", "The platform is busy and took nothing."))
    if status == 403:
        raise Permanent("FAR-306", Words("平台拒收。", "The platform refuses it."))
    if status != 200:
        raise Unknown("FAR-307", Words("平台出错。", "The platform failed."))
    try:
        return Receipt(platform_id=json.loads(body)["id"])
    except ValueError as error:
        raise Unknown("FAR-308", Words("回应不完整。", "The answer is not whole.")) from error


@dataclass
class Blind(Far):
    """Posts to the sink, which it can't ask: at most once, and a lost answer is a person's to clear up."""

    key: str = "blind"
    name: Words = BLIND

    def find(self, key: str, artefact: Artefact, settings: FarSettings) -> Receipt | None:
        raise Permanent("FAR-309", Words("此平台不能查询。", "This platform can't be asked."))

    def retract(self, receipt: Receipt, withdrawal: Withdrawal, settings: FarSettings, key: str) -> Receipt:
        raise NeedsHand("FAR-311", Words("请人工删除。", "A person must take it down."))


@dataclass
class Placed(FakeSited):
    """Its publication is a place on the site."""

    key: str = "placed"
    name: Words = PLACED

    def render(self, manuscript: Manuscript, settings: Any) -> Artefact:
        file = File("index.html", text_of(manuscript.content.title), "text/html")
        return Artefact(self.key, (file,), "index.html")


def services_of(config: Config, port: int, folder: Path) -> Services:
    """Services with the three channels, their far end at `port`."""
    channels = (Far(port=port, folder=folder), Blind(port=port, folder=folder), Placed())
    return Services(config, {c.key: c for c in channels})
