"""The web process: the console and the public site under waitress. `python -m hub.web`, set by the environment."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import waitress

from hub import create_app, logs
from hub.config import load
from hub.queue import Queue, TransportError
from hub.rendering import rehearse
from hub.services import Services

THREADS = 8


def hinting(redis_url: str) -> Callable[[int], None]:
    """A hint to the workers that never raises: with Redis away the clock gives it later."""
    if not redis_url:
        return lambda _rows: None
    queue = Queue(redis_url)

    def hint(rows: int) -> None:
        with suppress(TransportError):
            queue.hint(rows)

    return hint


def main() -> int:
    """Serve until SIGTERM or SIGINT."""
    logs.to_stderr()
    config = load()
    services = Services(config)
    app = create_app(services, hint=hinting(config.redis_url))
    server = waitress.create_server(
        app, host=config.host, port=config.port, threads=THREADS, ident=None, clear_untrusted_proxy_headers=True
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    # After the port is open: the console answers at once, and the first preview finds everything in memory.
    threading.Thread(target=rehearse, args=(services.channels,), daemon=True).start()
    logging.getLogger("yigao.web").info("listening", extra={"address": config.address})
    try:
        server.run()
    finally:
        server.close()
        services.db.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
