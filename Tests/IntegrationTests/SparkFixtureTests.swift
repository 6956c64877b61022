// Tables that Spark with Iceberg's own Java library wrote and maintained take our append and stay whole.
import Foundation
import Iceberg
import OffloadCore
import Postgres
import Testing

/// Java's files hold absolute locations, below this folder; they can be nowhere else.
private let warehouse = "/srv/lake/warehouse"

private var isWarehouseFree: Bool {
    !FileManager.default.fileExists(atPath: warehouse) && FileManager.default.isWritableFile(atPath: "/srv")
}

@Suite(.serialized, .enabled(if: isWarehouseFree, "needs a free \(warehouse) and the right to make it"))
struct SparkFixtureTests {
    /// A fixture, a source table that fits its schema, and a row to add.
    struct Fixture: Sendable, CustomTestStringConvertible {
        let name: String
        let columns: String
        let cursor: String
        /// Where the new row begins.
        let start: String
        let row: String
        var rules: [String: TableDefinition.ColumnRule] = [:]
        var testDescription: String { name }
    }

    static let fixtures = [
        Fixture(
            name: "trades",
            columns: """
                exchange_timestamp DateTime64(6, 'UTC'), sequence_number UInt64, symbol String,
                price Nullable(Decimal(38, 8)), quantity Nullable(Decimal(38, 8)), ok Nullable(Bool), n Nullable(Int32),
                big Nullable(Int64), f Nullable(Float32), d Nullable(Float64), day Nullable(Date32), raw Nullable(String),
                tags Array(Nullable(String)), attrs Map(String, Nullable(Int32)),
                pos Tuple(x Nullable(Float64), y Array(Nullable(Int32)))
                """, cursor: "exchange_timestamp", start: "2026-06-01T00:00:00Z",
            row:
                "('2026-06-01', 18446744073709551615, 'é', -1.5, NULL, true, -1, 2, nan, 1, '1900-01-01', unhex('FF'), "
                + "['a', NULL], {'k': 1}, (1.5, [1, NULL]))", rules: ["raw": .init(type: "binary")]),
        Fixture(
            name: "evolved",
            columns:
                "id Int64, added Nullable(DateTime64(6, 'UTC')), label Nullable(String), v Nullable(Float64)",
            cursor: "id", start: "1000000", row: "(1000000, '1969-12-31 23:59:59', 'zebra', 1.5)"),
        Fixture(
            name: "deleted", columns: "id Int64, s Nullable(String)", cursor: "id", start: "1000000",
            row: "(1000000, 'new')"),
        Fixture(
            name: "maintained", columns: "id Int64, at DateTime64(6, 'UTC')", cursor: "id", start: "1000000",
            row: "(1000000, '2030-01-01 00:30:00')"),
    ]

    @Test(arguments: fixtures)
    func sparksTableTakesOurAppendAndStaysWhole(_ fixture: Fixture) async throws {
        try await Stage.run(folder: warehouse) { stage in
            try await place(fixture.name, on: stage)
            var table = try await stage.table(fixture.columns, named: fixture.name, cursor: fixture.cursor)
            table = TableDefinition(
                source: table.source, target: "fixtures.\(fixture.name)", cursor: fixture.cursor)
            (table.settle, table.start, table.columns) = (.zero, fixture.start, fixture.rules)
            // The source has the fixture's rows as well, so that source and table are to be equal in the end.
            let names = try await stage.metadata(of: table).currentSchema.fields.map(\.name).joined(
                separator: ", ")
            let file = try await stage.metadataFile(of: table)
            let folder = "\(warehouse)/fixtures/\(fixture.name)"
            try await stage.insert(
                table,
                """
                (\(names)) SELECT \(names) FROM icebergLocal('\(folder)',
                SETTINGS iceberg_metadata_file_path = '\(file.dropFirst(folder.count + 1))')
                """)
            try await stage.insert(table, "VALUES \(fixture.row)")
            let before = try await stage.metadata(of: table)
            let foreign = try await stage.pyiceberg(table, Self.foreignFacts)
            #expect(try await stage.offload(table).tally.rowCount == 1)
            let after = try await stage.metadata(of: table)
            for (name, ref) in before.refs where name != "main" { #expect(after.refs[name] == ref) }
            #expect(Set(before.snapshotIDs).isSubset(of: after.snapshotIDs))
            #expect(after.partitionSpecs == before.partitionSpecs && after.sortOrders == before.sortOrders)
            #expect(try await stage.pyiceberg(table, Self.foreignFacts) == foreign)
            try await stage.expectReadBack(table)
        }
    }

    /// Delete files, statistics and schemas.
    private static let foreignFacts = """
        print(sum(len(task.delete_files) for task in table.scan().plan_files()),
            table.metadata.statistics, table.metadata.partition_statistics, table.metadata.schemas)
        """

    private func place(_ name: String, on stage: Stage) async throws {
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../IcebergTests/Fixtures/spark-iceberg-1.10.2").standardizedFileURL
        try FileManager.default.createDirectory(
            atPath: warehouse + "/fixtures", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: fixtures.appendingPathComponent(name).path, toPath: "\(warehouse)/fixtures/\(name)")
        let catalog = try String(contentsOf: fixtures.appendingPathComponent("catalog.sql"), encoding: .utf8)
        for line in catalog.split(separator: "\n") where line.contains("'fixtures','\(name)'") {
            _ = try await stage.postgres.query(String(line.dropLast()))
        }
    }
}
