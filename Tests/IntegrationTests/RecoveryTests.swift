// Watermarks set right by hand: on real servers, by the program itself, and every row once in the end.
import Foundation
import OffloadCore
import OffloadIO
import Testing

@Suite struct RecoveryTests {
    // MARK: repair

    /// How a ledger loses what the Iceberg table knows; the table has four windows.
    static let losses = [
        "everything":
            "TRUNCATE offload_batches, offload_files, offload_watermark_history, offload_watermarks CASCADE",
        "two windows": """
        WITH forgotten AS (
            SELECT batch_id FROM offload_batches WHERE status = 'committed' ORDER BY high DESC LIMIT 2
        ), last AS (
            SELECT batch_id, high FROM offload_batches WHERE batch_id NOT IN (SELECT batch_id FROM forgotten)
            ORDER BY high DESC LIMIT 1
        ), moved AS (
            UPDATE offload_watermarks SET position = last.high, last_batch_id = last.batch_id FROM last
        ), files AS (
            DELETE FROM offload_files WHERE batch_id IN (SELECT batch_id FROM forgotten)
        ) DELETE FROM offload_batches WHERE batch_id IN (SELECT batch_id FROM forgotten)
        """,
        "that a window was committed": """
        WITH last AS (
            UPDATE offload_batches SET status = 'staged', committed_at = NULL
            WHERE high = (SELECT max(high) FROM offload_batches) RETURNING low
        ) UPDATE offload_watermarks w SET position = b.high, last_batch_id = b.batch_id
        FROM last, offload_batches b WHERE b.high = last.low
        """,
    ]

