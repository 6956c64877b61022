"""The incidents of runbooks/iceberg-offload-lag.md."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from market import Market, Trades
from scale import seconds

from .host import CONFIG, SCHEDULER, configured, dropped_in, far_postgres, slow_wire, systemctl, wire


@contextmanager
def _one_at_a_time(market: Market) -> Iterator[Trades]:
    """Each turn takes minutes, for PostgreSQL is far away, and somebody has allowed but one at a time."""
    with configured("parallel_tables: 4", "parallel_tables: 1"), far_postgres(delay=5.5):
        yield market.tables[1]


@contextmanager
def _forgotten(market: Market) -> Iterator[Trades]:
    """A catch-up that somebody began over a bad line has the table's lease and gets nowhere."""
    table = market.tables[0]
    own = CONFIG.with_name("mine.yaml")
    with wire(8123, 15) as address:
        table.insert(20_000, milliseconds=500)
        own.write_text(CONFIG.read_text().replace("clickhouse:8123", f"{address}:8123"))
        command = f"/usr/local/bin/iceberg-offload catch-up --table {table.table} --config {own}"
        with dropped_in("iceberg-offload-catchup@", f"[Service]\nExecStart=\nExecStart={command}\n"):
            systemctl("start", "--no-block", f"iceberg-offload-catchup@{table.table}")
            yield table
    own.unlink()


@contextmanager
def spike(market: Market) -> Iterator[Trades]:
    """More rows than a cycle moves, in many files."""
    table = market.tables[1]
    with slow_wire(5_000):
        table.insert(150_000, milliseconds=500)
        yield table


@contextmanager
def _backlog(market: Market) -> Iterator[Trades]:
    """The scheduler was away for 45 minutes while many rows came, and is back."""
    table = market.tables[1]
    with slow_wire(5_000):
        systemctl("stop", SCHEDULER)
        for _ in range(9):
            table.insert(15_000, milliseconds=500)
            time.sleep(seconds(5))
        systemctl("start", SCHEDULER)
        yield table


INCIDENTS = {"lag-1": _one_at_a_time, "lag-2": _forgotten, "lag-3": spike, "lag-4": _backlog}
