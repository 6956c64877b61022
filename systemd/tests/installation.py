"""iceberg-offload as README.md installs it by hand, in a machine: program, units, configuration, passwords.

Reads the testbed's variables (DIR/env) from the environment; the servers are outside of the machine.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pyarrow.parquet

from machine import HERE, Machine
from stand import BINARY, clickhouse, ledger

SCHEDULER = "iceberg-offload-scheduler.service"
STATE = "/var/lib/iceberg-offload"
_CONFIG = "/etc/iceberg-offload/offload.yaml"
_UNITS = HERE.parent
# One row a second from 2026-01-01 on, each with a number of its own.
_INSERT = """
INSERT INTO {table} SELECT number + {first} AS n, toDateTime('2026-01-01 00:00:00', 'UTC') + n
FROM numbers({count})
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def make_table() -> str:
    """A new source table without rows; its full name."""
    name = f"units.table_{secrets.token_hex(3)}"
    clickhouse("CREATE DATABASE IF NOT EXISTS units")
    clickhouse(f"CREATE TABLE {name} (id UInt32, at DateTime('UTC')) ENGINE = MergeTree ORDER BY at")
    return name


def insert(table: str, first: int, count: int) -> None:
    clickhouse(_INSERT.format(table=table, first=first, count=count))


class Installation:
    """What is installed in one machine, and how it is asked."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.port = free_port()
        # A scheduler that was killed in the last machine holds its lease for up to a minute.
        if ledger("SELECT to_regclass('offload_leases')") != [(None,)]:
            ledger("DELETE FROM offload_leases")

    def install(self) -> None:
        """Puts program and units in their places."""
        self._copy(BINARY, "/usr/local/bin/iceberg-offload")
        self._copy(_UNITS / "iceberg-health-check.sh", "/usr/local/bin/iceberg-health-check.sh")
        units = self.machine.path("/etc/systemd/system")
        shutil.copytree(_UNITS, units, symlinks=True, dirs_exist_ok=True, ignore=lambda *_: ["tests"])
        self.machine.path("/etc/iceberg-offload").mkdir()

    def give_passwords(self) -> None:
        for name, variable in (
            ("clickhouse", "OFFLOAD_CH_PASSWORD_FILE"),
            ("postgres", "OFFLOAD_PG_PASSWORD_FILE"),
        ):
            self._copy(Path(os.environ[variable]), f"/etc/iceberg-offload/{name}-password", 0o600)

    def configure(
        self,
        *tables: str,
        file: str = _CONFIG,
        port: int | None = None,
        options: dict[str, str] | None = None,
        **schedule: str,
    ) -> None:
        """Writes the configuration: these tables, all with `options`, and keys of `schedule`."""
        keys = {"cursor": "at", "settle": "0s"} | (options or {})
        postgres = f"postgresql://offload@127.0.0.1:{os.environ['PGPORT']}/{os.environ['PGDATABASE']}"
        configuration = {
            "clickhouse": {
                "url": os.environ["CLICKHOUSE_URL"],
                "user": os.environ["CLICKHOUSE_USER"],
                "password_file": "clickhouse-password",
            },
            "postgres": {"url": postgres, "password_file": "postgres-password"},
            "warehouse": f"file://{STATE}/warehouse",
            "schedule": {"interval": "1s", "stop_timeout": "10s"} | schedule,
            "metrics": {"listen": f"127.0.0.1:{port or self.port}"},
            "tables": [{"source": table, "target": table} | keys for table in tables],
        }
        self.machine.path(file).write_text(json.dumps(configuration, indent=2))  # which is YAML too

    def drop_in(self, unit: str, *lines: str) -> None:
        """What an administrator would write with `systemctl edit`."""
        folder = self.machine.path(f"/etc/systemd/system/{unit}.d")
        folder.mkdir(exist_ok=True)
        (folder / "override.conf").write_text("\n".join(["[Service]", *lines, ""]))
        self.machine.systemctl("daemon-reload")

    def page(self, path: str, port: int | None = None) -> str:
        """A page of the scheduler's endpoint; empty while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port or self.port}/{path}", timeout=5) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()
        except OSError:
            return ""

    def is_active(self, port: int | None = None) -> bool:
        """Whether the scheduler runs cycles, and does not stand by."""
        return "\noffload_scheduler_active 1\n" in self.page("metrics", port)

    def ids(self, table: str) -> list[int]:
        """The rows of every data file that the ledger knows to be committed, read from the files, sorted."""
        rows = ledger(
            "SELECT f.location FROM offload_files f JOIN offload_batches b USING (batch_id)"
            " WHERE b.table_name = %s AND b.status = 'committed'",
            table,
        )
        private = self.machine.path("/var/lib/private")
        files = [private / location.partition("/var/lib/")[2] for (location,) in rows]
        return sorted(id for file in files for id in pyarrow.parquet.read_table(file)["id"].to_pylist())

    def _copy(self, source: Path, target: str, mode: int = 0o755) -> None:
        shutil.copyfile(source, self.machine.path(target))
        self.machine.path(target).chmod(mode)
