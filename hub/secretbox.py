"""Secrets that must be read again (an account's key, a second factor's seed), sealed for the database (AES-256-GCM).

The keys lie beside the database, in `sealing.keys`, a line each: whoever has only a copy of the database, or a backup,
has no secret. The first key seals, every key opens; `rotate` puts a new one first.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from channels.words import Words
from hub.files import make_private, replace_private

KEYS_FILE = "sealing.keys"
VERSION = "s1"
# Random nonces of 96 bits: by NIST SP 800-38D good for 2**32 sealings a key, more than an office ever makes.
NONCE_BYTES = 12


class SealError(Exception):
    """A sealed text that none of the keys opens; `words` is the sentence for a person."""

    def __init__(self) -> None:
        self.words = Words(
            f"SYS-107 已加密的密钥无法读取：{KEYS_FILE} 不是当时的文件。请重新填写密钥。",
            f"SYS-107 A sealed secret can't be read: {KEYS_FILE} is not the file it was sealed with. Enter it again.",
        )
        super().__init__(self.words.zh)


class SecretBox:
    """Seals and opens texts with the keys of one data folder; the file is made at the first sealing."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / KEYS_FILE

    def seal(self, text: str, about: str = "") -> str:
        """The sealed text, ASCII. `about` says what it belongs to ("account:7"); it opens for nothing else, so that
        nobody moves a secret from row to row.
        """
        key = self._keys()[0]
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + AESGCM(key).encrypt(nonce, text.encode(), about.encode())
        return f"{VERSION}.{_name(key)}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, about: str = "") -> str:
        """The text. Raises SealError when no key opens it, or when it was sealed for something else."""
        version, _, rest = sealed.partition(".")
        name, _, body = rest.partition(".")
        key = next((k for k in self._keys() if _name(k) == name), None)
        if version != VERSION or key is None:
            raise SealError
        try:
            data = base64.urlsafe_b64decode(body)
            return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], about.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealError from error

    def is_current(self, sealed: str) -> bool:
        """Whether the newest key sealed it; if not, seal it anew and the older key may go."""
        return sealed.startswith(f"{VERSION}.{_name(self._keys()[0])}.")

    def rotate(self) -> None:
        """Seal with a new key from now on; the older ones still open."""
        keys = [secrets.token_bytes(32), *self._keys()]
        replace_private(self.path, _lines(keys))

    def forget(self) -> None:
        """Keep the newest key alone. Only after everything was sealed anew."""
        replace_private(self.path, _lines(self._keys()[:1]))

    def _keys(self) -> list[bytes]:
        # Read each time: another process may have rotated, and a file of 65 bytes costs nothing.
        if not self.path.exists():
            make_private(self.path, _lines([secrets.token_bytes(32)]))
        return [bytes.fromhex(line) for line in self.path.read_text(encoding="ascii").split()]


def _lines(keys: list[bytes]) -> bytes:
    return "".join(f"{key.hex()}\n" for key in keys).encode()


def _name(key: bytes) -> str:
    """Which key it was, without telling anything about it."""
    return hashlib.sha256(b"name of " + key).hexdigest()[:8]
