"""Pictures as they are uploaded: judged by their bytes, encoded anew, named so that Markdown can hold the name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from werkzeug.datastructures import FileStorage

from channels.manuscript import Image
from channels.words import Words
from hub.artefacts import ArtefactStore
from hub.domain.refusals import Refusal
from hub.editorial.images import MAX_IMAGE_BYTES
from hub.editorial.pictures import take_picture

_UNSAFE = re.compile(r"[^\w.-]+")


def take_image(store: ArtefactStore, upload: FileStorage | None, alt: str) -> Image:
    """Keep the uploaded picture. Raises Refusal for none, for bytes that are no picture, and without a text for those
    who don't see it (GB/T 37668: every picture has one).
    """
    if upload is None or not upload.filename:
        raise Refusal("IMG-101", Words("请先选择图片。", "Choose a picture first."))
    if not alt:
        words = Words("请写替代文字：看不到图片的人靠它了解内容。", "Write the alternative text for who can't see it.")
        raise Refusal("IMG-102", words)
    taken = take_picture(upload.stream.read(MAX_IMAGE_BYTES + 1))
    store.put(taken.data)
    return Image(
        name=_name(upload.filename).rsplit(".", 1)[0] + taken.ending,
        sha256=taken.sha256,
        media_type=taken.media_type,
        width=taken.width,
        height=taken.height,
        data=taken.data,
    )


def unique_name(name: str, sha256: str, rows: Sequence[dict[str, str]]) -> str:
    """The name, or with the first digits of the hash when another picture of the text has it already."""
    if any(row["name"] == name and row["sha256"] != sha256 for row in rows):
        stem, _, ending = name.rpartition(".")
        return f"{stem}-{sha256[:6]}.{ending}"
    return name


def _name(filename: str) -> str:
    """The last part of the file's name, without what would end a Markdown link or leave a folder."""
    last = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return (_UNSAFE.sub("-", last).strip(".-") or "image")[:80]
