"""The incidents of runbooks/iceberg-offload-performance.md."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from market import Market, Trades, clickhouse, ledger, wait_until
from scale import seconds

from .host import configuration_kept, slow_wire

# What the user of ClickHouse may; the server reads it at every query.
_PROFILE = Path("/run/clickhouse-profile")


@contextmanager
def _spike(market: Market) -> Iterator[Trades]:
    """More rows than a cycle moves, in many files."""
    table = market.tables[1]
    with slow_wire(5_000):
        table.insert(150_000, milliseconds=500)
        yield table


@contextmanager
def _little_memory(market: Market) -> Iterator[Trades]:
    """Many rows come, and the user's profile allows a query 10 MB."""
    table = market.tables[3]
    table.insert(300_000, milliseconds=500)
    _PROFILE.write_text("max_memory_usage 10000000\n")
    with configuration_kept():
        yield table
    _PROFILE.unlink()


@contextmanager
def _far_away(market: Market) -> Iterator[Trades]:
    """Every message to ClickHouse takes 18 seconds more."""
    with slow_wire(1_000_000, delay=18):
        yield market.tables[0]


@contextmanager
def _fragmented(market: Market) -> Iterator[Trades]:
    """A writer inserts row by row, and merges do not keep up, until cycles take more than six minutes."""
    table = market.tables[0]
    clickhouse(f"SYSTEM STOP MERGES {table.table}")
    _await_cycle()
    _insert_row_by_row(table, 2_000)
    while _pace() < seconds(6):
        _await_cycle()
        _insert_row_by_row(table, 400)
    yield table


def _insert_row_by_row(table: Trades, count: int) -> None:
    for _ in range(count // 50):
        table.insert(50, milliseconds=100, rows_per_part=1)


def _await_cycle() -> None:
    """Returns when one has ended: there is time until the next."""
    last = _newest_cycle()
    wait_until(lambda: _newest_cycle() > last, "a cycle")


def _newest_cycle() -> int:
    return ledger("SELECT max(id) FROM offload_cycles")[0][0]


def _pace() -> float:
    """How long each of the last two cycles took at least."""
    last = "SELECT seconds FROM offload_cycles ORDER BY id DESC LIMIT 2"
    return ledger(f"SELECT min(seconds) FROM ({last}) AS last")[0][0]


INCIDENTS = {
    "performance-1": _spike,
    "performance-2": _little_memory,
    "performance-3": _far_away,
    "performance-4": _fragmented,
}
