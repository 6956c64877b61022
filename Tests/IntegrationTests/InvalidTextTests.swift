// A ClickHouse String is bytes, Iceberg's is text: what is not UTF-8 is told, mended or kept as bytes.
import OffloadCore
import Testing

@Suite struct InvalidTextTests {
    private static let columns = """
        at DateTime, plain String, maybe Nullable(String), low LowCardinality(String), list Array(String),
        pairs Map(String, Nullable(String)), row Tuple(a String, b Array(Nullable(String))),
        many Array(Tuple(k String, v String)), either Variant(String, UInt8), bytes FixedString(2)
        """
    private static let bad = """
        SELECT toDateTime(number), unhex('61FF') AS x, x, x, [x, 'ok'], map(x, x, 'n', NULL), (x, [x, NULL]),
            [('k', x)], x::Variant(String, UInt8), unhex('FFFE') FROM numbers(2)
        """

    @Test func failNamesColumnsAndCountsAndLosesNothing() async throws {
        try await Stage.run { stage in
            var table = try await stage.table(Self.columns)
            try await stage.insert(table, Self.bad)
            let error = try await stage.failure(of: table)
            #expect(error.code == .invalidText)
            for column in ["plain", "maybe", "low", "list", "pairs", "row", "many", "either"] {
                #expect(error.message.contains("`\(column)`: 2 rows"))
            }
            #expect(!error.message.contains("`bytes`"))
            table.invalidUTF8 = .replace
            try await stage.offload(table)
            #expect(try await stage.lake(table, "count()") == "2")
        }
    }

    @Test func replacePutsTheReplacementCharacter() async throws {
        try await Stage.run { stage in
            var table = try await stage.table(Self.columns)
            try await stage.insert(table, Self.bad)
            table.invalidUTF8 = .replace
            try await stage.offload(table)
            let good = Self.bad.replacing("unhex('61FF')", with: "concat('a', char(0xEF, 0xBF, 0xBD))")
                .replacing("::Variant(String, UInt8)", with: "")
            try await stage.expectReadBack(
                table,
                as: "SELECT * FROM (\(good)) AS t "
                    + "(at, plain, maybe, low, list, pairs, row, many, either, bytes)")
        }
    }

    @Test func binaryKeepsTheBytesOfTextColumns() async throws {
        try await Stage.run { stage in
            var table = try await stage.table("at DateTime, plain String, maybe Nullable(String)")
            try await stage.insert(table, "VALUES (1, unhex('FF00'), unhex('80')), (2, '', NULL)")
            table.invalidUTF8 = .binary
            try await stage.offload(table)
            try await stage.expectReadBack(table)
        }
    }

    /// Iceberg's lists of text have no other form, so what is in them is still checked.
    @Test func binaryDoesNotLetInvalidTextIntoLists() async throws {
        try await Stage.run { stage in
            var table = try await stage.table("at DateTime, list Array(String)")
            try await stage.insert(table, "VALUES (1, [unhex('FF')])")
            table.invalidUTF8 = .binary
            #expect(try await stage.failure(of: table).code == .invalidText)
        }
    }
}
