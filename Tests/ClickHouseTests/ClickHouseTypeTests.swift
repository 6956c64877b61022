/// The type grammar: what is read, what is written back, what is refused.
import ClickHouse
import Testing

@Suite struct ClickHouseTypeTests {
    @Test(arguments: [
        ("String", ClickHouseType.string),
        (" UInt256 ", .uint256),
        ("LowCardinality(Nullable(String))", .lowCardinality(.nullable(.string))),
        ("Decimal(18, 8)", .decimal(precision: 18, scale: 8)),
        ("Decimal(5)", .decimal(precision: 5, scale: 0)),
        ("Decimal64(4)", .decimal(precision: 18, scale: 4)),
        ("Decimal256(76)", .decimal(precision: 76, scale: 76)),
        ("DateTime", .dateTime(timeZone: nil)),
        ("DateTime('Asia/Kolkata')", .dateTime(timeZone: "Asia/Kolkata")),
        ("DateTime64(9, 'UTC')", .dateTime64(precision: 9, timeZone: "UTC")),
        ("DateTime64", .dateTime64(precision: 3, timeZone: nil)),
        ("Time64(3)", .time64(precision: 3)),
        ("IntervalSecond", .interval(unit: "Second")),
        ("FixedString(16)", .fixedString(size: 16)),
        (
            #"Enum8('a' = 1, 'it\'s' = -2)"#,
            .enum8([.init(name: "a", number: 1), .init(name: "it's", number: -2)])
        ),
        (#"Enum16('x,)\n' = 1000)"#, .enum16([.init(name: "x,)\n", number: 1000)])),
        (
            "Array(Tuple(a Int32, `b c` String))",
            .array(.tuple([.init(name: "a", type: .int32), .init(name: "b c", type: .string)]))
        ),
        (
            "Tuple(Date, Array(UInt8))",
            .tuple([.init(name: nil, type: .date), .init(name: nil, type: .array(.uint8))])
        ),
        ("Tuple(Date Date)", .tuple([.init(name: "Date", type: .date)])),
        ("Tuple()", .tuple([])),
        (#"Tuple(`a\`b` Int8)"#, .tuple([.init(name: "a`b", type: .int8)])),
        ("Map(String, Array(UInt8))", .map(key: .string, value: .array(.uint8))),
        (
            "Nested(a UInt8, b String)",
            .nested([.init(name: "a", type: .uint8), .init(name: "b", type: .string)])
        ),
        (
            "AggregateFunction(1, quantiles(0.5, 0.9), UInt64)",
            .aggregateFunction("1, quantiles(0.5, 0.9), UInt64")
        ),
        ("SimpleAggregateFunction(max, UInt32)", .simpleAggregateFunction(function: "max", .uint32)),
        (
            "SimpleAggregateFunction(groupArrayArray(100), Array(String))",
            .simpleAggregateFunction(function: "groupArrayArray(100)", .array(.string))
        ),
        ("JSON", .json(arguments: nil)),
        (
            "JSON(max_dynamic_paths=0, a.b UInt32, SKIP x, SKIP REGEXP 'a)')",
            .json(arguments: "max_dynamic_paths=0, a.b UInt32, SKIP x, SKIP REGEXP 'a)'")
        ),
        ("Variant(String, UInt64)", .variant([.string, .uint64])),
        ("Dynamic", .dynamic(typeCountMax: nil)),
        ("Dynamic(max_types=3)", .dynamic(typeCountMax: 3)),
        ("Object('json')", .object(schema: "json")),
        ("MultiPolygon", .multiPolygon),
        ("Nothing", .nothing),
        ("QBit(Float32, 8)", .unknown("QBit(Float32, 8)")),
        ("Future", .unknown("Future")),
        ("Array", .unknown("Array")),
    ])
    func textIsReadAndReadsBackFromItsDescription(text: String, type: ClickHouseType) throws {
        #expect(try ClickHouseType(text) == type)
        #expect(try ClickHouseType(type.description) == type)
    }

    @Test(arguments: [
        ("Array(Tuple(a Int32, `b c` String))", "Array(Tuple(`a` Int32, `b c` String))"),
        ("Decimal64( 4 )", "Decimal(18, 4)"),
        (#"Enum8( 'it\'s'=-2 )"#, #"Enum8('it\'s' = -2)"#),
    ])
    func descriptionIsCanonical(text: String, canonical: String) throws {
        #expect(try ClickHouseType(text).description == canonical)
    }

    @Test(arguments: [
        ("", "expected a type at byte 0"),
        ("Array(", "expected a type at byte 6"),
        ("Array()", "expected a type at byte 6"),
        ("Array(String", "expected ')' at byte 12"),
        ("String)", "expected the end at byte 6"),
        ("Nullable(String, String)", "expected ')' at byte 15"),
        ("Map(String)", "expected ',' at byte 10"),
        ("FixedString(0)", "0 is not in 1 to 16777215 at byte 13"),
        ("FixedString(99999999999999999999)", "expected an integer at byte 12"),
        ("Decimal(77, 1)", "77 is not in 1 to 76 at byte 10"),
        ("Decimal(4, 5)", "5 is not in 0 to 4 at byte 12"),
        ("DateTime64(10)", "10 is not in 0 to 9 at byte 13"),
        ("DateTime('UTC)", "the quote is not closed at byte 10"),
        ("DateTime('\\", "a backslash is the last byte at byte 11"),
        ("Enum8('a' = 128)", "128 is not in -128 to 127 at byte 15"),
        ("Enum8('a')", "expected '=' at byte 9"),
        (#"Enum8('\xff' = 1)"#, "not UTF-8 at byte 12"),
        (#"Enum8('\xz"#, "expected two hexadecimal digits at byte 9"),
        ("Nested(UInt8)", "expected a type at byte 12"),
        ("Dynamic(types=1)", "expected max_types at byte 13"),
        ("Unknown(a, (b)", "expected ')' at byte 14"),
        (String(repeating: "Array(", count: 100_000), "more than 64 levels of types at byte 389"),
        (String(repeating: "x", count: (1 << 20) + 1), "a type has more than 1048576 bytes"),
    ])
    func malformedTextIsRefusedWithItsPosition(text: String, problem: String) {
        let error = #expect(throws: ClickHouseError.self) { try ClickHouseType(text) }
        #expect(error?.code == .malformedText)
        #expect(error?.message == problem)
    }
}
