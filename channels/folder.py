"""Delivery into a receiving folder (收稿目录), for a media centre or a platform's upload tool to pick up.

Idempotent and probeable: the package is complete under its final name or it is not there at all.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator

from channels.base import Artefact, NeedsHand, Permanent, Receipt, Retryable
from channels.words import Words

_PART = re.compile(r"[^\s/\\.\x00-\x1f][^/\\\x00-\x1f]*")


class FolderSettings(BaseModel):
    """Settings of an account that may deliver into a folder.

    `folder` is relative to the installation's outbox; empty means that a person posts. The outbox itself is handed
    over as validation context (`{"outbox": Path}`), so it is never stored with the account.
    """

    model_config = ConfigDict(extra="forbid")

    folder: str = Field(default="", title="收稿目录", description="成品写入的目录（相对发件目录）；留空则由人工发布。")
    _outbox: Path | None = PrivateAttr(default=None)

    @field_validator("folder")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        if value and not all(_PART.fullmatch(part) for part in value.split("/")):
            raise ValueError("收稿目录须是相对路径，不含“..”、空段或反斜杠，例如“公众号/锦溪发布”")
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


def send_to_folder(artefact: Artefact, settings: FolderSettings, key: str) -> Receipt:
    """Write the artefact's files below the account's folder under one rename, read them back, and say what is there.

    Raises NeedsHand without a folder, Permanent when the folder can't be written, Retryable when the disk refuses.
    """
    target = settings.target(key)
    if target is None:
        raise NeedsHand("DLV-310", Words("此账号由人工发布。", "A person posts to this account."))
    if (receipt := find_in_folder(artefact, settings, key)) is not None:
        return receipt
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(artefact, target)
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
    receipt = find_in_folder(artefact, settings, key)
    if receipt is None:
        raise Retryable("DLV-313", Words("写入后读回的内容不一致。", "What was read back is not what was written."))
    return receipt


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


def _write_whole(artefact: Artefact, target: Path) -> None:
    """Write to a temporary folder beside the target, then rename; a half-written older try is replaced."""
    staging = Path(tempfile.mkdtemp(prefix=".part-", dir=target.parent))
    try:
        with ExitStack() as stack:
            parts = []
            for file in artefact.files:
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
