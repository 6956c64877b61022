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
    private let watermark: Gauge
    private let sourceLatest: Gauge
    private let lastSuccess: Gauge
    private let pendingRows: Gauge
    private let pendingExpiry: Gauge
    private let failures: Gauge
    private let mismatch: Gauge

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
            help: "How long the oldest row that is not in Iceberg has been due; 0: none is.", labels: table)
        watermark = try registry.gauge(
            "watermark_timestamp_seconds", help: "The watermark as an instant, in Unix seconds.",
            labels: table)
        sourceLatest = try registry.gauge(
            "offload_source_latest_timestamp_seconds",
            help: "The newest row's instant in ClickHouse, in Unix seconds; the watermark's if no row waits.",
            labels: table)
        lastSuccess = try registry.gauge(
            "offload_last_success_timestamp_seconds",
            help: "When a turn last succeeded, in Unix seconds; absent: never.",
            labels: table)
        pendingRows = try registry.gauge(
            "offload_pending_rows", help: "Rows in ClickHouse behind the watermark, settled or not.",
            labels: table)
        pendingExpiry = try registry.gauge(
            "offload_pending_expiry_timestamp_seconds",
            help: "When ClickHouse's TTL deletes the oldest row that is not in Iceberg, in Unix seconds.",
            labels: table)
        failures = try registry.gauge(
            "offload_consecutive_failures", help: "Failed turns since the last success.", labels: table)
        mismatch = try registry.gauge(
            "offload_reconcile_mismatch",
            help: "1: the table is stopped, because ledger, Iceberg and ClickHouse contradict each other.",
            labels: table)
    }

    /// Lets every counter begin at 0, so that its first increase is seen as one.
    func create(_ table: String, _ layer: TableDefinition.Layer) {
        let labels = Self.labels(table, layer)
        for counter in [rows, bytes, windows] { counter.add(0, labels) }
        for counter in [retries, repairs] { counter.add(0, ["table": table]) }
        for type in ErrorType.allCases { count(type, 0, of: table) }
        duration.create(labels)
        rowsPerSecond.create(["table": table])
        failures.set(0, ["table": table])
        mismatch.set(0, ["table": table])
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
        let table = ["table": report.table]
        switch report.result {
        case .busy: return
        case .success:
            failures.set(0, table)
            mismatch.set(0, table)
        case .failed(let error):
            count(ErrorType(error.code), 1, of: report.table)
            // The ledger's own count comes with the next look at it, unless the ledger itself is what fails.
            failures.add(1, table)
            if error.code.isMismatch { mismatch.set(1, table) }
        }
        duration.observe(seconds, Self.labels(report.table, report.layer))
        if report.tally.rowCount > 0, seconds > 0 {
            rowsPerSecond.observe(Double(report.tally.rowCount) / seconds, table)
        }
    }

    func update(_ status: TableStatus, now: Int64) {
        let table = ["table": status.table]
        let newest = [status.newestMicroseconds, status.watermarkMicroseconds].compactMap { $0 }.max()
        lag.set(status.lagSeconds(atMicroseconds: now), table)
        pendingRows.set(status.pendingRowCount.map(Double.init), table)
        pendingExpiry.set(status.pendingExpiryMicroseconds.map { Double($0) / 1e6 }, table)
        watermark.set(status.watermarkMicroseconds.map { Double($0) / 1e6 }, table)
        sourceLatest.set(status.pendingRowCount == nil ? nil : newest.map { Double($0) / 1e6 }, table)
        lastSuccess.set(status.lastSuccessMicroseconds.map { Double($0) / 1e6 }, table)
        failures.set(Double(status.failureCount), table)
    }

    /// Takes away what only the source can say, while nobody can ask it.
    func forgetPending(of table: String) {
        for gauge in [lag, pendingRows, pendingExpiry, sourceLatest] { gauge.remove(["table": table]) }
    }

    private func count(_ type: ErrorType, _ count: Int, of table: String) {
        errors.add(Double(count), ["table": table, "error_type": type.rawValue])
    }

    private static func labels(_ table: String, _ layer: TableDefinition.Layer) -> [String: String] {
        ["table": table, "layer": layer.rawValue]
    }
}

extension OffloadError.Code {
    /// Somebody restored, rolled back or replaced what the ledger remembers: no later turn mends it.
    fileprivate var isMismatch: Bool {
        switch self {
        case .ledgerDisagrees, .lakeTableMissing, .lakeTableReplaced, .lakeTableRolledBack, .watermarkAhead:
            true
        default: false
        }
    }
}