    @Test(arguments: losses.keys.sorted())
    func aLedgerThatForgotGetsItBackFromTheIcebergTable(_ loss: String) async throws {
        try await Stage.run { stage in
            let table = try await stage.fourWindows()
            for statement in try #require(Self.losses[loss]).components(separatedBy: ";") {
                _ = try await stage.postgres.query(statement)
            }
            try await stage.addEvents(20..<25, to: table)
            let before = try await stage.books()

            let plan = try await stage.program("watermark repair --table \(table.source) --dry-run", table)
            #expect(plan.status == 0 && plan.output.contains("would set the watermark"), "\(plan.output)")
            #expect(try await stage.books() == before)

            let repair = try await stage.program("watermark repair --table \(table.source)", table)
            #expect(repair.status == 0, "\(repair.output)")
            #expect(repair.output.contains("next: iceberg-offload cycle --table \(table.source)"))
            #expect(try await stage.lastReason().contains("repair by "))
            #expect(try await stage.verdicts(of: table) == ["1 ok", "1 ok", "1 ok", "1 ok"])

            #expect(try await stage.offload(table).tally.rowCount == 5)
            try await stage.expectExactlyOnce(table)
        }
    }

    @Test func aPositionBeyondEveryRowIsSetBackByTheNextTurn() async throws {
        try await Stage.run { stage in
            let table = try await stage.fourWindows()
            _ = try await stage.postgres.query("UPDATE offload_watermarks SET position = position * 2")
            let plan = try await stage.program("watermark repair --table \(table.source) --dry-run", table)
            #expect(plan.status == 0 && plan.output.contains("would set"), "\(plan.output)")
            try await stage.offload(table)
            #expect(try await stage.lastReason().hasPrefix("repair: the position was changed by hand"))
            let history = try await stage.program(
                "watermark history --table \(table.source) --limit 1", table)
            #expect(history.output.contains("2026-01-01 00:00:19.000000"), "\(history.output)")
            try await stage.addEvents(20..<25, to: table)
            #expect(try await stage.offload(table).tally.rowCount == 5)
            try await stage.expectExactlyOnce(table)
        }
    }

    @Test func whatAgreesIsLeftAlone() async throws {
        try await Stage.run { stage in
            let table = try await stage.fourWindows()
            let before = try await stage.books()
            let repair = try await stage.program("watermark repair --table \(table.source)", table)
            #expect(repair.status == 0 && repair.output.contains("nothing to repair"), "\(repair.output)")
            #expect(try await stage.books() == before)
        }
    }

    // MARK: rewind

    @Test func rowsBehindARollbackAreMovedOnceMore() async throws {
        try await Stage.run { stage in
            let table = try await stage.fourWindows()
            try await stage.rollBack(table, toSnapshot: 1)
            #expect(try await stage.failure(of: table).code == .lakeTableRolledBack)
            let end = "2026-01-01_00:00:09.000000"
            let diagnosis = try await stage.program(
                "watermark repair --table \(table.source) --dry-run", table)
            #expect(diagnosis.status == 1)
            #expect(
                diagnosis.output.contains("--to '\(end.replacing("_", with: " "))' --dry-run"),
                "\(diagnosis.output)")

            let before = try await stage.books()
            let rewind = "watermark rewind --table \(table.source) --to \(end)"
            let plan = try await stage.program("\(rewind) --dry-run", table)
            let batches = try await stage.postgres.query(
                "SELECT batch_id::text FROM offload_batches ORDER BY high"
            )
            .map { try $0.string("batch_id") }
            let (middle, last) = ("2026-01-01 00:00:09.000000", "2026-01-01 00:00:19.000000")
            #expect(plan.status == 0)
            #expect(
                plan.output == """
                    \(table.source) -> cold.events
                      watermark  \(last), batch \(batches[3])
                      ledger     4 windows with 20 rows, through \(last), batch \(batches[3])
                      Iceberg    10 rows; marked \(last), batch \(batches[3]), but main is at batch \(batches[1])
                    cold.events does not hold 2 windows above \(middle), moved again
                    would set the watermark from \(last) to \(middle), strike 2 windows off the ledger, write the \
                    mark of the Iceberg table anew; nothing was changed
                    next: the same without --dry-run

                    """)
            #expect(try await stage.books() == before)

            let done = try await stage.program(rewind, table)
            #expect(done.status == 0, "\(done.output)")
            let history = try await stage.program(
                "watermark history --table \(table.source) --limit 1", table)
            #expect(history.output.contains("↓ 2026-01-01 00:00:09.000000"), "\(history.output)")
            #expect(try await stage.offload(table).tally.rowCount == 10)
            try await stage.expectReadBack(table)
            #expect(try await stage.verdicts(of: table).allSatisfy { $0.hasSuffix("ok") })
        }
    }

    @Test func aDroppedTableIsFilledAnew() async throws {
        try await Stage.run { stage in
            let table = try await stage.fourWindows()
            _ = try await stage.postgres.query("DELETE FROM iceberg_tables")
            #expect(try await stage.failure(of: table).code == .lakeTableMissing)
            let rewind = "watermark rewind --table \(table.source) --to beginning"
            #expect(try await stage.program(rewind, table).status == 0)
            #expect(try await stage.offload(table).tally.rowCount == 20)
            try await stage.expectReadBack(table)
        }
    }

    @Test func whatWouldDoubleOrLoseRowsIsRefused() async throws {
        try await Stage.run { stage in
            let table = try await stage.fourWindows()
            let before = try await stage.books()
            let rewind = "watermark rewind --table \(table.source) --to 2026-01-01_00:00:09"
            let doubling = try await stage.program(rewind, table)
            #expect(doubling.status == 1)
            #expect(doubling.output.contains("10 rows above"), "\(doubling.output)")
            #expect(doubling.output.contains("hint: see which windows it holds: `iceberg-offload validate"))
            #expect(try await stage.books() == before)

            try await stage.rollBack(table, toSnapshot: 1)
            try await stage.clickhouse.execute(
                "ALTER TABLE \(table.source) DELETE WHERE id >= 17 SETTINGS mutations_sync = 2")
            let losing = try await stage.program(rewind, table)
            #expect(losing.status == 1 && losing.output.contains("`--accept-lost 3`"), "\(losing.output)")
            #expect(try await stage.program("\(rewind) --accept-lost 3", table).status == 0)
            #expect(try await stage.offload(table).tally.rowCount == 7)
            try await stage.expectReadBack(table)
        }
    }

    // MARK: init

    @Test func aTableBeginsWhereItIsTold() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(10)
            let start = "watermark init --table \(table.source) --at 2026-01-01_00:00:03"
            let plan = try await stage.program("\(start) --dry-run", table)
            #expect(
                plan.status == 0 && plan.output.contains("4 rows of ClickHouse and 0 of Iceberg"),
                "\(plan.output)")
            #expect(try await stage.ledger("(SELECT count(*) FROM offload_watermarks)") == "0")
            #expect(try await stage.program(start, table).status == 0)
            #expect(try await stage.offload(table).tally.rowCount == 6)
            try await stage.expectReadBack(table, as: "SELECT * FROM \(table.source) WHERE id > 3")
            let again = try await stage.program(start, table)
            #expect(
                again.status == 1 && again.output.contains("the table was offloaded before"),
                "\(again.output)")
        }
    }

    @Test func aTableThatAnotherToolFilledIsTakenOver() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(10)
            try await stage.offload(table)
            // As if another tool had filled it: its rows, in a table without our mark.
            try await stage.pyiceberg(
                table,
                """
                rows = table.scan("id < 6").to_arrow()
                catalog = table.catalog
                catalog.drop_table(table.name())
                table = catalog.create_table(table.name(), schema=rows.schema, location=table.location() + "_theirs")
                table.append(rows)
                """)
            _ = try await stage.postgres.query(
                "TRUNCATE offload_batches, offload_files, offload_watermarks CASCADE")
            let doubling = try await stage.program(
                "watermark init --table \(table.source) --at 2026-01-01_00:00:02", table)
            #expect(
                doubling.status == 1 && doubling.output.contains("would be doubled"), "\(doubling.output)")
            let taken = try await stage.program("watermark init --table \(table.source) --from-lake", table)
            #expect(taken.status == 0, "\(taken.output)")
            #expect(try await stage.offload(table).tally.rowCount == 4)
            try await stage.expectReadBack(table)
        }
    }

    // MARK: The lease

    @Test func anotherProcessAtTheTableIsNamed() async throws {
        try await Stage.run { stage in
            let table = try await stage.fourWindows()
            _ = try await stage.postgres.query("UPDATE offload_watermarks SET position = position * 2")
            let other = try Offloader(on: stage, holder: Holder(host: "elsewhere", processID: 7))
            guard case .granted(let turn) = try await other.doors.ledger.begin(table) else {
                return #expect(Bool(false), "the lease is free")
            }
            let busy = try await stage.program("watermark repair --table \(table.source)", table)
            #expect(busy.status == 3 && busy.output.contains("elsewhere:7 is at the table"), "\(busy.output)")
            let status = try await stage.program("status", table)
            #expect(status.output.contains("elsewhere:7"), "\(status.output)")
            try await other.doors.ledger.end(turn, .success(rowCount: 0, seconds: 0))
            #expect(try await stage.program("watermark repair --table \(table.source)", table).status == 0)
        }
    }

    @Test func whatMovedSinceItWasLookedAtIsNotChanged() async throws {
        try await Stage.run { stage in
            let table = try await stage.fourWindows()
            _ = try await stage.postgres.query("UPDATE offload_watermarks SET position = position * 2")
            let offloader = try Offloader(on: stage)
            let ledger = try #require(offloader.doors.ledger as? PostgresLedger)
            let lake = try #require(offloader.doors.lake as? WarehouseLake)
            let source = try await offloader.doors.source.describe([table]).table(table.source)
            let reader = LedgerReader(client: stage.postgres)
            let facts = Recovery(
                source, watermark: try await reader.watermark(of: table.source),
                windows: try await reader.windows(of: table.source),
                lake: try await lake.evidence(of: source),
                rivals: [], source: offloader.doors.source)
            let correction = try #require(try await facts.repair())
            try await stage.offload(table)
            let before = try await stage.books()
            guard case .granted(let turn) = try await ledger.hold(table) else {
                return #expect(Bool(false), "the lease is free")
            }
            let error = await #expect(throws: OffloadError.self) {
                try await ledger.apply(correction, to: table, reason: "test", in: turn)
            }
            #expect(error?.code == .commitConflict)
            try await ledger.release(turn)
            #expect(try await stage.books() == before)
        }
    }
}

