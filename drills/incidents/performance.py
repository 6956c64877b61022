"""The incidents of runbooks/iceberg-offload-performance.md."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from market import Market, Trades, clickhouse, ledger, wait_until
from scale import seconds

from .host import configuration_kept, slow_wire
from .lag import spike

# What the user of ClickHouse may; the server reads it at every query.
_PROFILE = Path("/run/clickhouse-profile")


@contextmanager
def _little_memory(market: Market) -> Iterator[Trades]:
    """Many rows come, and the user's profile allows a query 10 MB."""
    table = market.tables[3]
    table.insert(300_000, milliseconds=500)
    with _profile("max_memory_usage 10000000"), configuration_kept():
        yield table


@contextmanager
def _far_away(market: Market) -> Iterator[Trades]:
    """Every message to ClickHouse takes 18 seconds more."""
    with slow_wire(1_000_000, delay=18):
        yield market.tables[0]


@contextmanager
def _fragmented(market: Market) -> Iterator[Trades]:
    """A writer inserts row by row, merges do not keep up, and a disk far away takes 4 ms to open a part.

    So it goes on until cycles take more than six minutes. This machine's own disk would be too fast to tell its parts
    from what else keeps the machine busy.
    """
    table = market.tables[0]
    clickhouse(f"SYSTEM STOP MERGES {table.table}")
    table.insert(200, milliseconds=100, rows_per_part=1)
    with _profile(f"additional_table_filters {{'{table.table}': 'NOT ignore(sleep(0.004))'}}"):
        while _pace() < seconds(6):
            _await_cycle()
            table.insert(50, milliseconds=100, rows_per_part=1)
        yield table


@contextmanager
def _profile(setting: str) -> Iterator[None]:
    """The user of ClickHouse has a setting for a while."""
    _PROFILE.write_text(f"{setting}\n")
    yield
    _PROFILE.unlink()


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
    "performance-1": spike,
    "performance-2": _little_memory,
    "performance-3": _far_away,
    "performance-4": _fragmented,
}
