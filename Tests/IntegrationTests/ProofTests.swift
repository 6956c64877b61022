// What `validate --hash` says of files that others have changed, and what `verify: hash` keeps from being committed.
import Iceberg
import OffloadCore
import OffloadIO
import Testing

@Suite struct ProofTests {
    /// `files`: the paths of the three windows' files, in order; `rewrite`: changes a file where it lies.
    private static let tools = """
        import pyarrow.parquet, pyarrow.compute
        tasks = sorted(table.scan().plan_files(), key=lambda task: min(
            pyarrow.parquet.read_table(task.file.file_path.removeprefix("file://"))["id"].to_pylist()))
        files = [task.file.file_path.removeprefix("file://") for task in tasks]
        def rewrite(path, change):
            pyarrow.parquet.write_table(change(pyarrow.parquet.ParquetFile(path).read()), path)
        def with_ids(rows, ids):
            field = rows.schema.field(0).with_nullable(True)
            return rows.set_column(0, field, pyarrow.array(ids, field.type))

        """

    /// Windows of 4, 4 and 2 rows, with the ids 0 to 9; `unreadable` stands for whatever reason is given.
    static let changes: [(name: String, code: String, verdicts: [String])] = [
        ("nothing", "", ["1 ok by content", "1 ok by content", "1 ok by content"]),
        (
            "one value", "rewrite(files[1], lambda rows: with_ids(rows, [4, 5, 60, 7]))",
            ["1 ok by content", "1 altered by content", "1 ok by content"]
        ),
        (
            "one row in place of another", "rewrite(files[0], lambda rows: with_ids(rows, [0, 1, 1, 3]))",
            ["1 altered by content", "1 ok by content", "1 ok by content"]
        ),
        (
            "a value set to null", "rewrite(files[2], lambda rows: with_ids(rows, [8, None]))",
            ["1 ok by content", "1 ok by content", "1 altered by content"]
        ),
        (
            "rows lost in the file alone", "rewrite(files[1], lambda rows: rows.slice(1))",
            ["1 ok by content", "1 missing(1) by content", "1 ok by content"]
        ),
        (
            "another order of rows and columns",
            "rewrite(files[1], lambda rows: rows.take([3, 1, 2, 0]).select(['at', 'id']))",
            ["1 ok by content", "1 ok by content", "1 ok by content"]
        ),
        ("a file gone", "os.remove(files[1])", ["1 ok by content", "1 unreadable", "1 ok by content"]),
        (
            "a file cut short", "os.truncate(files[0], 200)",
            ["1 unreadable", "1 ok by content", "1 ok by content"]
        ),
        (
            "a file twice",
            """
            with table.transaction() as change:
                with change.update_snapshot().fast_append() as append: append.append_data_file(tasks[2].file)
            """, ["1 ok by content", "1 ok by content", "1 surplus(2) by content"]
        ),
        ("all rows in one new file", "table.overwrite(table.scan().to_arrow())", ["3 ok by content"]),
        (
            "all rows in one new file, but one value",
            "rows = table.scan().to_arrow().sort_by('id'); table.overwrite(with_ids(rows, [*range(9), 10]))",
            ["3 altered by content"]
        ),
    ]

    @Test(arguments: changes.indices)
    func everyWindowIsProvenOrSaysWhatDiffers(_ index: Int) async throws {
        let change = Self.changes[index]
        try await Stage.run { stage in
            let table = try await threeWindows(on: stage)
            try await stage.pyiceberg(table, Self.tools + change.code)
            let verdicts = try await stage.verdicts(of: table, hash: true).map { verdict in
                verdict.firstRange(of: " unreadable").map { String(verdict[..<$0.upperBound]) } ?? verdict
            }
            #expect(verdicts == change.verdicts, "\(change.name)")
        }
    }

