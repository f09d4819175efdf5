"""Delivery into a receiving folder (收稿目录), for a media centre or a platform's upload tool to pick up.

Idempotent and probeable: the package is complete under its final name or it is not there at all.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, PrivateAttr, field_validator

from channels.base import Artefact, File, Finding, NeedsHand, Permanent, Receipt, Retryable, Severity
from channels.labels import Label, UnfitError
from channels.manuscript import Withdrawal
from channels.text.wording import moment_words
from channels.words import Words

# What is no longer to be posted stands beside the packages in these, as a note and nothing else.
WITHDRAWN, REPLACED = "已撤回", "已替换"
NOTE, CORRECTED = "说明.txt", "更正说明.txt"
THE_PLATFORM = Words("发布平台", "the platform")

_PART = re.compile(r"[^\s/\\.\x00-\x1f][^/\\\x00-\x1f]*")


class FolderSettings(BaseModel):
    """Settings of an account that may deliver into a folder.

    `folder` is relative to the installation's outbox; empty means that a person posts. The outbox itself is handed
    over as validation context (`{"outbox": Path}`), so it is never stored with the account.
    """

    model_config = ConfigDict(extra="forbid")

    folder: Annotated[
        str,
        Label(
            "收稿目录",
            "Receiving folder",
            Words(
                "成品写入的目录（相对发件目录）；留空则由人工发布。",
                "Where finished pieces are put, below the outbox; empty: a person posts.",
            ),
        ),
    ] = ""
    _outbox: Path | None = PrivateAttr(default=None)

    @field_validator("folder")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        if value and not all(_PART.fullmatch(part) for part in value.split("/")):
            raise UnfitError(
                "收稿目录须是相对路径，不含“..”、空段或反斜杠，例如“公众号/锦溪发布”。",
                "A relative path without “..”, empty parts or backslashes, such as “wechat/jinxi”.",
            )
        return value

    def model_post_init(self, context: Any) -> None:
        """Take the outbox from the validation context when there is one."""
        if isinstance(context, dict) and context.get("outbox"):
            self._outbox = Path(context["outbox"])

    def target(self, key: str) -> Path | None:
        """Where the package with `key` belongs, or None when no folder is set."""
        if not self.folder or self._outbox is None:
            return None
        return self._outbox / self.folder / key

    def package(self, receipt: Receipt) -> Path | None:
        """Where the package that the receipt names belongs now, or None when it names none of a receiving folder: a
        person posted it. The account's folder may have changed since; the one in the receipt counts.
        """
        parts = urlsplit(receipt.url)
        if parts.scheme != "file" or self._outbox is None:
            return None
        path = Path(unquote(parts.path))
        return path if ".." not in path.parts and path.is_relative_to(self._outbox) else None


def probe_folder(settings: FolderSettings) -> Sequence[Finding]:
    """Whether the receiving folder is there, or can be made, and can be written. Leaves nothing behind."""
    if not settings.folder or settings._outbox is None:
        sentence = Words("未设收稿目录，由人工发布。", "No receiving folder: a person posts.")
        return [Finding("FOL-101", Severity.NOTE, "folder", sentence)]
    place = settings._outbox / settings.folder
    # What is not there yet is made by the first delivery, in the nearest folder that is.
    there = next(path for path in (place, *place.parents) if path.exists())
    if not there.is_dir():
        sentence = Words(f"“{settings.folder}”的位置上有同名文件。", f"A file is in the way of {settings.folder!r}.")
        hint = Words("请移走该文件，或改用别的目录。", "Move the file away, or choose another folder.")
        return [Finding("FOL-102", Severity.BLOCK, "folder", sentence, hint)]
    try:
        with tempfile.TemporaryDirectory(prefix=".probe-", dir=there):
            pass
    except OSError as error:
        why = error.strerror or ""
        sentence = Words(f"收稿目录不可写：{why}。", f"The receiving folder can't be written: {why}.")
        hint = Words("请管理员检查目录的权限和磁盘。", "Have its permissions and the disk looked at.")
        return [Finding("FOL-103", Severity.BLOCK, "folder", sentence, hint)]
    if there != place:
        sentence = Words(
            "收稿目录还不存在，首次发布时会建立。", "The folder is not there yet; the first piece makes it."
        )
        return [Finding("FOL-104", Severity.NOTE, "folder", sentence)]
    return []


def send_to_folder(artefact: Artefact, settings: FolderSettings, key: str) -> Receipt:
    """Write the artefact's files below the account's folder under one rename, read them back, and say what is there.

    Raises NeedsHand without a folder, Permanent when the folder can't be written, Retryable when the disk refuses.
    """
    return _send(artefact, settings, key)


def _send(artefact: Artefact, settings: FolderSettings, key: str, *notes: File) -> Receipt:
    target = settings.target(key)
    if target is None:
        raise NeedsHand("DLV-310", Words("此账号由人工发布。", "A person posts to this account."))
    if (receipt := find_in_folder(artefact, settings, key)) is not None:
        return receipt
    with _disk(settings):
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_whole((*artefact.files, *notes), target)
    receipt = find_in_folder(artefact, settings, key)
    if receipt is None:
        raise Retryable("DLV-313", Words("写入后读回的内容不一致。", "What was read back is not what was written."))
    return receipt


@contextmanager
def _disk(settings: FolderSettings) -> Iterator[None]:
    """What the disk refuses, as a channel's error. Nothing half done is ever seen, so it may be repeated."""
    try:
        yield
    except PermissionError as error:
        raise Permanent(
            "DLV-311",
            Words(f"收稿目录不可写：“{settings.folder}”。", f"The folder {settings.folder!r} can't be written."),
        ) from error
    except OSError as error:
        raise Retryable(
            "DLV-312",
            Words(f"写入收稿目录失败：{error.strerror}。", f"Writing to the folder failed: {error.strerror}."),
        ) from error


