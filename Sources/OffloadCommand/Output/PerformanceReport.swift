// What `report` prints: a line per table, rows over time as bars, the cycles, and the slowest windows.
import Iceberg
import OffloadCore
import OffloadIO

struct PerformanceReport {
    let performance: Performance
    /// As it was asked for: `7d`.
    let period: String

    var text: String {
        guard !performance.tables.isEmpty else { return "no window was committed in the last \(period)\n" }
        return [tableText, chart, cycleText, slowText].joined(separator: "\n")
    }

    private var tableText: String {
        var table = TextTable([
            .left("TABLE"), .right("WINDOWS"), .right("ROWS"), .right("MIB"), .right("ROWS/S"), .right("P50"),
            .right("P95"), .right("MAX"), .right("GIVEN UP"), .right("GAP"), .right("LAG"),
        ])
        for one in performance.tables {
            table.add([
                one.name, one.windowCount.grouped, one.rowCount.grouped, (one.byteCount >> 20).grouped,
                one.rowsPerSecond.map { Int64($0).grouped } ?? "-", time(one.median), time(one.p95),
                time(one.max), one.abandonedCount.grouped, time(one.longestGap), time(one.largestLag),
            ])
        }
        return table.text
    }

    private var chart: String {
        var table = TextTable([.left("SINCE"), .right("WINDOWS"), .right("ROWS"), .left("")])
        let most = performance.spans.map(\.rowCount).max() ?? 0
        for span in performance.spans {
            table.add([
                UTCText(microseconds: span.startMicroseconds).text, span.windowCount.grouped,
                span.rowCount.grouped, Self.bar(span.rowCount, of: most),
            ])
        }
        return table.text
    }

    private var cycleText: String {
        let cycles = performance.cycles
        guard cycles.count > 0 else { return "no cycle of the scheduler in the last \(period)\n" }
        return "\(cycles.count.counted("cycle")), \(cycles.failedCount.grouped) with failures; "
            + "p50 \(time(cycles.median)), p95 \(time(cycles.p95)), max \(time(cycles.max))\n"
    }

    private var slowText: String {
        var table = TextTable([
            .left("SLOWEST WINDOWS"), .left("COMMITTED"), .right("TOOK"), .right("ROWS"), .left("BATCH"),
        ])
        for window in performance.slowest {
            table.add([
                window.table, UTCText(microseconds: window.committedAtMicroseconds).text,
                time(window.seconds), window.rowCount.grouped, window.batch,
            ])
        }
        return table.text
    }

    /// Whatever is not zero is seen.
    static func bar(_ value: Int64, of most: Int64) -> String {
        guard value > 0, most > 0 else { return "" }
        return String(repeating: "█", count: max(1, Int((Double(value) / Double(most) * 40).rounded())))
    }

    private func time(_ seconds: Double?) -> String {
        seconds.map { Duration.seconds($0).shortText } ?? "-"
    }
}

extension Performance.Table {
    /// While a window of it was on its way; nil: that took no time that could be measured.
    var rowsPerSecond: Double? { seconds > 0 ? Double(rowCount) / seconds : nil }
}

extension PerformanceReport {
    var json: JSONValue {
        [
            "period": .string(period), "tables": .array(performance.tables.map(Self.json)),
            "spans": .array(
                performance.spans.map {
                    [
                        "start": .string(UTCText(microseconds: $0.startMicroseconds).iso8601),
                        "windows": .int($0.windowCount), "rows": .int($0.rowCount),
                    ]
                }),
            "cycles": [
                "count": .int(performance.cycles.count), "failed": .int(performance.cycles.failedCount),
                "milliseconds": Self.milliseconds(
                    performance.cycles.median, performance.cycles.p95, performance.cycles.max),
            ],
            "slowest": .array(
                performance.slowest.map {
                    [
                        "table": .string($0.table), "batch": .string($0.batch),
                        "committed_at": .string(UTCText(microseconds: $0.committedAtMicroseconds).iso8601),
                        "milliseconds": .int(Int64($0.seconds * 1000)), "rows": .int($0.rowCount),
                    ]
                }),
        ]
    }

    private static func json(_ table: Performance.Table) -> JSONValue {
        [
            "table": .string(table.name), "windows": .int(table.windowCount), "rows": .int(table.rowCount),
            "bytes": .int(table.byteCount),
            "rows_per_second": .init(table.rowsPerSecond.map { Int64($0) }),
            "milliseconds": milliseconds(table.median, table.p95, table.max),
            "given_up": .int(table.abandonedCount),
            "longest_gap_seconds": .init(table.longestGap.map { Int64($0) }),
            "largest_lag_seconds": .init(table.largestLag.map { Int64($0) }),
        ]
    }

    private static func milliseconds(_ median: Double?, _ p95: Double?, _ max: Double?) -> JSONValue {
        [
            "p50": .init(median.map { Int64($0 * 1000) }), "p95": .init(p95.map { Int64($0 * 1000) }),
            "max": .init(max.map { Int64($0 * 1000) }),
        ]
    }
}
