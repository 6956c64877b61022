"""The cells of the wire proof: every exchange of a recorded cycle with every fault that fits it."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import wire_faults as faults
from conversations import Answer, HTTPConversation, PostgresConversation
from pgbouncer import pgbouncer
from proxy import Fault, Proxy

_CUTS = 12
# A stalled request must not take as long as the ten minutes that a table has by default.
_IMPATIENT = {"catalog:": "schedule: {table_timeout: 3s}\ncatalog:"}
_STATUSES = (401, 403, 429, 500, 503)


@dataclass(frozen=True)
class Exchange:
    """One request of a recorded cycle and its reply."""

    number: int
    label: str
    request: bytes
    reply: bytes

    @property
    def kind(self) -> str:
        """The same for all exchanges that differ in values only."""
        return re.sub(r"\d+", "0", self.label)


@dataclass(frozen=True)
class Wire:
    """A way from the product to a server, with a proxy in it."""

    name: str
    # Opens the proxy and what else the way needs; with it comes what to change in the configuration to go it.
    open: Callable[[Fault], contextlib.AbstractContextManager[tuple[Proxy, dict[str, str]]]]


@dataclass(frozen=True)
class Cell:
    """One fault at one exchange."""

    wire: Wire
    exchange: Exchange
    fault_name: str
    fault: Fault
    changes: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.wire.name}:{self.exchange.number}:{self.fault_name}"

    @property
    def must_pass(self) -> bool:
        """A fault that may cost time only."""
        return self.fault_name == "slow"


@contextlib.contextmanager
def _postgres(fault: Fault) -> Iterator[tuple[Proxy, dict[str, str]]]:
    with Proxy(PostgresConversation, int(os.environ["PGPORT"]), fault) as proxy:
        yield proxy, postgres_at(proxy.port)


@contextlib.contextmanager
def _before_pgbouncer(fault: Fault) -> Iterator[tuple[Proxy, dict[str, str]]]:
    with (
        pgbouncer(int(os.environ["PGPORT"])) as port,
        Proxy(PostgresConversation, port, fault) as proxy,
    ):
        yield proxy, postgres_at(proxy.port)


@contextlib.contextmanager
def _behind_pgbouncer(fault: Fault) -> Iterator[tuple[Proxy, dict[str, str]]]:
    with (
        Proxy(PostgresConversation, int(os.environ["PGPORT"]), fault) as proxy,
        pgbouncer(proxy.port) as port,
    ):
        yield proxy, postgres_at(port)


@contextlib.contextmanager
def _clickhouse(fault: Fault) -> Iterator[tuple[Proxy, dict[str, str]]]:
    address = urlsplit(os.environ["CLICKHOUSE_URL"]).netloc
    with Proxy(HTTPConversation, int(address.rpartition(":")[2]), fault) as proxy:
        yield proxy, {address: f"127.0.0.1:{proxy.port}"}


def postgres_at(port: int) -> dict[str, str]:
    """What to change in a configuration that PostgreSQL may be found at another port."""
    return {f"127.0.0.1:{os.environ['PGPORT']}": f"127.0.0.1:{port}"}


POSTGRES = Wire("postgres", _postgres)
BEFORE_PGBOUNCER = Wire("before-pgbouncer", _before_pgbouncer)
BEHIND_PGBOUNCER = Wire("behind-pgbouncer", _behind_pgbouncer)
CLICKHOUSE = Wire("clickhouse", _clickhouse)


def cells(record: Callable[[Wire], list[Exchange]]) -> Iterator[Cell]:
    """All of them; `record` gives the exchanges of a clean cycle on a wire."""
    exchanges = record(POSTGRES)
    yield from _everywhere(POSTGRES, exchanges, "reset", "drop")
    yield from _everywhere(POSTGRES, _kinds(exchanges), "stall", "refuse", "garbage", "slow")
    commits = [exchange for exchange in exchanges if exchange.label == "COMMIT"]
    yield from _everywhere(POSTGRES, commits, "hang")
    yield from _cuts(POSTGRES, exchanges)
    yield from _everywhere(BEFORE_PGBOUNCER, _kinds(record(BEFORE_PGBOUNCER)), "reset", "drop")
    yield from _everywhere(BEHIND_PGBOUNCER, _kinds(record(BEHIND_PGBOUNCER)), "reset", "drop")
    exchanges = record(CLICKHOUSE)
    yield from _everywhere(CLICKHOUSE, exchanges, "reset", "drop", "stall", "refuse", "garbage", "slow")
    copies = [exchange for exchange in exchanges if "FORMAT Parquet" in exchange.label]
    yield from _everywhere(CLICKHOUSE, [exchanges[0], *copies], "hang")
    yield from _cuts(CLICKHOUSE, exchanges)
    for exchange in exchanges:
        yield from _answers(exchange)


def _everywhere(wire: Wire, exchanges: list[Exchange], *names: str) -> Iterator[Cell]:
    for exchange in exchanges:
        for name in names:
            changes = _IMPATIENT if name in ("stall", "hang") else {}
            yield Cell(wire, exchange, name, getattr(faults, name), changes)


def _kinds(exchanges: list[Exchange]) -> list[Exchange]:
    """The last exchange of each kind: by then there is the most to lose."""
    return list({exchange.kind: exchange for exchange in exchanges}.values())


def _cuts(wire: Wire, exchanges: list[Exchange]) -> Iterator[Cell]:
    """Byte after byte in equal steps through all that passes, in either direction."""
    for side, cut in (("request", faults.cut_request), ("reply", faults.cut_reply)):
        lengths = [len(getattr(exchange, side)) for exchange in exchanges]
        step = sum(lengths) // _CUTS
        start = 0
        for exchange, length in zip(exchanges, lengths):
            for at in range(-start % step, length, step):
                yield Cell(wire, exchange, f"cut-{side}-at-{at}", cut(at))
            start += length


def _answers(exchange: Exchange) -> Iterator[Cell]:
    """What ClickHouse, or something between us, may say instead."""

    def cell(name: str, fault: Fault) -> Cell:
        return Cell(CLICKHOUSE, exchange, name, fault)

    for code in _STATUSES:
        yield cell(f"status-{code}", faults.status(code))
    body = Answer.read(exchange.reply).body
    for name in ("truncated_by_length", "truncated_in_chunks", "truncated_quietly"):
        yield cell(name.replace("_", "-"), getattr(faults, name))
    for name in ("exception_block", "exception_text"):
        yield cell(name.replace("_", "-"), getattr(faults, name))
    if body.startswith(b"PAR1"):
        yield cell("rows-missing", faults.rows_missing)
        yield cell("rows-doubled", faults.rows_doubled)
        return
    for number in faults.integer_fields(body):
        yield cell(f"field-{number}-one-less", faults.lie(number, -1))
        yield cell(f"field-{number}-one-more", faults.lie(number, 1))
