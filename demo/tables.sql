-- Real flights and weather with a time cursor, and aircraft; demo/load.py adds the trades.
CREATE DATABASE nyc;

CREATE TABLE nyc.flights (
    year UInt16, month UInt8, day UInt8,
    dep_time Nullable(UInt16), sched_dep_time UInt16, dep_delay Nullable(Int16),
    arr_time Nullable(UInt16), sched_arr_time UInt16, arr_delay Nullable(Int16),
    carrier LowCardinality(String), flight UInt16, tailnum Nullable(String),
    origin LowCardinality(String), dest LowCardinality(String),
    air_time Nullable(UInt16), distance UInt16, hour UInt8, minute UInt8,
    time_hour DateTime('UTC')
) ENGINE = MergeTree ORDER BY time_hour;

CREATE TABLE nyc.weather (
    origin LowCardinality(String), year UInt16, month UInt8, day UInt8, hour UInt8,
    temp Nullable(Float64), dewp Nullable(Float64), humid Nullable(Float64),
    wind_dir Nullable(UInt16), wind_speed Nullable(Float64), wind_gust Nullable(Float64),
    precip Nullable(Float64), pressure Nullable(Float64), visib Nullable(Float64),
    time_hour DateTime('UTC')
) ENGINE = MergeTree ORDER BY time_hour;

-- An aircraft has no time; the number of its arrival is as good a cursor.
CREATE TABLE nyc.planes (
    number UInt32, tailnum String, year Nullable(UInt16), type LowCardinality(String),
    manufacturer String, model String, engines UInt8, seats UInt16, speed Nullable(UInt16), engine String
) ENGINE = MergeTree ORDER BY number;
