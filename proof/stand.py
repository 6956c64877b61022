"""A stand for proofs: one table of its own on a testbed, and processes of the product that move it.

Reads the testbed's variables (DIR/env) from the environment, and the program to prove from OFFLOAD_BINARY
(default: this tree's debug build, the one that has failpoints).
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psycopg2
import psycopg2.extensions

ROOT = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("OFFLOAD_BINARY", ROOT / ".build/debug/iceberg-offload"))
# One row a second; text and number make a row's content more than its key.
_COLUMNS = "id UInt32, at DateTime64(6, 'UTC'), word String, amount Decimal(18, 4)"
_ROWS = """
INSERT INTO {table} SELECT number + {first} AS n, toDateTime64('2026-01-01 00:00:00', 6, 'UTC') + n,
    concat('w', toString(cityHash64(n))), toDecimal64(n / 7, 4) FROM numbers({count})
"""
_thread = threading.local()


@dataclass
class Outcome:
    """How a process of the product ended; a negative status is the signal that killed it."""

    status: int
    output: str


def clickhouse(sql: str, **settings: str) -> list[list[str]]:
    """Runs a statement straight on the testbed's ClickHouse; rows of text."""
    password = Path(os.environ["OFFLOAD_CH_PASSWORD_FILE"]).read_text().strip()
    headers = {"X-ClickHouse-User": os.environ["CLICKHOUSE_USER"], "X-ClickHouse-Key": password}
    url = f"{os.environ['CLICKHOUSE_URL']}/?{urlencode(settings)}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, sql.encode(), headers), timeout=60) as answer:
            return [line.split("\t") for line in answer.read().decode().splitlines()]
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"ClickHouse: {error.read().decode().strip()}") from error


def ledger(sql: str, *values: object) -> list[tuple]:
    """Runs a statement straight on the testbed's PostgreSQL, in a transaction of its own."""
    for attempt in (1, 2):  # a connection of before a restart of the server is found dead only when used
        connection = _connection()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, values or None)
                return cursor.fetchall() if cursor.description else []
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            connection.close()
            if attempt == 2:
                raise
    return []


def _connection() -> psycopg2.extensions.connection:
    connection = getattr(_thread, "connection", None)
    if connection is None or connection.closed or connection.info.port != int(os.environ["PGPORT"]):
        password = Path(os.environ["OFFLOAD_PG_PASSWORD_FILE"]).read_text().strip()
        connection = psycopg2.connect(
            host=os.environ["PGHOST"],
            port=os.environ["PGPORT"],
            user=os.environ["PGUSER"],
            dbname=os.environ["PGDATABASE"],
            password=password,
        )
        _thread.connection = connection
    return connection


def configuration(scenes: list[Scene], changes: dict[str, str]) -> str:
    """The testbed's configuration with `changes`, and with the tables of these scenes."""
    text = Path(os.environ["OFFLOAD_CONFIG"]).read_text()
    for old, new in changes.items():
        text = text.replace(old, new)
    return text.replace("tables: []", "tables:") + "".join(scene.entry for scene in scenes)


def prepare() -> None:
    """The ledger's tables, and the database of all scenes' sources; once per proof."""
    clickhouse("CREATE DATABASE IF NOT EXISTS proof")
    scene = Scene("migrated")
    outcome = scene.run("migrate")
    if outcome.status != 0:
        raise RuntimeError(outcome.output)
    scene.drop()


@dataclass
class Scene:
    """One source table `proof.<name>`, its Iceberg table of the same name, and a configuration of it alone.

    In PostgreSQL its connections bear its name too, so that they can be told from those of other scenes.
    `options` are lines of the table's configuration, `changes` are texts of the testbed's configuration to
    replace, such as the address of a server by that of a proxy before it.
    """

    name: str
    options: dict[str, str] = field(default_factory=dict)
    changes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table = f"proof.{self.name}"
        clickhouse(f"CREATE TABLE {self.table} ({_COLUMNS}) ENGINE = MergeTree ORDER BY at")
        self._folder = tempfile.TemporaryDirectory(prefix="offload-scene-")
        self.config = Path(self._folder.name) / "offload.yaml"
        self.configure(self.changes)

    def configure(self, changes: dict[str, str]) -> None:
        """Writes the configuration with other `changes`, for the processes that start from now on."""
        name = {'/offload"': f'/offload?application_name={self.name}"'}
        self.config.write_text(configuration([self], name | changes))

    @property
    def entry(self) -> str:
        """The table in a configuration."""
        lines = {"source": self.table, "target": self.table, "cursor": "at", "settle": "0s"} | self.options
        return "  - " + "    ".join(f"{key}: {value}\n" for key, value in lines.items())

    @property
    def folder(self) -> Path:
        """Where the Iceberg table is."""
        return Path(os.environ["OFFLOAD_WAREHOUSE"]) / "proof" / self.name

    def insert(self, first: int, count: int) -> None:
        """Rows numbered from `first`, one a second from 2026-01-01 on."""
        clickhouse(_ROWS.format(table=self.table, first=first, count=count))

    def command(self, *arguments: str) -> list[str]:
        """The command line of the product for this scene: command("cycle")."""
        return [str(BINARY), *arguments, "--config", str(self.config)]

    def start(
        self, *arguments: str, under: Sequence[str] = (), **environment: str
    ) -> subprocess.Popen[str]:
        """A process of the product that goes on by itself; standard output and error are one text.

        `under` is a command to run it by, such as ("prlimit", "--nofile=9").
        """
        return subprocess.Popen(
            [*under, *self.command(*arguments)],
            env=os.environ | environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(
        self, *arguments: str, timeout: float = 60, under: Sequence[str] = (), **environment: str
    ) -> Outcome:
        """A process of the product to its end; one that outlives `timeout` seconds is killed and raises."""
        with self.start(*arguments, under=under, **environment) as process:
            try:
                output, _ = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return Outcome(process.returncode, output)

    def lapse(self) -> None:
        """Lets the table's lease lapse, as if its holder had been silent for too long."""
        ledger("UPDATE offload_leases SET expires_at = '-infinity' WHERE name = %s", f"table:{self.table}")

    def drop(self) -> None:
        """Clears the source away; ledger and lake go with the testbed."""
        clickhouse(f"DROP TABLE {self.table} SYNC")
        self._folder.cleanup()


def run_together(scenes: list[Scene], *arguments: str) -> Outcome:
    """One process of the product for the tables of several scenes, with the changes of the first."""
    config = scenes[0].config.with_name("together.yaml")
    config.write_text(scenes[0].config.read_text() + "".join(scene.entry for scene in scenes[1:]))
    ended = subprocess.run(
        [str(BINARY), *arguments, "--config", str(config)],
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    return Outcome(ended.returncode, ended.stdout)
