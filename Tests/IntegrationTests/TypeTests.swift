// Every type and its edge values come out of Iceberg as they went in.
import OffloadCore
import Testing

@Suite struct TypeTests {
    @Test func everyTypeReadsBackEqual() async throws {
        try await Stage.run { stage in
            let table = try await stage.table(EveryType.columns)
            try await stage.insert(table, "FORMAT JSONEachRow \(EveryType.rows)")
            try await stage.offload(table)
            try await stage.expectReadBack(table, as: EveryType.expected(from: table.source))
        }
    }

    /// PyIceberg alone: ClickHouse 26.9 reads a null struct as a struct of nulls.
    @Test func nullTupleStaysNull() async throws {
        try await Stage.run { stage in
            let table = try await stage.table("at DateTime, t Nullable(Tuple(a Int32, s Nullable(String)))")
            try await stage.insert(table, "VALUES (1, NULL), (2, (7, NULL))")
            try await stage.offload(table)
            let rows = try await stage.pyiceberg(table, "print(table.scan().to_arrow()['t'].to_pylist())")
            #expect(rows == "[None, {'a': 7, 's': None}]")
        }
    }

    @Test func columnRulesChooseTypesAndLeaveColumnsOut() async throws {
        try await Stage.run { stage in
            var table = try await stage.table(
                "at DateTime, n UInt64, s String, u UUID, w Int256, secret String, f FixedString(3), big Int128"
            )
            try await stage.insert(
                table, "VALUES (1, 5, unhex('FF00'), generateUUIDv4(), -7, 'x', 'abc', -8)")
            table.columns = [
                "n": .init(type: "long"), "s": .init(type: "binary"), "u": .init(type: "string"),
                "w": .init(type: "decimal(38,0)"), "secret": .init(isExcluded: true),
                "f": .init(type: "string"),
                "big": .init(type: "long"),
            ]
            try await stage.offload(table)
            try await stage.expectReadBack(table, as: "SELECT * EXCEPT secret FROM \(table.source)")
            let types = try await stage.metadata(of: table).currentSchema.fields.map {
                "\($0.name) \($0.type)"
            }
            #expect(
                types == [
                    "at timestamptz", "n long", "s binary", "u string", "w decimal(38, 0)", "f string",
                    "big long",
                ])
        }
    }

    /// A value that its configured type cannot hold stops the table instead of being bent.
    @Test func valueThatDoesNotFitItsConfiguredTypeStopsTheTable() async throws {
        try await Stage.run { stage in
            var table = try await stage.table("at DateTime, n UInt64")
            try await stage.insert(table, "VALUES (1, 18446744073709551615)")
            table.columns = ["n": .init(type: "long")]
            #expect(try await stage.failure(of: table).code == .sourceRefused)
        }
    }

    @Test func wideIntegerBeyond38DigitsStopsTheTable() async throws {
        try await Stage.run { stage in
            let table = try await stage.table("at DateTime, n Int128")
            try await stage.insert(table, "VALUES (1, -170141183460469231731687303715884105728)")
            #expect(try await stage.failure(of: table).code == .sourceRefused)
        }
    }

    @Test func unmappedTypeNamesItsColumnAndTheOtherTablesGoOn() async throws {
        try await Stage.run { stage in
            let odd = try await stage.table("at DateTime, state AggregateFunction(sum, UInt64)", named: "odd")
            let plain = try await stage.events(3)
            let reports = try await stage.cycle(odd, plain)
            let error = try #require(reports.first { $0.table == odd.source }?.error)
            #expect(error.code == .typeUnmapped && error.message.contains("`state`"))
            #expect(error.hint?.contains("columns: {state:") == true)
            try await stage.expectExactlyOnce(plain)
        }
    }
}
