// What the audit says of real tables: whole, changed in the source, rewritten, thinned out or doubled by others.
import ClickHouse
import ObjectStorage
import OffloadCore
import OffloadIO
import Testing

@Suite struct ValidationTests {
    /// Three windows of 4, 4 and 2 rows, then a change; the verdicts of all segments, as text.
    static let changes: [(name: String, code: String?, sql: String?, verdicts: [String])] = [
        ("nothing", nil, nil, ["1 ok", "1 ok", "1 ok"]),
        (
            "late row", nil, "VALUES (99, toDateTime64('2026-01-01 00:00:05', 6, 'UTC'))",
            ["1 ok", "1 sourceChanged(by: 1)", "1 ok"]
        ),
        ("rewrite of all", "table.overwrite(table.scan().to_arrow())", nil, ["3 ok"]),
        (
            "rewrite of a part",
            """
            part = "at >= '2026-01-01T00:00:02+00:00' and at < '2026-01-01T00:00:06+00:00'"
            table.overwrite(table.scan(part).to_arrow(), overwrite_filter=part)
            """, nil, ["2 ok", "1 ok"]
        ),
        ("rows deleted", "table.delete('id < 2')", nil, ["1 missing(2)", "1 ok", "1 ok"]),
        (
            "rows doubled", "table.append(table.scan('id >= 8').to_arrow())", nil,
            ["1 ok", "1 ok", "1 surplus(2)"]
        ),
    ]

    @Test(arguments: changes.indices)
    func everyWindowGetsItsVerdict(_ index: Int) async throws {
        let change = Self.changes[index]
        try await Stage.run { stage in
            var table = try await stage.events(10)
            table.rowCountMax = 4
            for last in [3, 7, 9] {
                var offloader = try Offloader(on: stage)
                offloader.configuration.run.until = "2026-01-01T00:00:0\(last)Z"
                #expect(await offloader.cycle([table]).allSatisfy { $0.error == nil })
            }
            if let sql = change.sql { try await stage.insert(table, sql) }
            if let code = change.code { try await stage.pyiceberg(table, code) }
            #expect(try await stage.verdicts(of: table) == change.verdicts, "\(change.name)")
        }
    }

    @Test func rowsOfAnotherWriterBeyondTheWatermarkAreNoFault() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            try await stage.offload(table)
            try await stage.pyiceberg(
                table,
                """
                import datetime
                at = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
                table.append(pyarrow.Table.from_pylist([{"id": 9, "at": at}], schema=table.schema().as_arrow()))
                """)
            #expect(try await stage.verdicts(of: table) == ["1 ok", "outside 1"])
        }
    }

    @Test func theLedgerIsReadableWithoutALease() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(3)
            let reader = LedgerReader(client: stage.postgres)
            #expect(try await reader.watermark(of: table.source).position == nil)
            #expect(try await reader.history(of: [table.source], newest: 5).isEmpty)
            try await stage.offload(table)
            #expect(try await reader.watermark(of: table.source).position != nil)
            let change = try #require(try await reader.history(of: [table.source], newest: 5).first)
            #expect(change.position == "2026-01-01 00:00:02.000000")
            #expect(change.rowCount == 3 && change.reason == "window" && change.table == table.source)
            #expect(try await reader.windows(of: table.source).map(\.window.rowCount) == [3])
        }
    }

    @Test func theDatabaseTellsWhatTheDoctorAsks() async throws {
        try await Stage.run(isMigrated: false) { stage in
            let fresh = try await DatabaseFacts.read(from: stage.postgres)
            #expect(fresh.migration == nil && fresh.catalogSchemas.isEmpty && fresh.mayCreate)
            #expect(fresh.versionNumber >= 130_000 && !fresh.isStandby)
            _ = try await Migrator(client: stage.postgres).migrate()
            _ = try await stage.postgres.query("CREATE SCHEMA other")
            _ = try await stage.postgres.query("CREATE TABLE other.iceberg_tables (a INT)")
            let migrated = try await DatabaseFacts.read(from: stage.postgres)
            #expect(migrated.migration == Migrator.latestVersion)
            #expect(migrated.missingGrants.isEmpty && migrated.isCatalogV1)
            #expect(migrated.catalogSchemas == ["other", "public"])
        }
    }

    @Test func theProbeLeavesTheWarehouseAsItWas() async throws {
        try await Stage.run { stage in
            let store = try LocalFolderStore(root: stage.warehouse)
            try await WarehouseFiles(root: stage.warehouse, store: store).probe()
            #expect(try await store.list(prefix: "").isEmpty)
        }
    }
}

extension Stage {
    /// What `validate` finds, segment by segment: the number of windows and the verdict.
    ///
    /// - Parameter hash: whether data files are read.
    func verdicts(of definition: TableDefinition, hash: Bool = false) async throws -> [String] {
        let doors = try Offloader(on: self).doors
        let files = WarehouseFiles(root: warehouse, store: try LocalFolderStore(root: warehouse))
        let lake = WarehouseLake(files: files, catalogName: "lake", client: postgres)
        let table = try await doors.source.describe([definition]).table(definition.source)
        var audit = Audit(try await LedgerReader(client: postgres).windows(of: table.name))
        let live = try await lake.liveFiles(of: table)
        try await live.add(to: &audit)
        let filesBySegment = audit.filesBySegment(try await live.all())
        let check = SegmentCheck(doors: doors, table: table, reading: hash ? live.lake : nil)
        var verdicts: [String] = []
        for (number, segment) in audit.segments.enumerated() {
            let finding = try await check.finding(
                of: segment, filesBySegment[number], obstacle: audit.obstacle)
            let proof = finding.lake.contentHash == nil ? "" : " by content"
            verdicts.append("\(segment.windows.count) \(finding.verdict)\(proof)")
        }
        return verdicts + (audit.outsideRowCount > 0 ? ["outside \(audit.outsideRowCount)"] : [])
    }
}
