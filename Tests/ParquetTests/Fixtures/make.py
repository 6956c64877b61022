#!/usr/bin/env python3
"""Writes the fixtures beside this script with the real ClickHouse engine; needs chdb-core and pyarrow."""
import pathlib

import chdb
import pyarrow as pa
import pyarrow.parquet as pq

here = pathlib.Path(__file__).parent


def clickhouse(name, query, **settings):
    settings = {"output_format_parquet_write_bloom_filter": 0, "output_format_parquet_geometadata": 0, **settings}
    pairs = ", ".join(f"{key} = {value}" for key, value in settings.items())
    chdb.query(f"{query} INTO OUTFILE '{here / name}' TRUNCATE FORMAT Parquet SETTINGS {pairs}")


# Every type of one physical or logical kind; 12 rows in 3 row groups; number runs from 0 to 11.
clickhouse(
    "scalars.parquet",
    """
    SELECT
        (number % 2 = 1)::Bool AS flag,
        (number - 6)::Int8 AS tiny,
        ((number - 6) * 100)::Int16 AS small,
        ((number - 6) * 100000)::Int32 AS medium,
        ((number - 6) * 10000000000)::Int64 AS large,
        (number * 23)::UInt8 AS utiny,
        (number * 5900)::UInt16 AS usmall,
        (number * 390000000)::UInt32 AS umedium,
        number * 1600000000000000000 AS ularge,
        (number::Int64 - 6)::Int128 AS wide,
        if(number = 5, nan, number - 6)::Float32 AS single,
        if(number < 4, nan, number - 6)::Float64 AS double,
        ((number - 6) * 1.5)::Decimal(9, 2) AS decimal9,
        ((number - 6) * 1.5)::Decimal(18, 4) AS decimal18,
        ((number - 6) * 1.5)::Decimal(38, 10) AS decimal38,
        concat('s', toString(number)) AS string,
        toFixedString(leftPad(toString(number), 3, '0'), 3) AS fixed,
        if(number < 4, NULL, if(number = 7, NULL, number - 6))::Nullable(Int32) AS optional,
        NULL::Nullable(String) AS nothing,
        toLowCardinality(concat('low', toString(number % 3))) AS low,
        CAST(if(number % 2, 'on', 'off') AS Enum8('off' = 0, 'on' = 1)) AS enum,
        toDate('2024-01-01') + number AS date,
        toDate32('1960-01-01') + number AS date32,
        toDateTime('2024-01-01 00:00:00', 'UTC') + number AS seconds,
        toDateTime64('2024-01-01 00:00:00.000', 3, 'UTC') + number AS millis,
        toDateTime64('2024-01-01 00:00:00.000001', 6, 'UTC') + number AS micros,
        toDateTime64('2024-01-01 00:00:00.000000001', 9, 'UTC') + number AS nanos,
        toUUID(concat('00000000-0000-0000-0000-', leftPad(toString(number), 12, '0'))) AS uuid,
        toIPv4(number) AS ipv4,
        toIPv6(concat('::', toString(number))) AS ipv6,
        concat('{"n":', toString(number), '}')::JSON AS json
    FROM numbers(12)
    """,
    output_format_parquet_row_group_size=4,
)

clickhouse(
    "nested.parquet",
    """
    SELECT
        number::Int64 AS id,
        arrayMap(x -> concat('tag', toString(x)), range(number % 3)) AS tags,
        [[number::Int32, NULL], []]::Array(Array(Nullable(Int32))) AS matrix,
        map('a', number::Int64)::Map(String, Int64) AS counters,
        map('a', [tuple(number::Int32, 'x')])::Map(String, Array(Tuple(n Int32, s String))) AS deep,
        tuple(number::Int32, if(number = 1, NULL, 'q'))::Tuple(p Int32, q Nullable(String)) AS pair,
        if(number = 2, NULL, tuple(if(number = 0, NULL, number::Int32)))::Nullable(Tuple(v Nullable(Int32))) AS maybe
    FROM numbers(6)
    """,
    output_format_parquet_row_group_size=3,
    allow_experimental_nullable_tuple_type=1,
)

# The first row group has a string of 4097 bytes, so ClickHouse writes no bounds for that chunk; `short` has them all.
clickhouse(
    "long-string.parquet",
    "SELECT if(number = 1, repeat('x', 4097), 'y') AS long, 'z' AS short FROM numbers(6)",
    output_format_parquet_row_group_size=3,
)

clickhouse("empty.parquet", "SELECT number AS id, [toString(number)] AS tags FROM numbers(0)")

clickhouse(
    "bloom-filter.parquet",
    "SELECT number AS id, toString(number) AS name FROM numbers(100)",
    output_format_parquet_write_bloom_filter=1,
)

# Another writer: a list whose levels have other names, and metadata of its own.
pq.write_table(
    pa.table({"tags": [["a"], ["b", "c"]]}, metadata={"owner": "arrow"}),
    here / "other-names.parquet",
    use_compliant_nested_type=False,
)