    @Test func aValueThatChangedInTheSourceIsNoFault() async throws {
        try await Stage.run { stage in
            let table = try await threeWindows(on: stage)
            try await stage.clickhouse.execute(
                "ALTER TABLE \(table.source) UPDATE id = 50 WHERE id = 5", settings: ["mutations_sync": "2"])
            #expect(
                try await stage.verdicts(of: table, hash: true) == [
                    "1 ok by content", "1 sourceChanged(by: 0) by content", "1 ok by content",
                ])
        }
    }

    @Test func renamedWidenedAndAddedColumnsChangeNoHash() async throws {
        try await Stage.run { stage in
            var table = try await stage.table("at DateTime, n Int32, t Tuple(a Float32, b Array(String))")
            try await stage.insert(table, "VALUES (1, -7, (1.1, ['x']))")
            table.verification = .hash
            try await stage.offload(table)
            try await stage.clickhouse.execute("ALTER TABLE \(table.source) ADD COLUMN late Int32")
            try await stage.pyiceberg(
                table,
                """
                from pyiceberg.types import IntegerType, LongType
                with table.update_schema() as change:
                    change.update_column("n", LongType())
                    change.rename_column("n", "number")
                    change.add_column("late", IntegerType())
                """)
            try await stage.insert(table, "VALUES (2, 8, (2.5, []), 5)")
            try await stage.offload(table)
            #expect(
                try await stage.verdicts(of: table, hash: true) == ["1 ok by content", "1 ok by content"])
            try await stage.pyiceberg(table, "table.overwrite(table.scan().to_arrow())")
            #expect(try await stage.verdicts(of: table, hash: true) == ["2 ok by content"])
            try await stage.pyiceberg(
                table,
                "with table.update_schema(allow_incompatible_changes=True) as c: c.delete_column('late')")
            table.columns = ["late": .init(isExcluded: true)]
            #expect(
                try await stage.verdicts(of: table, hash: true) == ["2 ok"], "only counts can be compared")
        }
    }

    /// The files are whole, count right, and lie in the right place.
    @Test func filesThatLookRightAndHoldOtherRowsAreNotCommitted() async throws {
        try await Stage.run { stage in
            var table = try await stage.events(5)
            let twin = try await stage.events(5, named: "twin")
            try await stage.clickhouse.execute(
                "ALTER TABLE \(twin.source) UPDATE id = 9 WHERE id = 3", settings: ["mutations_sync": "2"])
            for (verification, code) in [
                (.hash, .contentMismatch), (.count, nil),
            ] as [(TableDefinition.Verification, OffloadError.Code?)] {
                table.verification = verification
                let doors = try Offloader(on: stage).doors
                let lying = Doors(
                    source: LyingSource(inner: doors.source, twin: twin), lake: doors.lake,
                    ledger: doors.ledger, clock: doors.clock, now: doors.now)
                let report = await Cycle(
                    [table], doors: lying, configuration: .init(), observer: { _, _ in }
                ).run()
                #expect(report.tables.first?.error?.code == code)
                if code != nil {
                    let committed = "(SELECT count(*) FROM offload_batches WHERE status = 'committed')"
                    #expect(try await stage.ledger(committed) == "0")
                }
            }
        }
    }

    private func threeWindows(on stage: Stage) async throws -> TableDefinition {
        var table = try await stage.events(10)
        table.rowCountMax = 4
        table.verification = .hash
        for last in [3, 7, 9] {
            var offloader = try Offloader(on: stage)
            offloader.configuration.run.until = "2026-01-01T00:00:0\(last)Z"
            #expect(await offloader.cycle([table]).allSatisfy { $0.error == nil })
        }
        return table
    }
}

/// Copies another table's rows than it counts.
private struct LyingSource: Source {
    let inner: any Source
    let twin: TableDefinition

    func describe(_ definitions: [TableDefinition]) async throws -> SourceDescription {
        try await inner.describe(definitions)
    }

    func survey(_ table: SourceTable, after low: CursorValue?, through ceiling: CursorValue?) async throws
        -> Survey
    {
        try await inner.survey(table, after: low, through: ceiling)
    }

    func hasRows(_ table: SourceTable) async throws -> Bool { try await inner.hasRows(table) }

    func histogram(
        _ table: SourceTable, for lake: LakeTable, after low: CursorValue?,
        through bounds: ClosedRange<CursorValue>, binCount: Int
    ) async throws -> [Bin] {
        try await inner.histogram(table, for: lake, after: low, through: bounds, binCount: binCount)
    }

    func split(_ window: Window, of table: SourceTable, for lake: LakeTable) async throws -> [PartitionSlice]
    {
        try await inner.split(window, of: table, for: lake)
    }

    func copy(
        _ slice: PartitionSlice, of window: Window, of table: SourceTable, for lake: LakeTable, label: String,
        into draft: any DataFileDraft
    ) async throws {
        let other = try await inner.describe([twin]).table(twin.source)
        try await inner.copy(slice, of: window, of: other, for: lake, label: label, into: draft)
    }

    func count(_ window: Window, of table: SourceTable, hashing columns: [LakeColumn]) async throws
        -> WindowCount
    {
        try await inner.count(window, of: table, hashing: columns)
    }

    func digest(_ file: any DataFileContent, of table: SourceTable, hashing fields: [NestedField])
        async throws -> RowDigest
    {
        try await inner.digest(file, of: table, hashing: fields)
    }
}
