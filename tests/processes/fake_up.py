"""The real supervisor over a placeholder for the web: `fake_up.py DATA PORT`. Prints "started" when it answers."""

from __future__ import annotations

import sys
from pathlib import Path

from hub import supervisor
from hub.config import Config
from hub.domain.refusals import Refusal

if __name__ == "__main__":
    data, port = Path(sys.argv[1]), int(sys.argv[2])
    web = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    config = Config(data=data, port=port, workers=2, redis_url="")
    try:
        sys.exit(supervisor.run(config, started=lambda: print("started", flush=True), web=web))
    except Refusal as refusal:
        print(refusal.words.zh, file=sys.stderr)
        sys.exit(2)