extension Stage {
    /// Twenty rows, one a second, in four windows of five.
    fileprivate func fourWindows() async throws -> TableDefinition {
        let table = try await events(20)
        for last in ["04", "09", "14", "19"] {
            var offloader = try Offloader(on: self)
            offloader.configuration.run.until = "2026-01-01T00:00:\(last)Z"
            let error = await offloader.cycle([table]).first?.error
            if let error { throw error }
        }
        return table
    }

    fileprivate func rollBack(_ table: TableDefinition, toSnapshot number: Int) async throws {
        try await pyiceberg(
            table,
            """
            snapshots = sorted(table.snapshots(), key=lambda one: one.sequence_number)
            table.manage_snapshots().rollback_to_snapshot(snapshots[\(number)].snapshot_id).commit()
            """)
    }

    /// Everything that a dry run or a refusal must leave alone.
    fileprivate func books() async throws -> [String] {
        try await postgres.query(
            """
            SELECT concat_ws(' ', table_name, position, last_batch_id, lake_table_uuid, status, failure_count) AS line
            FROM offload_watermarks
            UNION ALL SELECT concat_ws(' ', batch_id, status, low, high, row_count) FROM offload_batches
            UNION ALL SELECT concat_ws(' ', position, reason) FROM offload_watermark_history
            UNION ALL SELECT metadata_location FROM iceberg_tables
            """
        ).map { try $0.string("line") }.sorted()
    }

    fileprivate func lastReason() async throws -> String {
        try await ledger("(SELECT reason FROM offload_watermark_history ORDER BY id DESC LIMIT 1)")
    }
}
