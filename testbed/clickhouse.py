"""A minimal client for the testbed's ClickHouse, and the trades that demo and benchmarks fill it with."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlencode

TRADES = """
    exchange_timestamp DateTime64(3, 'UTC'), sequence_number UInt64, symbol String,
    price Decimal(18, 8), quantity Decimal(18, 8), quote_volume Decimal(18, 8),
    event_time DateTime64(3, 'UTC'), kafka_offset UInt64, kafka_partition UInt16,
    ingestion_timestamp DateTime('UTC')
"""

# Prices that swing around eight bases in ticks of a cent, quantities of five digits; the same at every call.
_MORE_TRADES = """
WITH
    {first:UInt64} + number AS sequence,
    1 + cityHash64(sequence) % 8 AS which,
    [64000, 3400, 580, 145, 85, 43, 26, 12][which] AS base,
    toDecimal64(base * (1 + sin(sequence / 40000) / 50 + cityHash64(sequence, 1) % 1000 / 1e6), 2) AS cents,
    toDecimal64(exp(cityHash64(sequence, 2) % 1000 / 125 - 5), 5) AS lots,
    intDiv(number * {span:UInt64}, {count:UInt64}) AS milliseconds,
    toDateTime64({begin:String}, 3, 'UTC') + toIntervalMillisecond(milliseconds) AS at
SELECT
    at, sequence,
    ['BTCUSDT', 'ETHUSDT', 'BNBUSDT', 'SOLUSDT', 'LTCUSDT', 'AVAXUSDT', 'LINKUSDT', 'XRPUSDT'][which],
    toDecimal64(cents, 8) AS price, toDecimal64(lots, 8) AS quantity,
    toDecimal64(toDecimal128(cents, 2) * lots, 8),
    at + toIntervalMillisecond(cityHash64(sequence, 3) % 50), 0, 0, at + toIntervalSecond(6)
FROM numbers({count:UInt64})
"""


class ClickHouse:
    """Runs statements over HTTP, by the variables of DIR/env; ends the program if one fails."""

    def __init__(self) -> None:
        self._url = os.environ["CLICKHOUSE_URL"]
        password = Path(os.environ["OFFLOAD_CH_PASSWORD_FILE"]).read_text().strip()
        self._headers = {"X-ClickHouse-User": os.environ["CLICKHOUSE_USER"], "X-ClickHouse-Key": password}

    def query(self, sql: str, **settings: str) -> str:
        return self._post(settings, sql.encode())

    def insert(self, head: str, rows: Iterable[bytes], **settings: str) -> None:
        self._post(settings | {"query": head}, b"".join(rows))

    def add_trades(self, table: str, first: int, count: int, begin: str, seconds: int) -> None:
        """Rows numbered from `first`, evenly over the time from `begin`, in the order of their time."""
        parameters = {"first": first, "count": count, "begin": begin, "span": seconds * 1000}
        settings = {f"param_{name}": str(value) for name, value in parameters.items()}
        self.query(f"INSERT INTO {table} {_MORE_TRADES}", **settings)

    def _post(self, settings: dict[str, str], body: bytes) -> str:
        request = urllib.request.Request(f"{self._url}/?{urlencode(settings)}", body, self._headers)
        try:
            with urllib.request.urlopen(request) as response:
                return response.read().decode()
        except urllib.error.HTTPError as error:
            sys.exit(f"ClickHouse: {error.read().decode().strip()}")