def find_in_folder(artefact: Artefact, settings: FolderSettings, key: str) -> Receipt | None:
    """The receipt of a package that is there whole and byte for byte the artefact, else None."""
    target = settings.target(key)
    if target is None or not target.is_dir():
        return None
    for file in artefact.files:
        path = target / file.path
        if not path.is_file() or path.read_bytes() != file.data:
            return None
    return Receipt(
        url=target.as_uri(),
        proof=f"{settings.folder}/{key}: 读回 {len(artefact.files)} 个文件 files read back, sha256 {artefact.sha256}",
    )


def retract_from_folder(
    receipt: Receipt, withdrawal: Withdrawal, settings: FolderSettings, key: str, where: Words = THE_PLATFORM
) -> Receipt:
    """Take the package out of pick-up under one rename and leave a note in 已撤回/ beside it: when, why, `key`.

    `where` is what people call the place that a post is deleted at. A second call finds the note and answers the same.
    Raises NeedsHand when a person posted or the package has been picked up, Permanent when the folder can't be
    written, Retryable when the disk refuses.
    """
    package = settings.package(receipt)
    if package is None:
        raise NeedsHand("DLV-331", _delete_by_hand(receipt, where))
    note = _text(
        "本成品已撤回，请勿发布；已经发布的，请删除。",
        f"撤回时间：{moment_words(withdrawal.at, withdrawal.zone)}",
        f"撤回原因：{withdrawal.reason.strip()}",
        f"撤回单位：{withdrawal.office.strip()}" if withdrawal.office else "",
        f"编号：{key}",
    )
    with _disk(settings):
        # What a correction has replaced is out of pick-up already.
        aside = _set_aside(package, WITHDRAWN, note) or _shelved(package, REPLACED)
        if aside is None:
            raise NeedsHand("DLV-332", _picked_up(package.name, settings, where))
        digest = hashlib.sha256((aside / NOTE).read_bytes()).hexdigest()
    gone = f"{settings.folder}/{package.name}: 已移出收稿目录 moved out of the folder"
    return Receipt(url=aside.as_uri(), proof=f"{gone}, 读回{NOTE} note read back, sha256 {digest}")


def replace_in_folder(artefact: Artefact, earlier: Receipt, settings: FolderSettings, key: str) -> Receipt:
    """Take the earlier package out of pick-up into 已替换/, then write the new one with a note that names it.

    In this order a wrong text is never picked up while the right one is being written, and `find_in_folder` answers
    only when both are done. Raises as `send_to_folder`.
    """
    target, package = settings.target(key), settings.package(earlier)
    if target is not None and package is not None and package != target:
        with _disk(settings):
            _set_aside(package, REPLACED, _text("本成品已由更正后的成品替换，请勿发布。", f"更正后的成品：{key}"))
    before = package.name if package is not None else earlier.url or earlier.platform_id
    note = _text("本成品是更正，替换先前的成品；先前的已经发布的，请删除或更正。", f"先前的成品：{before}")
    return _send(artefact, settings, key, File(CORRECTED, note, "text/plain; charset=utf-8"))


def _set_aside(package: Path, shelf: str, note: bytes) -> Path | None:
    """Move the package under one rename to the shelf beside it and leave the note alone there: what is withdrawn must
    not lie about. Returns the note's folder, or None when the package is in neither place.
    """
    aside = package.parent / shelf / package.name
    if package.is_dir():
        # The note goes in first: killed after the rename, the next call knows what it finds.
        _write_file(package / NOTE, note)
        aside.parent.mkdir(exist_ok=True)
        if aside.exists():
            shutil.rmtree(aside)
        package.rename(aside)
    if _shelved(package, shelf) is None:
        return None
    for path in [path for path in aside.iterdir() if path.name != NOTE]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return aside


def _shelved(package: Path, shelf: str) -> Path | None:
    aside = package.parent / shelf / package.name
    return aside if (aside / NOTE).is_file() else None


def _text(*lines: str) -> bytes:
    # People open it with whatever the media centre has: the mark at its start tells old programs that it is UTF-8.
    return ("\ufeff" + "".join(f"{line}\r\n" for line in lines if line)).encode("utf-8", "replace")


def _delete_by_hand(receipt: Receipt, where: Words) -> Words:
    at = receipt.url or receipt.platform_id
    return Words(
        f"此内容由人工发布，请到{where.zh}删除{f'：{at}' if at else ''}，删除后在此登记。",
        f"A person posted this. Delete it at {where.en}{f': {at}' if at else ''}, then record it here.",
    )


def _picked_up(name: str, settings: FolderSettings, where: Words) -> Words:
    return Words(
        f"成品“{settings.folder}/{name}”已被取走。请联系取稿单位不再发布；已经发布的，到{where.zh}删除，完成后在此登记。",
        f"The package {settings.folder}/{name} has been picked up. Ask whoever took it not to post it; "
        f"if it is out, delete it at {where.en}, then record it here.",
    )


def _write_whole(files: Sequence[File], target: Path) -> None:
    """Write to a temporary folder beside the target, then rename; a half-written older try is replaced."""
    staging = Path(tempfile.mkdtemp(prefix=".part-", dir=target.parent))
    try:
        with ExitStack() as stack:
            parts = []
            for file in files:
                path = staging / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                part = stack.enter_context(path.open("wb"))
                part.write(file.data)
                part.flush()
                parts.append(part)
            # All written before the first is synced: one journal to write instead of one a file.
            for part in parts:
                os.fsync(part)
        staging.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write_file(path: Path, data: bytes) -> None:
    part = path.with_name(f".part-{path.name}")
    with part.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    part.rename(path)
