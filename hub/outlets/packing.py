"""Text packed once, when written, so that no server packs at each request. The same text gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

from zlib_ng import zlib_ng

from hub.outlets.kinds import Kind

GZIP, BROTLI = ".gz", ".br"
# In the order of preference of a server that may choose.
ENCODINGS = {"br": BROTLI, "gzip": GZIP}
# Below this a packet carries the plain file as quickly.
SMALLEST = 1024
# A feed of 156 kB: gzip at 6 takes 8 ms and leaves 62 kB, Brotli at 5 takes 10 ms and leaves 36 kB; at 11 it takes a
# second for another 3 kB.
_GZIP_LEVEL, _BROTLI_QUALITY = 6, 5
# A gzip header and trailer around the deflate stream; no name, no time.
_GZIP_WINDOW = 31


def is_packed(kind: Kind, size: int) -> bool:
    """Whether a file of this kind and size has twins."""
    return kind.packed and size >= SMALLEST


def twins(kind: Kind, data: bytes, packed: bytes | None) -> list[tuple[str, bytes]]:
    """What lies beside the file: ending and bytes. A caller's own gzip stream has been made to save time, which
    Brotli would cost.
    """
    if not is_packed(kind, len(data)):
        return []
    if packed is not None:
        return [(GZIP, packed)]
    return [(GZIP, gzipped(data)), *_brotli(data)]


def gzipped(data: bytes) -> bytes:
    """The data as a gzip stream."""
    packer = zlib_ng.compressobj(_GZIP_LEVEL, zlib_ng.DEFLATED, _GZIP_WINDOW)
    stream: bytes = packer.compress(data) + packer.flush()
    return stream


def piece(data: bytes) -> bytes:
    """The data packed by itself, to be joined with others by `joined`: whole bytes that end no stream."""
    packer = zlib_ng.compressobj(_GZIP_LEVEL, zlib_ng.DEFLATED, -15)
    stream: bytes = packer.compress(data) + packer.flush(zlib_ng.Z_SYNC_FLUSH)
    return stream


def unpacked(stream: bytes) -> bytes:
    """What `piece` packed."""
    data: bytes = zlib_ng.decompressobj(-15).decompress(stream)
    return data


def joined(pieces: Sequence[bytes], data: bytes) -> bytes:
    """One gzip stream of pieces, which are `data` together. Members of a stream of their own would be shorter to
    write, but browsers stop after the first.
    """
    trailer = (zlib_ng.crc32(data) & 0xFFFFFFFF).to_bytes(4, "little") + (len(data) & 0xFFFFFFFF).to_bytes(4, "little")
    return _GZIP_HEADER + b"".join(pieces) + _LAST_BLOCK + trailer


# No name, no time, unknown system; and an empty block that is the last.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_BLOCK = b"\x03\x00"


def _brotli(data: bytes) -> list[tuple[str, bytes]]:
    try:
        import brotli  # noqa: PLC0415 (see below)
    except ImportError:
        # No wheel for this platform: a twin less, and every browser takes gzip.
        return []
    stream: bytes = brotli.compress(data, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
    return [(BROTLI, stream)]
