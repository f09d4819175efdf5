"""What a channel is told and what it gives back.

A channel is a pure function from a frozen `Manuscript` to an `Artefact`; sending, confirming and retracting are extra
protocols that a channel has or has not. Nothing here knows Flask, a database or a queue.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, runtime_checkable

from pydantic import BaseModel

from channels.items import Item
from channels.manuscript import Content, Manuscript, Withdrawal
from channels.words import NO_WORDS, Words


class Severity(StrEnum):
    """How much a finding weighs."""

    BLOCK = "block"  # the channel makes nothing until it is mended
    WARN = "warn"  # said, never stops anything
    NOTE = "note"  # worth knowing
    SKIP = "skip"  # the channel has nothing to say about this manuscript: not an error, no file


@dataclass(frozen=True)
class Fix:
    """A correction that changes no meaning and may be made at one press: at `place`, `old` becomes `new`.

    `at` counts the characters before `old` in the text (in a body: in its line); -1 is its first appearance.
    """

    place: str
    old: str
    new: str
    at: int = -1


@dataclass(frozen=True)
class Finding:
    """One thing a check noticed, in the style of the product's messages.

    `code` is stable ("WEC-201"); `place` is a path into the manuscript ("title", "key_points[2].text", "body:14" for
    line 14 of the body, "images[a.png]"); `ground` is the rule it rests on, with its source, or empty.
    """

    code: str
    severity: Severity
    place: str
    sentence: Words
    suggestion: Words = NO_WORDS
    ground: str = ""
    fix: Fix | None = None

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain data for manifests and JSON answers, both languages included."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "place": self.place,
            "sentence": self.sentence.as_dict(),
            "suggestion": self.suggestion.as_dict(),
            "ground": self.ground,
        }


def blocks(findings: Iterable[Finding]) -> bool:
    """Whether any of the findings keeps the channel from rendering (a block, or a skip)."""
    return any(f.severity in (Severity.BLOCK, Severity.SKIP) for f in findings)


@dataclass(frozen=True)
class File:
    """One rendered file: a POSIX path below the channel's folder, its bytes, media type and alternative text."""

    path: str
    data: bytes = field(repr=False)
    media_type: str
    alt: str = ""

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Artefact:
    """The rendered bytes for one channel, in a fixed order of files.

    `entry` names the file a person opens first. `texts` are short texts to copy when a person posts (label -> text).
    """

    channel: str
    files: tuple[File, ...]
    entry: str
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def sha256(self) -> str:
        """Hex SHA-256 over the manifest: equal if and only if every path, type, alt text and byte is equal."""
        return hashlib.sha256(json.dumps(self.manifest(), ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def manifest(self) -> dict[str, Any]:
        """The artefact without its bytes: per file its path, media type, hash, size and alt text."""
        return {
            "channel": self.channel,
            "entry": self.entry,
            "texts": [list(pair) for pair in self.texts],
            "files": [
                {"path": f.path, "media_type": f.media_type, "sha256": f.sha256, "size": len(f.data), "alt": f.alt}
                for f in self.files
            ],
        }

    def file(self, path: str) -> File:
        """The file at `path`; raises KeyError when there is none."""
        for f in self.files:
            if f.path == path:
                return f
        raise KeyError(path)


@dataclass(frozen=True)
class Remark:
    """Something an editor should know of what is out: a stable code and the sentence."""

    code: str
    sentence: Words


@dataclass(frozen=True)
class Receipt:
    """Proof that something is out there: the platform's id, or a read-back (a sentence with a hash), or both."""

    platform_id: str = ""
    url: str = ""
    proof: str = ""
    # What is not as it should be, though it is out.
    remark: Remark | None = None


@dataclass(frozen=True)
class Accepted:
    """The platform has taken it and is not done: `Confirms.confirm` is asked until it is out. `number`: its task's."""

    number: str


class ChannelError(Exception):
    """A send that did not end in a receipt. `sentence` is for the editor; `code` is stable. `remedy` says whose turn a
    lasting one is ("editor", "administrator") and what helps ("retry", "account", "text"); without it, the text's.
    """

    def __init__(self, code: str, sentence: Words, remedy: tuple[str, str] | None = None) -> None:
        super().__init__(f"{code} {sentence.zh}")
        self.code = code
        self.sentence = sentence
        self.remedy = remedy


class Permanent(ChannelError):
    """It will fail again until somebody changes something."""


class Retryable(ChannelError):
    """Nothing happened there, and another try may succeed."""


class Unknown(ChannelError):
    """It may have happened: never repeat it before `find` has looked."""


class NeedsHand(ChannelError):
    """This account cannot be posted to by us; a person must."""


@runtime_checkable
class Channel(Protocol):
    """Every channel. `key` is stored and stands in URLs: it never changes. `name` is what the screen shows."""

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> Words: ...
    @property
    def Settings(self) -> type[BaseModel]: ...  # noqa: N802 (a class)

    def check(self, manuscript: Manuscript, settings: Any) -> Sequence[Finding]:
        """What is wrong with the manuscript for this channel. Pure; an empty answer means nothing to say."""
        ...

    def render(self, manuscript: Manuscript, settings: Any) -> Artefact:
        """The artefact. Pure and deterministic; called only when `blocks(check(...))` is false."""
        ...


class Derived(NamedTuple):
    """What a channel shows when the editor wrote nothing for it: the text, and the field of the content it is from."""

    text: str
    source: str


@dataclass(frozen=True)
class VariantField:
    """A field that a channel may have words of its own for. `name` is a field of `Variant`, `label` what the channel
    calls it. `limit` is counted by `count` (0: none), as the platform does; `ground` says who set it.
    """

    name: str
    label: Words
    derived: Callable[[Content], Derived]
    limit: int = 0
    count: Callable[[str], float] = len
    ground: str = ""


@runtime_checkable
class Varies(Protocol):
    """A channel that can have words of its own (渠道稿). Without it, it gets the common text and nothing else."""

    @property
    def varied(self) -> Sequence[VariantField]: ...


class View(NamedTuple):
    """Another way in which readers meet a publication: its name and its files. Looked at, never published."""

    name: Words
    artefact: Artefact


@runtime_checkable
class Shows(Protocol):
    """A channel whose publication readers meet in more than one way."""

    # What the artefact itself is called among the views.
    @property
    def first_view(self) -> Words: ...

    def views(self, manuscript: Manuscript, settings: Any) -> Sequence[View]:
        """The other views. Pure; called only when nothing blocks."""
        ...


@runtime_checkable
class Sends(Protocol):
    """A channel with a remote side effect.

    It may have an attribute `batch: int` (without it: 1): how many sends may share one commit of their intents and one
    of their receipts. Only for a channel that answers in milliseconds and whose `find` is sure: when the program dies
    among them, all that is not recorded is looked for. Settings may have an attribute `far: bool`: such an account's
    sends go over a network, and are done one by one. A Settings class may name in `only_sending` the fields that change
    nothing about the artefact: accounts that differ in those alone share a render.
    """

    def send(self, artefact: Artefact, settings: Any, key: str) -> Receipt | Accepted:
        """Do it once. `key` is the idempotency key. Raises Permanent, Retryable, Unknown or NeedsHand. Accepted is for
        who also `Confirms`.
        """
        ...

    def find(self, key: str, artefact: Artefact, settings: Any) -> Receipt | Accepted | None:
        """Look whether the send with `key` took place; None is a definite no. Raises Retryable if it can't tell, and
        Permanent or NeedsHand when only a person can.
        """
        ...


@runtime_checkable
class Confirms(Protocol):
    """A channel whose platform first accepts and publishes later, and may take down what it has published."""

    def confirm(self, artefact: Artefact, settings: Any, key: str) -> Receipt | Accepted:
        """Where the send with `key` stands, by a question that changes nothing: out and read back, or still Accepted.
        Raises Permanent when the platform has refused it, with the reason; Retryable when it can't tell now.
        """
        ...

    def watch(self, receipt: Receipt, settings: Any, key: str) -> Remark | None:
        """Whether what was published is still there; a remark when it is not. Raises Retryable when it can't tell."""
        ...


@dataclass(frozen=True)
class Heard:
    """What to answer to a pushed event. `news`: what is being confirmed should be asked after at once."""

    reply: bytes
    news: bool = False


@runtime_checkable
class Hears(Protocol):
    """A channel whose platform pushes events to an address of ours."""

    def hear(self, settings: Any, query: Mapping[str, str], body: bytes) -> Heard | None:
        """None when the event is not signed by the platform. Believe nothing else of it: it is only a reason to ask."""
        ...


@runtime_checkable
class Retracts(Protocol):
    """A channel that can take down, replace or mark what it has published."""

    def retract(self, receipt: Receipt, withdrawal: Withdrawal, settings: Any, key: str) -> Receipt:
        """Withdraw what the receipt names, and prove it: the receipt says what stands there now.

        `key` is the idempotency key of this withdrawal: a second call finds it done and answers the same, so it may be
        repeated after Retryable and after Unknown. Raises NeedsHand when a person must, with what to do and where;
        Permanent, Retryable or Unknown.
        """
        ...


@runtime_checkable
class Replaces(Protocol):
    """A sending channel that must know what a correction replaces. Without it a correction is sent like any piece when
    nothing is out, and is a person's task when something is.
    """

    def replace(self, artefact: Artefact, earlier: Receipt, settings: Any, key: str) -> Receipt | Accepted:
        """Put the artefact in the place of what `earlier` names. As `Sends.send`: raises Permanent, Retryable, Unknown
        or NeedsHand, and `find` with the same key answers only when all of it is done.
        """
        ...


@runtime_checkable
class Sited(Protocol):
    """A channel whose publication is a place on our own public site: the site writes the files and reads them back."""

    def item(self, manuscript: Manuscript, settings: Any) -> Item:
        """What lists and feeds show of it, and the folder its files go to. Pure; stored when it is published."""
        ...


class Allowance(NamedTuple):
    """Calls of one kind that an account has made today, and how many its platform is known to allow."""

    name: Words
    used: int
    limit: int


@runtime_checkable
class Counts(Protocol):
    """A channel whose platform allows an account so many calls a day."""

    def allowances(self, settings: Any) -> Sequence[Allowance]:
        """Those of today, from our own count: nobody is asked."""
        ...


@runtime_checkable
class Probes(Protocol):
    """A channel whose accounts can be tested: is the far end there, does it know us, may we post?"""

    def probe(self, settings: Any) -> Sequence[Finding]:
        """What is not as it should be, each at a field of the settings; empty: all is well. It changes nothing at the
        far end, posts nothing, and keeps its own waits well below ten seconds. Raises nothing of its own.
        """
        ...
