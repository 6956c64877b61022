"""The incidents of runbooks/iceberg-offload-failure.md."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from market import Market, Trades, clickhouse, ledger

from .host import SCHEDULER, slow_wire, systemctl


@contextmanager
def _not_running(market: Market) -> Iterator[Trades]:
    """Stopped for maintenance, and forgotten."""
    systemctl("stop", SCHEDULER)
    yield market.tables[0]


@contextmanager
def _clickhouse_down(market: Market) -> Iterator[Trades]:
    """The kernel's OOM killer takes ClickHouse, which nothing starts again."""
    systemctl("kill", "--kill-whom=main", "--signal=SIGKILL", "clickhouse-server")
    yield market.tables[0]


@contextmanager
def _other_columns(market: Market) -> Iterator[Trades]:
    """Somebody adds a column in ClickHouse alone."""
    table = market.tables[0]
    clickhouse(f"ALTER TABLE {table.table} ADD COLUMN venue String DEFAULT 'spot'")
    yield table


@contextmanager
def _edited(market: Market) -> Iterator[Trades]:
    """Somebody 'helps' the watermark by hand, a minute back."""
    table = market.tables[0]
    ledger(
        "UPDATE offload_watermarks SET position = position - 333333,"
        " last_offload_timestamp = last_offload_timestamp - interval '333333 us' WHERE table_name = %s",
        table.table,
    )
    yield table


@contextmanager
def _too_large(market: Market) -> Iterator[Trades]:
    """A single file of all that has come takes longer than a turn may."""
    table = market.tables[0]
    with slow_wire(5_000):
        table.insert(110_000, milliseconds=10)  # so short that no turn ends within, and one window has them all
        yield table


INCIDENTS = {
    "failure-1": _not_running,
    "failure-2": _clickhouse_down,
    "failure-3": _other_columns,
    "failure-4": _edited,
    "failure-5": _too_large,
}
