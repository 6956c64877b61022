// `tables`, `validate` and `health`, word for word.
import Iceberg
import OffloadCore
import OffloadDaemon
import Testing

@testable import OffloadCommand

@Suite struct ReportTests {
    private let definition = TableDefinition(source: "k2.trades", target: "cold.trades", cursor: "id")

    private var table: SourceTable {
        SourceTable(
            definition: definition,
            columns: [
                SourceColumn(
                    name: "id", sourceType: "UInt64", type: .decimal(precision: 20, scale: 0),
                    isNullable: false,
                    isLossless: true, note: nil),
                SourceColumn(
                    name: "at", sourceType: "DateTime64(9)", type: .timestamptz, isNullable: false,
                    isLossless: false, note: "digits 7 to 9 are cut off"),
            ], cursor: Cursor(column: "id", kind: .integer))
    }

    @Test func fidelityShowsWhatEveryColumnBecomes() {
        let error = OffloadError(.typeUnmapped, "no mapping", table: "k2.odd", hint: "exclude it")
        let odd = TableDefinition(source: "k2.odd", target: "cold.odd", cursor: "id")
        let report = FidelityReport(tables: [(definition, .success(table)), (odd, .failure(error))])
        #expect(
            report.text == """
                k2.trades -> cold.trades, cursor id
                COLUMN  CLICKHOUSE     ICEBERG         LOSSLESS  NOTE
                id      UInt64         decimal(20, 0)  yes
                at      DateTime64(9)  timestamptz     NO        digits 7 to 9 are cut off

                """)
        #expect(report.failures.map(\.code) == [.typeUnmapped])
        #expect(
            JSONOutput.text(report.json) == """
                {"tables":[{"table":"k2.trades","target":"cold.trades","cursor":"id","columns":[\
                {"name":"id","clickhouse":"UInt64","iceberg":"decimal(20, 0)","nullable":false,"lossless":true,\
                "note":null},{"name":"at","clickhouse":"DateTime64(9)","iceberg":"timestamptz",\
                "nullable":false,"lossless":false,"note":"digits 7 to 9 are cut off"}]},\
                {"table":"k2.odd","target":"cold.odd","cursor":"id","error":\
                {"code":"typeUnmapped","message":"no mapping","hint":"exclude it"}}]}

                """)
    }

    /// Three windows of ten rows; the last two read by another writer's file.
    private func validation(
        lakeRows: [Int64], obstacle: Audit.Obstacle? = nil, sourceRows: Int64 = 10,
        lakeHashes: [UInt64]? = nil
    ) -> (report: ValidationReport, text: String) {
        let batches = (1...3).map { BatchID("00000000-0000-0000-0000-00000000000\($0)") }
        var audit = Audit(
            batches.enumerated().map { number, batch in
                CommittedWindow(
                    batch: batch, low: number == 0 ? nil : CursorValue(ticks: Int128(number * 10)),
                    high: CursorValue(ticks: Int128(number * 10 + 10)), rowCount: 10,
                    snapshotID: Int64(number + 70), content: lakeHashes.map { _ in Self.receipt })
            })
        for (batch, rows) in zip(batches, lakeRows) {
            audit.add(LiveFile(location: "", rowCount: rows, batch: batch, bounds: nil))
        }
        var report = ValidationReport(
            table: table, outsideRowCount: audit.outsideRowCount, hasHashes: lakeHashes != nil)
        var text = ""
        for (number, segment) in audit.segments.enumerated() {
            let source = RowDigest(rowCount: sourceRows, contentHash: segment.ledger.contentHash)
            let lake = RowDigest(rowCount: segment.lakeRowCount, contentHash: lakeHashes?[number])
            let verdict = AuditVerdict.decide(
                source: source, ledger: segment.ledger, lake: lake, obstacle: obstacle)
            let finding = SegmentCheck.Finding(
                source: source, ledger: segment.ledger, lake: lake, verdict: verdict)
            text += report.add(segment, finding).text
        }
        return (report, text + report.summary)
    }

    private static let receipt = ContentReceipt(hash: 0xAB, fieldIDs: [1])

    @Test func hashesProveEachWindowOrSayWhatDiffers() {
        let (report, text) = validation(lakeRows: [10, 10, 9], lakeHashes: [0xAB, 0xAC, 0xAD])
        #expect(report.hasFault)
        #expect(
            text == """
                ✓ (beginning, 10] 10 rows, hash 00000000000000ab, snapshot 70: exactly once
                ✗ (10, 20] other content: source 10 (00000000000000ab), ledger 10 (00000000000000ab), \
                Iceberg 10 (00000000000000ac), snapshot 71
                ✗ (20, 30] missing 1: source 10 (00000000000000ab), ledger 10 (00000000000000ab), \
                Iceberg 9 (00000000000000ad), snapshot 72
                k2.trades: 3 windows, 29 rows in Iceberg: 1 missing, 1 place altered or unreadable

                """)
        let first = JSONOutput.text(report.lines[0].json)
        #expect(
            first == """
                {"after":"beginning","through":"10","windows":1,"source":10,"ledger":10,"iceberg":10,\
                "verdict":"ok","source_hash":"00000000000000ab","ledger_hash":"00000000000000ab",\
                "iceberg_hash":"00000000000000ab","snapshots":[70]}

                """)
        let (_, whole) = validation(lakeRows: [10, 10, 10], lakeHashes: [0xAB, 0xAB, 0xAB])
        #expect(
            whole.hasSuffix(
                "k2.trades: 3 windows, 30 rows in Iceberg: all there, 3 windows proven by content\n"))
    }

    @Test func validationNamesMissingAndSurplusRows() {
        let (report, text) = validation(lakeRows: [10, 7, 1_012])
        #expect(report.hasFault)
        #expect(
            text == """
                ✓ (beginning, 10] 10 rows
                ✗ (10, 20] missing 3: source 10, ledger 10, Iceberg 7
                ✗ (20, 30] surplus 1,002: source 10, ledger 10, Iceberg 1,012
                k2.trades: 3 windows, 1,029 rows in Iceberg: 3 missing, 1,002 surplus

                """)
        #expect(
            JSONOutput.text(report.json) == """
                {"table":"k2.trades","target":"cold.trades","status":"fault","missing":3,"surplus":1002,\
                "outside_rows":0,"segments":[{"after":"beginning","through":"10","windows":1,"source":10,\
                "ledger":10,"iceberg":10,"verdict":"ok"},{"after":"10","through":"20","windows":1,"source":10,\
                "ledger":10,"iceberg":7,"verdict":"missing"},{"after":"20","through":"30","windows":1,\
                "source":10,"ledger":10,"iceberg":1012,"verdict":"surplus"}]}

                """)
    }

    @Test func aChangedSourceIsNoFault() {
        let (report, text) = validation(lakeRows: [10, 10, 10], sourceRows: 12)
        #expect(!report.hasFault)
        #expect(text.contains("! (10, 20] source changed: source 12, ledger 10, Iceberg 10\n"))
        #expect(text.hasSuffix("k2.trades: 3 windows, 30 rows in Iceberg: all there\n"))
    }

    @Test func whatCountsCannotDecideIsSaid() {
        let (report, text) = validation(lakeRows: [10, 7, 10], obstacle: .deleteFiles)
        #expect(!report.hasFault)
        #expect(text.contains("! (10, 20] cannot be decided by counts: the table has delete files\n"))
        #expect(text.hasSuffix("30 rows in Iceberg: cannot be decided by counts\n") == false)
        #expect(text.hasSuffix("27 rows in Iceberg: cannot be decided by counts\n"))
    }

    @Test func healthHasALineForTheSchedulerAndForEveryTable() {
        let health = Health.decide(
            [
                TableStatus(
                    table: "k2.trades", layer: .bronze, target: "cold.trades", settle: .zero,
                    state: "failed", watermark: nil,
                    watermarkMicroseconds: nil, lastSuccessMicroseconds: 0, failureCount: 3,
                    lastError: "it broke", lastRowCount: 0, lastDurationSeconds: nil, pendingRowCount: 0,
                    newestMicroseconds: nil, oldestPendingMicroseconds: nil,
                    pendingExpiryMicroseconds: nil)
            ],
            cycles: [
                CycleRecord(
                    startedAtMicroseconds: 0, seconds: 1, status: .failed, holder: "host:1", tableCount: 1,
                    failedCount: 1, rowCount: 0)
            ], now: 2_000_000, configuration: .init())
        let report = HealthReport(health: health, tables: ["k2.idle", "k2.trades"])
        #expect(
            report.text == """
                critical
                ✓ scheduler
                ✓ k2.idle
                ✗ k2.trades: the last 3 turns failed: it broke; see: iceberg-offload cycle --table k2.trades

                """)
        #expect(
            JSONOutput.text(report.json) == """
                {"status":"critical","reasons":[{"level":"critical","table":"k2.trades",\
                "message":"the last 3 turns failed: it broke",\
                "command":"iceberg-offload cycle --table k2.trades"}]}

                """)
        #expect(
            JSONOutput.text(HealthReport.unknown(OffloadError(.ledgerUnavailable, "gone"))) == """
                {"status":"unknown","error":{"code":"ledgerUnavailable","message":"gone"}}

                """)
    }
}
