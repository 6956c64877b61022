"""An order-free hash of rows, the same for every source of the same content.

Each value is turned into a canonical text that does not depend on the type which carries it: UInt64 and
decimal(20,0), Float32 and double, DateTime and timestamptz, UUID and its text give the same bytes. A row's
hash adds up its columns' hashes (each mixed with the column's name), and the content hash adds up the rows',
modulo 2^64: the order of rows and of columns is free, a lost, doubled or changed row is not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy
import pandas
import pyarrow
from pyarrow import compute

_BYTES = (pyarrow.types.is_binary, pyarrow.types.is_large_binary, pyarrow.types.is_fixed_size_binary)
_NULL_HASH = numpy.uint64(0x9E3779B97F4A7C15)


@dataclass
class ContentHash:
    """Rows seen and the sum of their hashes; the sums of each column tell where a difference is."""

    rows: int = 0
    total: int = 0
    columns: dict[str, int] = field(default_factory=dict)

    def add(self, batch: pyarrow.RecordBatch) -> None:
        row_hashes = numpy.zeros(batch.num_rows, dtype=numpy.uint64)
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            hashes = _mixed(_hashes(column) ^ _name_hash(name))
            self.columns[name] = (self.columns.get(name, 0) + _sum(hashes)) % (1 << 64)
            row_hashes += hashes
        self.rows += batch.num_rows
        self.total = (self.total + _sum(_mixed(row_hashes))) % (1 << 64)

    def __str__(self) -> str:
        return f"{self.total:016x}"


def _sum(hashes: numpy.ndarray) -> int:
    return int(hashes.sum(dtype=numpy.uint64))


def _name_hash(name: str) -> numpy.uint64:
    return numpy.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big"))


def _mixed(values: numpy.ndarray) -> numpy.ndarray:
    """SplitMix64's finisher: without it, sums of sums would cancel."""
    values = (values ^ (values >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return values ^ (values >> numpy.uint64(31))


def _hashes(column: pyarrow.Array) -> numpy.ndarray:
    texts = canonical(column)
    hashes = pandas.util.hash_array(texts.fill_null(b"").to_numpy(zero_copy_only=False), categorize=False)
    return numpy.where(texts.is_null().to_numpy(zero_copy_only=False), _NULL_HASH, hashes)


def canonical(column: pyarrow.Array) -> pyarrow.Array:
    """The canonical text of every value as bytes; null stays null."""
    kind = column.type
    if isinstance(kind, pyarrow.UuidType):
        return _texts([None if value is None else str(value).encode() for value in column.to_pylist()])
    if pyarrow.types.is_map(kind):
        return _nested(
            column.cast(pyarrow.list_(pyarrow.struct([("key", kind.key_type), ("value", kind.item_type)])))
        )
    if pyarrow.types.is_nested(kind):
        return _nested(column)
    return _scalar(column).cast(pyarrow.binary())


def _scalar(column: pyarrow.Array) -> pyarrow.Array:
    kind = column.type
    if pyarrow.types.is_timestamp(kind):  # microseconds since 1970 in UTC, whatever the zone of the type
        return (
            column.cast(pyarrow.timestamp("us", kind.tz), safe=False)
            .cast(pyarrow.int64())
            .cast(pyarrow.string())
        )
    if pyarrow.types.is_date(kind):  # days since 1970
        return column.cast(pyarrow.int32()).cast(pyarrow.string())
    if pyarrow.types.is_floating(kind):  # the shortest text that reads back as the same double
        return column.cast(pyarrow.float64()).cast(pyarrow.string())
    if pyarrow.types.is_decimal(kind):
        return compute.replace_substring_regex(column.cast(pyarrow.string()), r"(\.\d*?)0+$", r"\1")
    if any(is_kind(kind) for is_kind in _BYTES):
        return column
    return column.cast(pyarrow.string())


def _nested(column: pyarrow.Array) -> pyarrow.Array:
    if pyarrow.types.is_struct(column.type):
        fields = [canonical(field).to_pylist() for field in column.flatten()]
        values = (
            [b"{%s}" % _joined(parts) for parts in zip(*fields, strict=True)]
            if fields
            else [b"{}"] * len(column)
        )
        return _texts(
            [value if valid else None for value, valid in zip(values, column.is_valid().to_pylist())]
        )
    items = iter(canonical(column.flatten()).to_pylist())
    lengths = compute.list_value_length(column).to_pylist()
    return _texts(
        [None if n is None else b"[%s]" % _joined([next(items) for _ in range(n)]) for n in lengths]
    )


def _joined(parts: list[bytes | None] | tuple[bytes | None, ...]) -> bytes:
    """Every part with its length before it, so that no two lists have one text."""
    return b",".join(b"-" if part is None else b"%d:%s" % (len(part), part) for part in parts)


def _texts(values: list[bytes | None]) -> pyarrow.Array:
    return pyarrow.array(values, pyarrow.binary())
