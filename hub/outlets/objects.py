"""A bucket of an S3-compatible object store, from which a content delivery network or the store itself serves."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from hub.outlets.kinds import kind_of
from hub.outlets.packing import gzipped, is_packed

if TYPE_CHECKING:
    from obstore import Attributes
    from obstore.store import ClientConfig, RetryConfig, S3Config

# A bad moment of the network is waited out here; what lasts longer is tried again by whoever writes.
RETRIES: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}


class Stored(NamedTuple):
    """An object as a listing tells it. `tag` is often, and not by promise, the MD5 of its bytes in hex."""

    size: int
    modified: datetime
    tag: str


class ObjectStore:
    """The objects below one site's key. `url` is `s3://bucket/prefix`, with `endpoint`, `region`, `virtual_host` (1:
    the bucket is part of the host name) and `encoding` (gzip: text is stored packed) in its query. Keys and secrets
    come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`), never from a setting.

    Raises OSError for what the store answers: PermissionError when it wants other keys, else EIO.
    """

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self._gzip = query.get("encoding") == "gzip"
        config: S3Config = {"virtual_hosted_style_request": query.get("virtual_host") == "1"}
        options: ClientConfig = {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(seconds=60)}
        if endpoint := query.get("endpoint"):
            config["endpoint"] = endpoint
            options["allow_http"] = endpoint.startswith("http://")
        if region := query.get("region"):
            config["region"] = region
        prefix = "/".join(filter(None, (parts.path.strip("/"), key)))
        self._store = S3Store(parts.netloc, prefix=prefix, config=config, client_options=options, retry_config=RETRIES)

    def put(self, path: str, data: bytes, media_type: str) -> None:
        """Store the object with its type and how long it may be kept."""
        kind = kind_of(path, media_type)
        attributes: Attributes = {"Content-Type": kind.content_type, "Cache-Control": kind.keep.value}
        if self._gzip and is_packed(kind, len(data)):
            data = gzipped(data)
            attributes["Content-Encoding"] = "gzip"
        with _told(path):
            obstore.put(self._store, path, data, attributes=attributes)

    def delete(self, path: str) -> None:
        """Delete the object; one that isn't there is as good."""
        with _told(path):
            try:
                obstore.delete(self._store, path)
            except FileNotFoundError:
                return

    def stored(self) -> dict[str, Stored]:
        """Every object of the site, by path."""
        found = {}
        with _told(""):
            for objects in obstore.list(self._store):
                for each in objects:
                    tag = (each["e_tag"] or "").strip('"')
                    found[each["path"]] = Stored(each["size"], each["last_modified"], tag)
        return found


@contextmanager
def _told(path: str) -> Iterator[None]:
    """The store's errors as the system's own. Its text may hold a signed address, so that only its kind is told."""
    try:
        yield
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise PermissionError(errno.EACCES, "the object store refused the keys", path) from error
    except (BaseError, OSError) as error:
        # A missing object or bucket comes as Python's own FileNotFoundError, with the store's whole answer in its text.
        raise OSError(errno.EIO, f"object store: {type(error).__name__}", path) from error
