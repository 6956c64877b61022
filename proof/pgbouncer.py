"""A pgbouncer of its own, pooling by transaction: in front of PostgreSQL, or of a proxy before it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_PROGRAM = "/usr/sbin/pgbouncer"
_CONFIGURATION = """
[databases]
{database} = host=127.0.0.1 port={server_port} pool_size=20
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = transaction
max_client_conn = 200
server_login_retry = 1
"""


@contextlib.contextmanager
def pgbouncer(server_port: int) -> Iterator[int]:
    """Runs it while the block runs; its port."""
    with tempfile.TemporaryDirectory(prefix="offload-pgbouncer-") as name:
        folder, port = Path(name), _free_port()
        _write(folder, server_port, port)
        # It refuses to run as root.
        user = "postgres" if os.geteuid() == 0 else None
        if user:
            subprocess.run(["chown", "-R", user, name], check=True)
        with (folder / "log").open("w") as log:
            command = [_PROGRAM, str(folder / "pgbouncer.ini")]
            process = subprocess.Popen(command, stdout=log, stderr=log, user=user)
        try:
            _wait_for(port, process, folder / "log")
            yield port
        finally:
            process.kill()
            process.wait()


def _write(folder: Path, server_port: int, port: int) -> None:
    text = _CONFIGURATION.format(
        database=os.environ["PGDATABASE"], server_port=server_port, port=port, folder=folder
    )
    (folder / "pgbouncer.ini").write_text(text)
    password = Path(os.environ["OFFLOAD_PG_PASSWORD_FILE"]).read_text().strip()
    users = folder / "users"
    users.touch(mode=0o600)
    users.write_text(f'"{os.environ["PGUSER"]}" "{password}"\n')


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"pgbouncer did not start: {log.read_text()}") from None
            time.sleep(0.02)
