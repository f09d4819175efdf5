"""The recording sink: a platform outside the product. `python -m tests.faults.sink ROOT` prints its port and serves.

    PUT /<run>/<account>/<key>   a post arrives
    GET /<run>/<account>/<key>   200 when it has arrived, 404 when it has not, 503 while it can't tell
    DELETE /<run>/<account>/<key>  it is taken down (again: the same answer)

Every arrival is a line in ROOT/<run>/arrivals.jsonl, synced to disk before it is answered; a key that arrives again is
another line: the sink counts, it forgives nothing. ROOT/<run>/sink.json says how it misbehaves: per account a list, the
behaviour of its first post, of its second, and so on; then it behaves. Standard library only, nothing of the product.
"""

from __future__ import annotations

import hashlib
import json
import os
import select
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# What a post may meet, and whether it arrives. No answer comes but for "fine", "slow", "late", "busy" and "refuse".
BEHAVIOURS = {
    "fine": True,
    "slow": True,  # half a second first
    "late": True,  # seconds later, unseen by those who ask, and whether or not the caller still waits
    "cut": True,  # taken, then the connection is closed without a word
    "reset": True,  # taken, then the connection is reset
    "half": True,  # taken, and half an answer
    "broken": True,  # taken, and then a 500
    "hang": True,  # taken, and no answer for longer than anybody waits
    "drop": False,  # closed before anything is taken
    "stall": False,  # nothing taken, nothing said for longer than anybody waits
    "busy": False,  # a 503 that says so: nothing was taken, come again
    "refuse": False,  # a 403: not this post, not ever
}
# Nobody waits longer than this; the sink does not either.
HANG_SECONDS = 3.0
SLOW_SECONDS = 0.5
LATE_SECONDS = 2.5


class Book:
    """What has arrived in one run. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.Lock()
        self.arrived: set[str] = set()
        self.in_hand: set[str] = set()
        self.posts: dict[str, int] = {}
        self.looks: dict[str, int] = {}
        plan = folder / "sink.json"
        self.plan: dict[str, Any] = json.loads(plan.read_text()) if plan.exists() else {}

    def behaviour(self, account: str) -> str:
        """How the account's next post fares."""
        with self.lock:
            turn = self.posts[account] = self.posts.get(account, 0) + 1
        planned = self.plan.get("posts", {}).get(account, [])
        return planned[turn - 1] if turn <= len(planned) else "fine"

    def blind_look(self, account: str) -> bool:
        """Whether the account's next look gets no answer."""
        with self.lock:
            turn = self.looks[account] = self.looks.get(account, 0) + 1
        return turn <= int(self.plan.get("blind_looks", {}).get(account, 0))

    def note(self, file: str, line: dict[str, Any]) -> None:
        """A line of the record, on disk when this returns."""
        data = (json.dumps(line) + "\n").encode()
        handle = os.open(self.folder / file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)


class Sink(ThreadingHTTPServer):
    """All runs below one folder."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.root = root
        self.books: dict[str, Book] = {}
        self.lock = threading.Lock()

    def book(self, run: str) -> Book:
        """The run's record."""
        with self.lock:
            if run not in self.books:
                self.books[run] = Book(self.root / run)
            return self.books[run]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is what we are here for."""


class Handler(BaseHTTPRequestHandler):
    """One request a connection."""

    server: Sink

    def log_message(self, *_: Any) -> None:
        """Silent."""

    def do_PUT(self) -> None:
        run, account, key = self.path.strip("/").split("/")
        book = self.server.book(run)
        began = time.time()
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            return  # the caller died in the middle: nothing arrived
        how = book.behaviour(account)
        with book.lock:
            book.in_hand.add(key)
        self.left = 0.0
        try:
            self._take(book, account, key, body, how, began)
        finally:
            with book.lock:
                book.in_hand.discard(key)
            # Over for the caller, who may have gone before we were done.
            ended = self.left or time.time()
            book.note("sends.jsonl", {"account": account, "key": key, "began": began, "ended": ended, "how": how})

    def _take(self, book: Book, account: str, key: str, body: bytes, how: str, began: float) -> None:
        if how == "slow" and self._gone(SLOW_SECONDS):
            return
        if how == "late":
            with book.lock:
                book.in_hand.discard(key)
            until = time.time() + LATE_SECONDS
            self.left = time.time() if self._gone(LATE_SECONDS) else 0.0
            time.sleep(max(0.0, until - time.time()))
        if BEHAVIOURS[how]:
            digest = hashlib.sha256(body).hexdigest()
            line = {"account": account, "key": key, "sha256": digest, "began": began, "at": time.time(), "how": how}
            book.note("arrivals.jsonl", line)
            with book.lock:
                book.arrived.add(key)
                book.in_hand.discard(key)
        self._answer(how, key)

    def _answer(self, how: str, key: str) -> None:
        if how in ("hang", "stall"):
            self._gone(HANG_SECONDS)
        elif how == "reset":
            # Closed with this set, the system sends a reset instead of an end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif how == "half":
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        elif how in ("broken", "busy", "refuse"):
            self._say({"broken": 500, "busy": 503, "refuse": 403}[how])
        elif how in ("fine", "slow", "late"):
            self._say(200, json.dumps({"id": f"p-{key}"}).encode())

    def do_GET(self) -> None:
        run, account, key = self.path.strip("/").split("/")
        book = self.server.book(run)
        with book.lock:
            there, in_hand = key in book.arrived, key in book.in_hand
        if book.blind_look(account) or (in_hand and not there):
            self._say(503)
        else:
            self._say(200, json.dumps({"id": f"p-{key}"}).encode()) if there else self._say(404)

    def do_DELETE(self) -> None:
        run, account, key = self.path.strip("/").split("/")
        book = self.server.book(run)
        book.note("removed.jsonl", {"account": account, "key": key, "at": time.time(), "there": key in book.arrived})
        self._say(200, json.dumps({"id": f"p-{key}"}).encode())

    def _say(self, code: int, body: bytes = b"") -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _gone(self, seconds: float) -> bool:
        """Wait so long; True as soon as the caller has gone."""
        ready, _, _ = select.select([self.connection], [], [], seconds)
        return bool(ready)


def main() -> None:
    """Serve until killed."""
    sink = Sink(Path(sys.argv[1]))
    print(sink.server_address[1], flush=True)
    sink.serve_forever(poll_interval=5)


if __name__ == "__main__":
    main()
