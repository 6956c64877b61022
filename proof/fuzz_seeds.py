"""Lays out what each parser's fuzzing starts from: fuzz_seeds.py DIR; DIR/footer, DIR/avro and so on.

Footers are cut out of their files and Avro blocks inflated, since a mutation must reach the parser, not a page or
a checksum.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent.parent / "Tests"
SYNC_BYTE_COUNT = 16

TYPES = [
    "LowCardinality(Nullable(String))", "Decimal(18, 8)", "Decimal256(76)", "DateTime64(9, 'UTC')", "Time64(3)",
    "IntervalSecond", "FixedString(16)", r"Enum8('a' = 1, 'it\'s' = -2)", r"Enum16('x,)\n' = 1000)",
    "Array(Tuple(a Int32, `b c` String))", "Tuple()", "Map(String, Array(UInt8))", "Nested(a UInt8, b String)",
    "AggregateFunction(1, quantiles(0.5, 0.9), UInt64)", "SimpleAggregateFunction(max, UInt32)",
    "JSON(max_dynamic_paths=0, a.b UInt32, SKIP x, SKIP REGEXP 'a)')", "Variant(String, UInt64)",
    "Dynamic(max_types=3)", "Object('json')", "QBit(Float32, 8)", "`data base`.\"ta``ble\"", "a\\tb\t\\N\n\t\n",
]  # fmt: skip

EXCEPTION = "Code: 60. DB::Exception: Table a.b is not there. (UNKNOWN_TABLE) (version 26.9.1.1 (official build))"
TAG = "abcdefghijklmnop"
RESPONSES = [
    f"HTTP/1.1 404 Not Found\r\nX-ClickHouse-Exception-Code: 60\r\nContent-Length: 99\r\n\r\n{EXCEPTION}\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\n\r\n<html>busy</html>",
    f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nPAR1{EXCEPTION}\n",
    f"HTTP/1.1 200 OK\r\nX-ClickHouse-Exception-Tag: {TAG}\r\n\r\nPAR1\r\n__exception__\r\n{TAG}\r\n{EXCEPTION}\n"
    f"{len(EXCEPTION) + 1} {TAG}\r\n__exception__\r\n",
]


def footer(file: bytes) -> bytes:
    length = int.from_bytes(file[-8:-4], "little")
    return file[-8 - length : -8]


def varint(file: bytes, start: int) -> tuple[int, int]:
    """A zigzag number of Avro, and where the next value starts."""
    value, shift, position = 0, 0, start
    while True:
        byte = file[position]
        value, shift, position = value | (byte & 0x7F) << shift, shift + 7, position + 1
        if byte < 0x80:
            return value >> 1 ^ -(value & 1), position


def number(value: int) -> bytes:
    rest, output = value << 1, b""
    while rest >= 0x80:
        output, rest = output + bytes([rest & 0x7F | 0x80]), rest >> 7
    return output + bytes([rest])


def inflated(file: bytes) -> bytes:
    """The Avro file with its blocks as codec `null` has them."""
    codec = file.index(b"\x14avro.codec\x0edeflate")
    header_end = file.index(file[-SYNC_BYTE_COUNT:]) + SYNC_BYTE_COUNT
    output = file[:header_end].replace(file[codec : codec + 19], b"\x14avro.codec\x08null")
    position = header_end
    while position < len(file):
        count, position = varint(file, position)
        size, position = varint(file, position)
        block = zlib.decompress(file[position : position + size], wbits=-15)
        position += size + SYNC_BYTE_COUNT
        output += number(count) + number(len(block)) + block + file[-SYNC_BYTE_COUNT:]
    return output


def seeds() -> Iterator[tuple[str, bytes]]:
    """The parser's name and a seed."""
    yield from (("footer", footer(path.read_bytes())) for path in TESTS.rglob("*.parquet"))
    iceberg = TESTS / "IcebergTests" / "Fixtures"
    yield from (("metadata", path.read_bytes()) for path in iceberg.rglob("*.metadata.json"))
    for path in iceberg.rglob("*/metadata/*.avro"):
        yield from (("avro", bytes_) for bytes_ in (path.read_bytes(), inflated(path.read_bytes())))
    yield from (("grammar", text.encode()) for text in TYPES)
    yield from (("failure", text.encode()) for text in RESPONSES)
    for path in TESTS.glob("*/Fixtures/hostile/*/*"):
        yield path.parent.name, path.read_bytes()


def main() -> None:
    for index, (parser, seed) in enumerate(seeds()):
        folder = Path(sys.argv[1]) / parser
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"seed-{index}").write_bytes(seed)


if __name__ == "__main__":
    main()
