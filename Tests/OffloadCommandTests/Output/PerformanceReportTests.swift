// `report`, word for word.
import Testing

@testable import OffloadCommand
@testable import OffloadIO

@Suite struct PerformanceReportTests {
    /// 2026-01-01T00:00:00Z.
    private let newYear: Int64 = 1_767_225_600_000_000

    private var report: PerformanceReport {
        PerformanceReport(
            performance: Performance(
                tables: [
                    Performance.Table(
                        name: "k2.trades", windowCount: 96, rowCount: 4_000_000, byteCount: 52_428_800,
                        seconds: 40,
                        median: 0.4, p95: 0.9, max: 2.5, abandonedCount: 1, longestGap: 1_800,
                        largestLag: 2_100),
                    Performance.Table(
                        name: "k2.ids", windowCount: 1, rowCount: 5, byteCount: 700, seconds: 0, median: 0,
                        p95: 0,
                        max: 0, abandonedCount: 0, longestGap: nil, largestLag: nil),
                ],
                spans: [
                    Performance.Span(startMicroseconds: newYear, windowCount: 90, rowCount: 3_999_000),
                    Performance.Span(
                        startMicroseconds: newYear + 86_400_000_000, windowCount: 0, rowCount: 0),
                    Performance.Span(
                        startMicroseconds: newYear + 172_800_000_000, windowCount: 7, rowCount: 1_005),
                ],
                slowest: [
                    Performance.SlowWindow(
                        table: "k2.trades", batch: "b-1", committedAtMicroseconds: newYear, seconds: 2.5,
                        rowCount: 5_000)
                ],
                cycles: Performance.Cycles(count: 288, failedCount: 1, median: 1.2, p95: 3, max: 61)),
            period: "3d")
    }

    @Test func textHasEverySection() {
        let bar = String(repeating: "█", count: 40)
        #expect(
            report.text == """
                TABLE      WINDOWS       ROWS  MIB   ROWS/S    P50    P95    MAX  GIVEN UP         GAP         LAG
                k2.trades       96  4,000,000   50  100,000  0.4 s  0.9 s  2.5 s         1  30 min 0 s  35 min 0 s
                k2.ids           1          5    0        -  0.0 s  0.0 s  0.0 s         0           -           -

                SINCE                WINDOWS       ROWS
                2026-01-01 00:00:00       90  3,999,000  \(bar)
                2026-01-02 00:00:00        0          0
                2026-01-03 00:00:00        7      1,005  █

                288 cycles, 1 with failures; p50 1.2 s, p95 3.0 s, max 1 min 1 s

                SLOWEST WINDOWS  COMMITTED             TOOK   ROWS  BATCH
                k2.trades        2026-01-01 00:00:00  2.5 s  5,000  b-1

                """)
    }

    @Test func jsonHasEveryFigure() {
        let text = JSONOutput.text(report.json)
        for part in [
            #"{"period":"3d","tables":[{"table":"k2.trades","windows":96,"rows":4000000,"bytes":52428800,"#
                + #""rows_per_second":100000,"milliseconds":{"p50":400,"p95":900,"max":2500},"given_up":1,"#
                + #""longest_gap_seconds":1800,"largest_lag_seconds":2100}"#,
            #"{"table":"k2.ids","windows":1,"rows":5,"bytes":700,"rows_per_second":null"#,
            #""spans":[{"start":"2026-01-01T00:00:00Z","windows":90,"rows":3999000},"#,
            #""cycles":{"count":288,"failed":1,"milliseconds":{"p50":1200,"p95":3000,"max":61000}}"#,
            #""slowest":[{"table":"k2.trades","batch":"b-1","committed_at":"2026-01-01T00:00:00Z","#
                + #""milliseconds":2500,"rows":5000}]}"#,
        ] { #expect(text.contains(part), "\(text)") }
    }

    @Test func withoutWindowsItSaysSo() {
        let empty = PerformanceReport(
            performance: Performance(
                tables: [], spans: [], slowest: [],
                cycles: .init(count: 0, failedCount: 0, median: nil, p95: nil, max: nil)), period: "7d")
        #expect(empty.text == "no window was committed in the last 7d\n")
    }
}
