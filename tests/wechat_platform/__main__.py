"""`python -m tests.wechat_platform`: serve on a free port of 127.0.0.1, which is the first line of the output."""

from __future__ import annotations

import logging

from werkzeug.serving import WSGIRequestHandler, make_server

from tests.wechat_platform.server import make_app
from tests.wechat_platform.state import Platform


class _Handler(WSGIRequestHandler):
    # Each answer on a line of its own: one that is cut takes no other along.
    protocol_version = "HTTP/1.0"

    def log(self, *args: object) -> None:
        """Silence: a cut line is no news here."""


def main() -> None:
    """Serve until killed."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = make_server("127.0.0.1", 0, make_app(Platform()), threaded=True, request_handler=_Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
