"""Starts the front: `python -m clickhouse_front --data DIR --port N --user NAME --password-file FILE`."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from pathlib import Path

from .engine import Engine
from .handler import Front


def main() -> None:
    parser = argparse.ArgumentParser(prog="clickhouse_front", description=__doc__)
    parser.add_argument("--data", required=True, type=Path, help="folder of the engine's tables")
    parser.add_argument("--port", required=True, type=int, help="port on 127.0.0.1")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password-file", required=True, type=Path)
    parser.add_argument("--engine-config", type=Path, help="the engine's configuration, for other users")
    parser.add_argument("--profile", type=Path, help="the user's settings, `name value` a line; need not exist")
    options = parser.parse_args()
    password = options.password_file.read_text().strip()
    data = options.data.absolute()
    os.chdir("/")  # the engine reads Iceberg tables only below its working folder (error 481)
    engine = Engine(str(data), options.engine_config, options.profile)
    front = Front(options.port, engine, options.user, password)
    # shutdown() waits for serve_forever(), which the signal interrupts: hence another thread.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=front.shutdown).start())
    front.serve_forever(poll_interval=0.1)
    engine.close()


if __name__ == "__main__":
    main()
