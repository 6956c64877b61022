// The metrics of each table.
import OffloadCore
import Prometheus

/// Everything with the label `table`.
struct TableMetrics {
    private let rows: Counter
    private let bytes: Counter
    private let windows: Counter
    private let errors: Counter
    private let retries: Counter
    private let repairs: Counter
    private let duration: Histogram
    private let rowsPerSecond: Summary
    private let lag: Gauge
    private let lagMinutes: Gauge
    private let watermark: Gauge
    private let watermarkCommitted: Gauge
    private let sourceLatest: Gauge
    private let lastSuccess: Gauge
    private let pendingRows: Gauge
    private let failures: Gauge

    init(_ registry: Registry) throws {
        let labels = ["table", "layer"]
        let table = ["table"]
        rows = try registry.counter("offload_rows_total", help: "Rows committed to Iceberg.", labels: labels)
        bytes = try registry.counter(
            "offload_bytes_total", help: "Bytes of the data files committed to Iceberg.", labels: labels)
        windows = try registry.counter(
            "offload_windows_total", help: "Windows committed to Iceberg, each one snapshot.", labels: labels)
        errors = try registry.counter(
            "offload_errors_total",
            help: "Turns that failed, by kind; crash: runs that died and were cleaned up.",
            labels: ["table", "error_type"])
        retries = try registry.counter(
            "offload_retries_total", help: "Windows that were tried once more.", labels: table)
        repairs = try registry.counter(
            "offload_watermark_repairs_total", help: "Watermarks set to what the Iceberg table proves.",
            labels: table)
        duration = try registry.histogram(
            "offload_duration_seconds", help: "How long turns took.", labels: labels,
            buckets: [1, 5, 10, 30, 60, 120, 300, 600])
        rowsPerSecond = try registry.summary(
            "offload_rows_per_second", help: "Rows per second of the turns that moved any.", labels: table)
        lag = try registry.gauge(
            "offload_lag_seconds",
            help: "Age of the oldest row that is not in Iceberg yet; 0: there is none.",
            labels: table)
        lagMinutes = try registry.gauge(
            "offload_lag_minutes", help: "offload_lag_seconds in minutes.", labels: table)
        watermark = try registry.gauge(
            "watermark_timestamp_seconds", help: "The watermark as an instant, in Unix seconds.",
            labels: table)
        watermarkCommitted = try registry.gauge(
            "offload_watermark_committed_timestamp_seconds", help: "The same as watermark_timestamp_seconds.",
            labels: table)
        sourceLatest = try registry.gauge(
            "offload_source_latest_timestamp_seconds",
            help: "The newest row's instant in ClickHouse, in Unix seconds; the watermark's if no row waits.",
            labels: table)
        lastSuccess = try registry.gauge(
            "offload_last_success_timestamp_seconds",
            help: "When a turn last succeeded, in Unix seconds; 0: never.",
            labels: table)
        pendingRows = try registry.gauge(
            "offload_pending_rows", help: "Rows in ClickHouse behind the watermark, settled or not.",
            labels: table)
        failures = try registry.gauge(
            "offload_consecutive_failures", help: "Failed turns since the last success.", labels: table)
    }

    /// Lets every counter begin at 0, so that its first increase is seen as one.
    func create(_ table: String, _ layer: TableDefinition.Layer) {
        let labels = Self.labels(table, layer)
        for counter in [rows, bytes, windows] { counter.add(0, labels) }
        for counter in [retries, repairs] { counter.add(0, ["table": table]) }
        for type in ErrorType.allCases { count(type, 0, of: table) }
        duration.create(labels)
        rowsPerSecond.create(["table": table])
        lastSuccess.set(0, ["table": table])
        failures.set(0, ["table": table])
    }

    func observe(_ table: String, _ layer: TableDefinition.Layer, _ event: RunEvent) {
        switch event {
        case .committed(_, let receipt, _, _):
            let labels = Self.labels(table, layer)
            rows.add(Double(receipt.rowCount), labels)
            bytes.add(Double(receipt.byteCount), labels)
            windows.add(1, labels)
        case .sweptStrays(let strayCount): count(.crash, strayCount, of: table)
        case .retrying: retries.add(1, ["table": table])
        case .repaired: repairs.add(1, ["table": table])
        case .started, .planned, .heartbeat: break
        }
    }

    func observe(_ report: TableReport) {
        let seconds = report.duration.inSeconds
        switch report.result {
        case .busy: return
        case .success: break
        case .failed(let error): count(ErrorType(error.code), 1, of: report.table)
        }
        duration.observe(seconds, Self.labels(report.table, report.layer))
        if report.tally.rowCount > 0, seconds > 0 {
            rowsPerSecond.observe(Double(report.tally.rowCount) / seconds, ["table": report.table])
        }
    }

    func update(_ status: TableStatus, now: Int64) {
        let table = ["table": status.table]
        let newest = [status.newestMicroseconds, status.watermarkMicroseconds].compactMap { $0 }.max()
        let lagSeconds = status.lagSeconds(atMicroseconds: now)
        set(lag, lagSeconds, table)
        set(lagMinutes, lagSeconds.map { $0 / 60 }, table)
        set(pendingRows, status.pendingRowCount.map(Double.init), table)
        set(watermark, status.watermarkMicroseconds.map { Double($0) / 1e6 }, table)
        set(watermarkCommitted, status.watermarkMicroseconds.map { Double($0) / 1e6 }, table)
        set(sourceLatest, status.pendingRowCount == nil ? nil : newest.map { Double($0) / 1e6 }, table)
        lastSuccess.set(Double(status.lastSuccessMicroseconds ?? 0) / 1e6, table)
        failures.set(Double(status.failureCount), table)
    }

    /// Takes away what only the source can say, while nobody can ask it.
    func forgetPending(of table: String) {
        for gauge in [lag, lagMinutes, pendingRows, sourceLatest] { gauge.remove(["table": table]) }
    }

    private func count(_ type: ErrorType, _ count: Int, of table: String) {
        errors.add(Double(count), ["table": table, "error_type": type.rawValue])
    }

    private func set(_ gauge: Gauge, _ value: Double?, _ labels: [String: String]) {
        if let value { gauge.set(value, labels) } else { gauge.remove(labels) }
    }

    private static func labels(_ table: String, _ layer: TableDefinition.Layer) -> [String: String] {
        ["table": table, "layer": layer.rawValue]
    }
}
