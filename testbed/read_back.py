"""Reads an Iceberg table with PyIceberg (by name) and ClickHouse (by path) and compares the two.

    read_back.py [--env DIR/env] --table cold.trades [--source 'SELECT ...'] [--json]

Prints rows and an order-free content hash for each reader; exits with 1 if they differ. No code of the writer
is used: PyIceberg and pyarrow read the files on their own, ClickHouse reads them with its own Iceberg reader.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import quote, urlencode

import pyarrow
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from content_hash import ContentHash

# What ClickHouse cannot put into Arrow as the value it means, and the type that can carry it.
_CARRIERS = [
    (r"Enum(?:8|16)\((?:'(?:[^'\\]|\\.)*'|[^'()])*\)", "String"),
    (r"DateTime64\((\d)[^()]*\)", "DateTime64(6, 'UTC')"),
    (r"DateTime(?:\('[^']*'\))?(?!\w)", "DateTime64(6, 'UTC')"),
    (r"\bDate\b", "Date32"),
    (r"\bTime(?:64\(\d\))?(?!\w)", "String"),
    (r"\bU?Int(?:128|256)\b|\bIPv[46]\b|\bUUID\b", "String"),
    (r"\bBFloat16\b", "Float32"),
    (r"\b(?:JSON|Dynamic|Variant)(?:\((?:[^()]|\([^()]*\))*\))?", "String"),
]
_ARROW_SETTINGS = {
    "session_timezone": "UTC",
    "output_format_arrow_string_as_string": "0",  # bytes, so that invalid UTF-8 passes
    "output_format_arrow_low_cardinality_as_dictionary": "0",
    "output_format_arrow_compression_method": "none",
}


class ClickHouse:
    """Runs queries over HTTP."""

    def __init__(self, env: dict[str, str]) -> None:
        self._url = env["CLICKHOUSE_URL"]
        password = Path(env["OFFLOAD_CH_PASSWORD_FILE"]).read_text().strip()
        self._headers = {"X-ClickHouse-User": env["CLICKHOUSE_USER"], "X-ClickHouse-Key": password}

    def hash(self, select: str) -> ContentHash:
        """The content of a SELECT."""
        columns = ", ".join(_carried(name, kind) for name, kind in self._columns(select))
        with self._open(f"SELECT {columns} FROM ({select}) FORMAT ArrowStream", _ARROW_SETTINGS) as stream:
            return _hash(pyarrow.ipc.open_stream(stream))

    def _columns(self, select: str) -> list[tuple[str, str]]:
        with self._open(f"DESCRIBE ({select}) FORMAT JSON", {"print_pretty_type_names": "0"}) as stream:
            return [(column["name"], column["type"]) for column in json.load(stream)["data"]]

    def _open(self, sql: str, settings: dict[str, str]) -> HTTPResponse:
        request = urllib.request.Request(f"{self._url}/?{urlencode(settings)}", sql.encode(), self._headers)
        try:
            return urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            sys.exit(f"read_back: {error.read().decode().strip()}")


def _carried(name: str, kind: str) -> str:
    """A column, cast where Arrow could not carry its values."""
    carrier = re.sub(r"LowCardinality\(((?:[^()]|\([^()]*\))*)\)", r"\1", kind)
    for pattern, replacement in _CARRIERS:
        carrier = re.sub(pattern, replacement, carrier)
    identifier = "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
    return identifier if carrier == kind else f"CAST({identifier} AS {carrier}) AS {identifier}"


def _hash(batches: Iterable[pyarrow.RecordBatch]) -> ContentHash:
    content = ContentHash()
    for batch in batches:
        content.add(batch)
    return content


def load_table(env: dict[str, str], name: str) -> Table:
    """The table by its name in the SQL catalog `lake`."""
    password = quote(Path(env["OFFLOAD_PG_PASSWORD_FILE"]).read_text().strip())
    address = f"{env['PGUSER']}:{password}@{env['PGHOST']}:{env['PGPORT']}/{env['PGDATABASE']}"
    return SqlCatalog("lake", uri=f"postgresql+psycopg2://{address}", init_catalog_tables="false").load_table(
        name
    )


def by_path(table: Table) -> str:
    """A SELECT of the same version of the table that goes by path alone."""
    root, location = (re.sub("^file:/+", "/", text) for text in (table.location(), table.metadata_location))
    metadata = location.removeprefix(root + "/")
    return f"SELECT * FROM icebergLocal('{root}', SETTINGS iceberg_metadata_file_path = '{metadata}')"


def differing(contents: Iterable[ContentHash]) -> list[str]:
    """The columns that are not the same everywhere."""
    sums = [set(content.columns.items()) for content in contents]
    return sorted({name for name, _ in set.union(*sums) - set.intersection(*sums)})


def read_env(path: str) -> dict[str, str]:
    """The variables that the shell file exports, over those of this process."""
    script = 'set -a; source "$1"; env -0'
    output = subprocess.run(["bash", "-c", script, "_", path], check=True, capture_output=True).stdout
    return os.environ | dict(line.split("=", 1) for line in output.decode().split("\0") if line)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--env", help="the testbed's DIR/env; default: this process's own environment")
    parser.add_argument("--table", required=True, help="namespace.name in the catalog")
    parser.add_argument("--source", help="SELECT in ClickHouse with the same rows and column names")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    env = read_env(options.env) if options.env else dict(os.environ)
    clickhouse = ClickHouse(env)
    table = load_table(env, options.table)
    found = {
        "pyiceberg": _hash(table.scan().to_arrow_batch_reader()),
        "clickhouse": clickhouse.hash(by_path(table)),
    }
    if options.source:
        found["source"] = clickhouse.hash(options.source)
    is_equal = len({(content.rows, content.total) for content in found.values()}) == 1
    if options.json:
        readers = {reader: {"rows": content.rows, "hash": str(content)} for reader, content in found.items()}
        print(json.dumps({"table": options.table, "equal": is_equal, "readers": readers}))
    else:
        for reader, content in found.items():
            print(f"{reader:<10} {content.rows:>12} rows  {content}")
        print("equal" if is_equal else f"DIFFERENT: {', '.join(differing(found.values())) or 'other rows'}")
    return 0 if is_equal else 1


if __name__ == "__main__":
    sys.exit(main())
