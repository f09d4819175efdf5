"""Posting one article through the interface: pictures, cover, draft, submit.

Uploading to the library, adding a draft and submitting it are not idempotent. Each is noted as begun, and committed,
before it is done; whoever comes after a lost answer or a dead worker looks at the platform before anything is repeated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.base import Accepted, NeedsHand, Permanent, Receipt, Retryable
from channels.far import Memory, Steps
from channels.keys import piece_of
from channels.wechat.client import Client
from channels.wechat.comparing import is_ours
from channels.wechat.letter import Letter, fingerprint
from channels.wechat.outcomes import (
    DRAFT_GONE,
    HANDED_OVER,
    NOT_SEEN_YET,
    ONLY_A_PERSON,
    number_of,
    receipt_of,
)
from channels.wechat.pictures import cover_of, fitted
from channels.wechat.refusals import AGAIN, UNKNOWN_MEDIA, Refusal, only_asking
from channels.wechat.shelf import Shelf

# What was submitted shows among what is published within minutes; after so long only a person can tell.
PATIENCE = timedelta(minutes=10)
_KINDS = {"image/png": "png", "image/jpeg": "jpg"}


@dataclass
class Posting:
    """One send, with what its earlier tries have noted."""

    client: Client
    letter: Letter
    steps: Steps
    shelf: Shelf = field(init=False)

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.client)

    @property
    def memory(self) -> Memory:
        return self.client.far_end.memory

    def post(self, *, publish: bool) -> Receipt | Accepted:
        """Bring it as far as the account wants: to a draft for a person, or to the platform's task. Goes on from
        wherever an earlier try stood. Raises as `channels.base.Sends.send`.
        """
        if self.steps["publish"]:
            return Accepted(self.steps["publish"])
        if self.steps["submitting"] and (receipt := self._settled()):
            return receipt
        draft = self._draft()
        if not publish:
            raise NeedsHand("WEC-330", HANDED_OVER)
        return self._submit(draft)

    def look(self) -> Receipt | Accepted | None:
        """Whether an earlier try has brought it out; None when it surely has not. Raises Retryable, and NeedsHand when
        only a person can tell.
        """
        if self.steps["publish"]:
            return Accepted(self.steps["publish"])
        if self.steps["submitting"]:
            with only_asking():
                receipt = self._published()
            if receipt:
                return receipt
            since = datetime.fromisoformat(self.steps["submitting"])
            if self.memory.now() - since < PATIENCE:
                raise Retryable("WEC-334", NOT_SEEN_YET)
            raise Permanent("WEC-335", ONLY_A_PERSON)
        if self.steps["adding"]:
            with only_asking():
                found = self._added()
            if found:
                self._note(draft=found, adding="", text="")
        return None

    def _note(self, **said: str) -> None:
        self.steps = self.memory.note(self.steps, **said)

    @contextmanager
    def _begun(self, name: str) -> Iterator[None]:
        """The block does what must not be done twice: noted before; taken back when surely nothing was done."""
        self._note(**{name: self.memory.now().isoformat()})
        try:
            yield
        except (Refusal, Retryable, Permanent, NeedsHand):
            # A definite no, or it was never sent. Whatever else comes of it, the note stays.
            self._note(**{name: ""})
            raise

    def _settled(self) -> Receipt | None:
        """A person has looked and it was not there: it may be submitted again, unless it has come out since."""
        if receipt := self._published():
            return receipt
        gone = not self.shelf.has_draft(self.steps["draft"])
        self._note(submitting="", **({"draft": ""} if gone else {}))
        return None

    def _published(self) -> Receipt | None:
        there = self.shelf.published()
        found = next((s for s in there if is_ours(self.letter.plain, s.article, self.letter.key)), None)
        return receipt_of(self.letter, found) if found else None

    def _added(self) -> str:
        """The draft that an earlier try has added, if it has."""
        there = self.shelf.drafts()
        return next((m for m, article in there if is_ours(self.letter.plain, article, self.letter.key)), "")

    def _draft(self) -> str:
        """The draft's id; it is there and has the article as it is now."""
        if self.steps["adding"] and not self.steps["draft"] and (found := self._added()):
            self._note(draft=found, adding="", text="")
        if not self.steps["draft"] and (earlier := self._earlier()):
            self._note(draft=earlier, text="")
        cover, crops = self._cover()
        article = self.letter.article(self._addresses(), cover, crops)
        mark = fingerprint(article)
        if self.steps["draft"] and self.steps["text"] != mark:
            self._update(article)
        if not self.steps["draft"]:
            with self._begun("adding"):
                made = self.client.call("draft/add", articles=[article])
            self._note(draft=number_of(made, "media_id"), adding="")
        self._remember(self.steps["draft"])
        self._note(text=mark)
        return self.steps["draft"]

    def _earlier(self) -> str:
        """The draft of an earlier version of this piece that was never published: this one takes its place, so that
        nobody publishes the older words by mistake.
        """
        name = _kept_as(self.letter.key)
        return self.memory.kept(self.client.account, name) if name else ""

    def _remember(self, draft: str) -> None:
        name = _kept_as(self.letter.key)
        if name and self.memory.kept(self.client.account, name) != draft:
            self.memory.keep(self.client.account, name, draft)

    def forget_draft(self) -> None:
        """It is published, and with that gone from the drafts."""
        self._remember("")

    def _update(self, article: dict[str, object]) -> None:
        """The draft has an older text. One that is gone is made anew: it is not published, that was looked up."""
        try:
            self.client.call("draft/update", media_id=self.steps["draft"], index=0, articles=article)
        except Refusal as refusal:
            if refusal.errcode != UNKNOWN_MEDIA or self.shelf.has_draft(self.steps["draft"]):
                raise
            self._note(draft="")

    def _submit(self, draft: str) -> Receipt | Accepted:
        try:
            with self._begun("submitting"):
                made = self.client.call("freepublish/submit", media_id=draft)
        except Refusal as refusal:
            if refusal.errcode != UNKNOWN_MEDIA:
                raise
            # Published by a person's hand meanwhile, or deleted.
            with only_asking():
                receipt = self._published()
            if receipt:
                return receipt
            self._note(draft="")
            raise Permanent("WEC-315", DRAFT_GONE, AGAIN) from refusal
        self._note(publish=number_of(made, "publish_id"), submitting="")
        return Accepted(self.steps["publish"])

    def _addresses(self) -> dict[str, str]:
        """The platform's address of every picture of the body; each is uploaded once an account."""
        return {picture.path: self._address(picture.data, picture.media_type) for picture in self.letter.pictures}

    def _address(self, data: bytes, media_type: str) -> str:
        name = hashlib.sha256(data).hexdigest()
        if known := self.memory.kept(self.client.account, name):
            return known
        fit, kind = fitted(data, media_type)
        # A second time is a second file of no account: this call may be repeated.
        answer = self.client.upload("media/uploadimg", f"{name[:32]}.{_KINDS[kind]}", fit, kind)
        address = number_of(answer, "url")
        self.memory.keep(self.client.account, name, address)
        return address

    def _cover(self) -> tuple[str, dict[str, str]]:
        """The cover's id in the library, and its crops."""
        data, crops = cover_of(self.letter.artefact)
        name = f"cover-{hashlib.sha256(data).hexdigest()}"
        if known := self.memory.kept(self.client.account, name):
            return known, crops
        filename = f"{name[:38]}.png"
        found = self.shelf.picture(filename) if self.steps["uploading"] else ""
        if not found:
            with self._begun("uploading"):
                made = self.client.upload("material/add_material", filename, data, "image/png", type="image")
            found = number_of(made, "media_id")
        self.memory.keep(self.client.account, name, found)
        self._note(uploading="")
        return found, crops


def _kept_as(key: str) -> str:
    piece = piece_of(key)
    return f"draft:{piece}" if piece else ""
