"""The web process: the console and the public site under waitress. `python -m hub.web`, set by the environment."""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType

import waitress

from channels.base import Channel
from hub import create_app, logs
from hub.config import SettingsError, load
from hub.health import Answer, troubles
from hub.proxies import TrustedProxies
from hub.queue import Queue, TransportError
from hub.rendering import rehearse
from hub.services import Services

THREADS = 8
# So long after the start nobody is told that the clock has not been heard of.
STARTING_SECONDS = 60.0


def hinting(redis_url: str) -> Callable[[int], None]:
    """A hint to the workers that never raises: with Redis away the clock gives it later."""
    if not redis_url:
        return lambda _rows: None
    queue = Queue(redis_url)

    def hint(rows: int) -> None:
        with suppress(TransportError):
            queue.hint(rows)

    return hint


def watching(services: Services) -> Callable[[], list[Answer]]:
    """What is not well with the installation; nothing while clock and workers may still be starting."""
    begun = time.monotonic()
    return lambda: troubles(services) if time.monotonic() - begun > STARTING_SECONDS else []


def settle(channels: Mapping[str, Channel]) -> None:
    """Have in memory what the first preview needs, and let no later request wait while all of it is looked through for
    garbage: 200,000 objects that stay for good, 140 ms each time.
    """
    rehearse(channels)
    gc.collect()
    gc.freeze()


def main() -> int:
    """Serve until SIGTERM or SIGINT; the exit code."""
    logs.to_stderr()
    try:
        config = load()
    except SettingsError as error:
        print(error.words.zh, file=sys.stderr)  # noqa: T201 (before there is anything to log to)
        return 2
    services = Services(config)
    app = create_app(services, hint=hinting(config.redis_url), troubles=watching(services))
    if config.trusted_proxies:
        app.wsgi_app = TrustedProxies(app.wsgi_app, config.trusted_proxies)  # type: ignore[method-assign]
    server = waitress.create_server(
        app,
        host=config.host,
        port=config.port,
        threads=THREADS,
        ident=None,
        # Else TrustedProxies throws away what is not to be trusted.
        clear_untrusted_proxy_headers=not config.trusted_proxies,
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    # After the port is open: the console answers at once, and the first preview finds everything in memory.
    threading.Thread(target=settle, args=(services.channels,), daemon=True).start()
    logging.getLogger("yigao.web").info("listening", extra={"address": config.address})
    try:
        server.run()
    finally:
        server.close()
        app.extensions["yigao-visits"].flush()
        services.db.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
