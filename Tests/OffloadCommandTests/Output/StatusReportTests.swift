// `status`, `watermark` and the dry run, word for word.
import Iceberg
import OffloadCore
import OffloadDaemon
import OffloadIO
import Testing

@testable import OffloadCommand

@Suite struct StatusReportTests {
    /// 2026-01-01T00:00:00Z.
    private let newYear: Int64 = 1_767_225_600_000_000

    private func status(
        _ table: String, state: String?, watermark: String? = nil, pending: Int64?, oldest: Int64? = nil,
        failures: Int64 = 0, error: String? = nil, holder: String? = nil
    ) -> TableStatus {
        TableStatus(
            table: table, layer: .bronze, target: "cold." + table, settle: .zero, state: state,
            watermark: watermark,
            watermarkMicroseconds: nil, lastSuccessMicroseconds: state == "success" ? newYear : nil,
            failureCount: failures, lastError: error, lastRowCount: 7, lastDurationSeconds: 3,
            pendingRowCount: pending, newestMicroseconds: nil, oldestPendingMicroseconds: oldest,
            pendingExpiryMicroseconds: nil, holder: holder)
    }

    private func report(_ tables: [TableStatus], _ cycles: [CycleRecord]) -> StatusReport {
        let now = newYear + 90_000_000
        return StatusReport(
            tables: tables, cycles: cycles, scheduler: cycles.first?.holder,
            health: Health.decide(tables, cycles: cycles, now: now, configuration: .init()),
            nowMicroseconds: now)
    }

    private let cycle = CycleRecord(
        startedAtMicroseconds: 1_767_225_600_000_000, seconds: 12.44, status: .partial, holder: "host:1",
        tableCount: 5, failedCount: 1, rowCount: 1_234)

    private var trades: TableStatus {
        status(
            "k2.trades", state: "success", watermark: "2026-01-01 00:00:00.123", pending: 1_234,
            oldest: newYear,
            holder: "host:7")
    }

