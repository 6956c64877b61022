"""The source tables of a drill, into which rows keep coming, and whether each row arrived exactly once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import urllib.error
from dataclasses import dataclass, field
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "proof"))

from cells import wait_until  # noqa: E402
from checker import violations  # noqa: E402
from stand import clickhouse, ledger  # noqa: E402

# Where the proofs' helpers find the servers.
os.environ |= {
    "PGHOST": "127.0.0.1",
    "PGPORT": "5432",
    "PGUSER": "offload",
    "PGDATABASE": "offload",
    "OFFLOAD_PG_PASSWORD_FILE": "/etc/iceberg-offload/postgres-password",
    "CLICKHOUSE_URL": "http://127.0.0.1:8123",
    "CLICKHOUSE_USER": "offload",
    "OFFLOAD_CH_PASSWORD_FILE": "/etc/iceberg-offload/clickhouse-password",
}
_INSERT = """
INSERT INTO {table} (id, at, word, amount) SELECT {first} + number AS n,
    now64(6) - toIntervalMillisecond({span} * ({count} - number) / {count}),
    concat('w', toString(cityHash64(n))), toDecimal64(n / 7, 4) FROM numbers({count})
"""


@dataclass
class Trades:
    """A source table and the Iceberg table of the same name, as the checker of the proofs wants them."""

    name: str
    options: dict[str, str] = field(default_factory=dict)
    _row_count: int = 0

    def __post_init__(self) -> None:
        self._row_count = self.count()

    @property
    def table(self) -> str:
        return f"k2.{self.name}"

    @property
    def folder(self) -> Path:
        return Path("/var/lib/iceberg-offload/warehouse/k2") / self.name

    def count(self) -> int:
        return int(clickhouse(f"SELECT count() FROM {self.table}")[0][0])

    def insert(self, count: int, milliseconds: int, rows_per_part: int | None = None) -> None:
        """Rows of the last `milliseconds`; in one part, or in parts of so many rows."""
        limits = ("max_block_size", "max_insert_block_size", "min_insert_block_size_rows")
        parts = {name: str(rows_per_part) for name in limits if rows_per_part}
        sql = _INSERT.format(table=self.table, first=self._row_count, count=count, span=milliseconds)
        clickhouse(sql, **parts)
        self._row_count += count

    def moved(self) -> tuple[int, int]:
        """Windows and rows that the ledger says are in Iceberg."""
        moved = "FROM offload_batches WHERE table_name = %s AND status = 'committed'"
        return ledger(f"SELECT count(*), coalesce(sum(row_count), 0)::int {moved}", self.table)[0]

    def faults(self) -> list[str]:
        """What is not exactly once, by the checker of the proofs and by the product's own."""
        found = [f"{self.table}: {line}" for line in violations(self, is_settled=False)]
        validated = subprocess.run(
            ["iceberg-offload", "validate", "--table", self.table, "--hash"], capture_output=True, text=True
        )
        return found + ([] if validated.returncode == 0 else [f"{validated.stdout}{validated.stderr}"])


class Market:
    """Inserts into all tables, twice a second, until `close`; what ClickHouse does not take comes later."""

    def __init__(self, tables: list[Trades]) -> None:
        self.tables = tables
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._trade, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._is_closed.set()
        self._thread.join()

    def settle(self, seconds: float) -> None:
        """Returns when every row has been offloaded."""
        for table in self.tables:
            wait_until(lambda: table.moved()[1] >= table.count(), f"all rows of {table.table}", seconds)

    def _trade(self) -> None:
        while not self._is_closed.wait(0.5):
            for table in self.tables:
                try:
                    table.insert(10, milliseconds=500)
                except (urllib.error.URLError, OSError, RuntimeError):
                    pass  # an incident
