// Every data file belongs to one partition, and readers that prune by partition and bounds find their rows.
import OffloadCore
import Testing

@Suite struct PartitionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let type: String
        /// SQL of the value of row `number`.
        let value: String
        let transforms: [String]
        /// A filter in PyIceberg's words, and the same in ClickHouse's.
        let filters: [(String, String)]
        /// ClickHouse 26.9 cannot read a table that is partitioned by truncate of a decimal of more than 18 digits.
        var isReadByClickHouse = true
        var testDescription: String { type }
    }

    static let cases = [
        Case(
            type: "Nullable(Int32)", value: "if(number % 7 = 0, NULL, toInt32(number) * 3 - 60)",
            transforms: ["identity", "bucket[4]", "truncate[10]"],
            filters: [("v == 3", "v = 3"), ("v < -11", "v < -11"), ("v is null", "isNull(v)")]),
        Case(
            type: "UInt64", value: "number * 461168601842738790", transforms: ["bucket[4]", "truncate[10]"],
            filters: [("v > 9223372036854775807", "v > 9223372036854775807"), ("v == 0", "v = 0")],
            isReadByClickHouse: false),
        Case(
            type: "Int64", value: "toInt64(number) * 1000000007 - 20000000000",
            transforms: ["bucket[4]", "truncate[1000]"],
            filters: [("v < -1", "v < -1"), ("v == 1000000280", "v = 1000000280")]),
        Case(
            type: "Decimal(18, 4)", value: "toDecimal64(toInt64(number) - 20, 4) / 3",
            transforms: ["bucket[4]", "truncate[50]"],
            filters: [("v < 0", "v < 0"), ("v >= 3.3333", "v >= 3.3333")]),
        Case(
            type: "Decimal(38, 2)",
            value: "CAST(toInt64(number) - 20, 'Decimal(38, 2)') / 3 * 10000000000000000000000",
            transforms: ["bucket[4]", "truncate[50]"], filters: [("v < 0", "v < 0")],
            isReadByClickHouse: false),
        Case(
            type: "Decimal(9, 2)", value: "toDecimal32(toInt64(number) % 5 - 2, 2) / 4",
            transforms: ["identity"],
            filters: [("v < 0", "v < 0"), ("v == 0.25", "v = toDecimal32('0.25', 2)")]),
        Case(
            type: "String",
            value:
                "concat(['a', 'ab', 'é', '日本語', '🚀x', '', 'a b/c%=', '\\''][number % 8 + 1], toString(number % 3))",
            transforms: ["identity", "bucket[4]", "truncate[2]"],
            filters: [("v == 'é1'", "v = 'é1'"), ("v > 'b'", "v > 'b'"), ("v == '🚀x1'", "v = '🚀x1'")]),
        Case(
            type: "Date32", value: "toDate32('1965-12-28') + toInt32(number) * 100",
            transforms: ["identity", "year", "month", "day", "bucket[4]"],
            filters: [("v < '1970-01-01'", "v < '1970-01-01'"), ("v >= '1970-01-01'", "v >= '1970-01-01'")]),
        Case(
            type: "DateTime64(6, 'Asia/Tokyo')",
            value: "toDateTime64('1969-12-30 22:59:59.999999', 6, 'UTC') + toIntervalMinute(number * 97)",
            transforms: ["identity", "year", "month", "day", "hour", "bucket[4]"],
            filters: [
                ("v < '1970-01-01T00:00:00+00:00'", "v < toDateTime64('1970-01-01 00:00:00', 6, 'UTC')"),
                ("v >= '1969-12-31T23:59:59+00:00'", "v >= toDateTime64('1969-12-31 23:59:59', 6, 'UTC')"),
            ]),
        Case(
            type: "DateTime('America/New_York')",
            value: "toDateTime('2026-03-08 00:00:00', 'UTC') + number * 2000",
            transforms: ["month", "day", "hour", "bucket[4]"],
            filters: [("v >= '2026-03-08T07:00:00+00:00'", "v >= toDateTime('2026-03-08 07:00:00', 'UTC')")]),
        Case(
            type: "UUID",
            value: "toUUID(concat('00000000-0000-0000-0000-0000000000', leftPad(toString(number), 2, '0')))",
            // Of its identity, PyIceberg 0.12 finds nothing with a filter and ClickHouse 26.9 reads nothing.
            transforms: ["bucket[4]"],
            filters: [
                ("v == '00000000-0000-0000-0000-000000000007'", "v = '00000000-0000-0000-0000-000000000007'")
            ]),
        Case(
            type: "Bool", value: "number % 2 = 1", transforms: ["identity"], filters: [("v == true", "v")]),
        Case(
            type: "Enum8('red' = 1, 'green' = 2)", value: "toInt8(number % 2 + 1)",
            transforms: ["identity", "bucket[3]"],
            filters: [("v == 'red'", "v = 'red'")]),
        Case(
            type: "LowCardinality(Nullable(String))", value: "nullIf(toString(number % 4), '0')",
            transforms: ["identity", "truncate[1]", "bucket[2]"],
            filters: [("v == '1'", "v = '1'"), ("v is null", "isNull(v)")]),
        Case(
            type: "FixedString(2)", value: "concat('x', toString(number % 3))",
            transforms: ["identity", "bucket[3]"],
            filters: []),
    ]

    /// One table with all the transforms: every file's tuple is checked, and every field takes part in pruning.
    @Test(arguments: cases)
    func prunedScansFindTheirRows(_ test: Case) async throws {
        try await Stage.run { stage in
            var table = try await stage.table("id UInt32, at DateTime, v \(test.type)")
            try await stage.insert(table, "SELECT number, number, \(test.value) FROM numbers(41)")
            table.partitionBy = test.transforms.map { .init(column: "v", transform: $0) }
            try await stage.offload(table)
            if test.isReadByClickHouse { try await stage.expectExactlyOnce(table) }
            try await expectPruning(of: test.filters, stage, table)
        }
    }

    @Test func severalFieldsMakeOneFilePerCombination() async throws {
        try await Stage.run { stage in
            var table = try await stage.table("id UInt32, at DateTime64(6, 'UTC'), s String")
            try await stage.insert(
                table,
                "SELECT number, toDateTime64('2026-01-01', 6, 'UTC') + toIntervalHour(number), toString(number % 2) FROM numbers(48)"
            )
            table.partitionBy = [
                .init(column: "at", transform: "day"), .init(column: "s", transform: "identity"),
                .init(column: "id", transform: "bucket[2]"),
            ]
            try await stage.offload(table)
            #expect(try await stage.lake(table, "uniqExact(_path)") == "8")
            try await stage.expectReadBack(table)
        }
    }

    /// Compares what filters find, and the partition of every row with what PyIceberg's own transforms make of it.
    private func expectPruning(
        of filters: [(String, String)], _ stage: Stage, _ table: TableDefinition
    ) async throws {
        let scans = filters.map { "print(len(table.scan(row_filter=\"\"\"\($0.0)\"\"\").to_arrow()))" }
        let found = try await stage.pyiceberg(table, Self.comparison + scans.joined(separator: "\n"))
        let counts = (["count()"] + filters.map { "countIf(\($0.1))" }).joined(separator: ", ")
        let expected = try await stage.clickhouse.rows("SELECT \(counts) FROM \(table.source)")[0].map {
            $0 ?? ""
        }
        #expect(found.split(separator: "\n").map(String.init) == expected)
    }

    private static let comparison = """
        import pyarrow.parquet
        from pyiceberg.expressions.literals import literal
        kind = table.schema().find_type("v")
        transforms = [field.transform.transform(kind) for field in table.spec().fields]
        plain = lambda value: value.bytes if type(value).__name__ == "UUID" else value
        def internal(value):
            simple = value is None or type(value).__name__ in ("bool", "bytes", "UUID")
            return value if simple else literal(value).to(kind).value
        total = 0
        for task in table.scan().plan_files():
            column = pyarrow.parquet.read_table(task.file.file_path.removeprefix("file://"))["v"].to_pylist()
            total += len(column)
            actual = [plain(value) for value in task.file.partition]
            for value in column:
                expected = [plain(transform(internal(value))) for transform in transforms]
                assert expected == actual, (value, expected, actual)
        print(total)

        """
}