    @Test func textIsAligned() {
        let report = report(
            [
                trades, status("k2.ids", state: "success", watermark: "999", pending: 5),
                status("k2.idle", state: "success", watermark: "1", pending: 0),
                status("k2.gone", state: "failed", pending: 0, failures: 2, error: "no such table"),
                status("k2.new", state: nil, pending: nil),
            ], [cycle])
        #expect(
            report.text == """
                TABLE      STATE      WATERMARK                       LAG  PENDING  LAST SUCCESS         FAILURES  HELD BY
                k2.trades  success    2026-01-01 00:00:00.123  1 min 30 s    1,234  2026-01-01 00:00:00         0  host:7
                k2.ids     success    999                               -        5  2026-01-01 00:00:00         0
                k2.idle    success    1                               0 s        0  2026-01-01 00:00:00         0
                k2.gone    failed     -                               0 s        0  -                           2
                  ! the last 2 turns failed: no such table; see: iceberg-offload cycle --table k2.gone
                k2.new     never run  -                                 ?        ?  -                           0
                  ! has not had a turn yet; see: iceberg-offload cycle --table k2.new
                  ! ClickHouse does not say how many rows wait; see: iceberg-offload doctor

                CYCLE                STATUS     TOOK  TABLES  FAILED   ROWS  BY
                2026-01-01 00:00:00  partial  12.4 s       5       1  1,234  host:1
                scheduler: host:1

                """)
    }

    @Test func jsonHasEveryFact() {
        #expect(
            JSONOutput.text(report([trades], [cycle]).json) == """
                {"tables":[{"table":"k2.trades","target":"cold.k2.trades","layer":"bronze","state":"success",\
                "watermark":"2026-01-01 00:00:00.123","lag_seconds":90,"pending_rows":1234,\
                "last_success":"2026-01-01T00:00:00Z","last_rows":7,"last_seconds":3,"failures":0,\
                "last_error":null,"held_by":"host:7"}],"cycles":[{"started_at":"2026-01-01T00:00:00Z",\
                "milliseconds":12440,"status":"partial","tables":5,"failed":1,"rows":1234,"holder":"host:1"}],\
                "scheduler":"host:1","health":{"status":"ok","reasons":[]}}

                """)
    }

    @Test func withoutASchedulerItSaysSo() {
        #expect(
            report([], []).text.hasSuffix(
                """

                no cycle of the scheduler has been recorded yet
                scheduler: none is running
                  ! no cycle has been recorded yet; see: systemctl status iceberg-offload-scheduler

                """))
    }

    @Test func watermarksShowTheirCursor() {
        let cursor = Cursor(column: "at", kind: .time(digits: 3))
        let position = CursorValue(ticks: Int128(newYear / 1000 + 123))
        let list = WatermarkList(watermarks: [
            Watermark(
                table: "k2.trades", cursor: cursor, position: position,
                lastBatch: .init(id: BatchID("b-1"), high: position), lakeUUID: "u-1", observation: nil),
            Watermark(
                table: "k2.new", cursor: nil, position: nil, lastBatch: nil, lakeUUID: nil, observation: nil),
        ])
        #expect(
            list.text == """
                TABLE      CURSOR  WATERMARK                BATCH
                k2.trades  at      2026-01-01 00:00:00.123  b-1
                k2.new     -       nothing offloaded yet    -

                """)
        #expect(
            JSONOutput.text(list.json) == """
                {"watermarks":[{"table":"k2.trades","cursor":"at","watermark":"2026-01-01 00:00:00.123",\
                "batch":"b-1","iceberg_table_uuid":"u-1"},{"table":"k2.new","cursor":null,"watermark":null,\
                "batch":null,"iceberg_table_uuid":null}]}

                """)
    }

    @Test func historyTellsReasons() {
        let change = { (rows: Int64?, reason: String) in
            WatermarkChangeRecord(
                table: "k2.trades", atMicroseconds: newYear, position: "999", batch: BatchID("b-1"),
                rowCount: rows, reason: reason, wentBack: rows == nil)
        }
        let history = WatermarkHistory(changes: [change(nil, "repair: by hand"), change(1_234, "window")])
        #expect(
            history.text == """
                AT                   TABLE      WATERMARK   ROWS  BATCH  REASON
                2026-01-01 00:00:00  k2.trades  ↓ 999          -  b-1    repair: by hand
                2026-01-01 00:00:00  k2.trades  999        1,234  b-1    window

                """)
        #expect(
            JSONOutput.text(WatermarkHistory(changes: [change(1_234, "window")]).json) == """
                {"changes":[{"at":"2026-01-01T00:00:00Z","table":"k2.trades","watermark":"999","rows":1234,\
                "batch":"b-1","reason":"window","went_back":false}]}

                """)
        #expect(WatermarkHistory(changes: []).text == "no watermark has changed yet\n")
    }

    @Test func aDryRunNamesRowsAndWindows() {
        var definition = TableDefinition(source: "k2.trades", target: "cold.trades", cursor: "id")
        definition.rowCountMax = 1_000
        let table = SourceTable(
            definition: definition, columns: [], cursor: Cursor(column: "id", kind: .integer))
        let bounds = CursorValue(ticks: 5)...CursorValue(ticks: 7_000)
        let backlog = Backlog(
            table, survey: Survey(rowCount: 2_001, bounds: bounds, boundaryRowCount: nil))
        #expect(backlog.text == "k2.trades -> cold.trades: 2,001 rows, 5 to 7000, at least 3 windows\n")
        #expect(
            JSONOutput.text(backlog.json) == """
                {"table":"k2.trades","target":"cold.trades","rows":2001,"from":"5","to":"7000",\
                "windows_at_least":3}

                """)
        let idle = Backlog(table, survey: Survey(rowCount: 0, bounds: nil, boundaryRowCount: 1))
        #expect(idle.text == "k2.trades -> cold.trades: nothing to do\n")
    }
}
