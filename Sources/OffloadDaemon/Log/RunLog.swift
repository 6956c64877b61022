// What happens, as lines of the log; their capitals and ticks are what runbooks and scripts search for.
import Logging
import OffloadCore

/// Writes one line for each thing worth knowing. The words are stable; whatever may help beside them is metadata.
public struct RunLog: Sendable {
    private let logger: Logger

    public init(_ logger: Logger) {
        self.logger = logger
    }

    public func cycleStarted(tableCount: Int) {
        logger.info("OFFLOAD CYCLE STARTED Tables: \(tableCount)")
    }

    /// Something that happened to one table.
    public func observe(_ table: String, _ event: RunEvent) {
        switch event {
        case .started(let definition):
            logger.info("Starting offload: \(table) → \(definition.target)", metadata: ["table": "\(table)"])
        case .sweptStrays(let count):
            logger.warning(
                "Removed the files that a crashed run left: \(table)",
                metadata: ["table": "\(table)", "batches": "\(count)"])
        case .repaired(let reason):
            logger.warning("Watermark repaired: \(table): \(reason)", metadata: ["table": "\(table)"])
        case .planned(let windowCount, let rowCount, let duration):
            logger.debug(
                "Planned: \(table)",
                metadata: [
                    "table": "\(table)", "windows": "\(windowCount)", "rows": "\(rowCount)",
                    "seconds": "\(duration.shortSeconds)",
                ])
        case .committed(let window, let receipt, let cursor, let durations):
            committed(table, window, receipt, cursor, durations)
        case .retrying(let error, let attempt):
            logger.warning(
                "Trying once more: \(table): \(error.code.rawValue): \(error.message)",
                metadata: error.metadata.merging(["attempt": "\(attempt)"]) { first, _ in first })
        case .heartbeat:
            logger.trace("Lease prolonged: \(table)", metadata: ["table": "\(table)"])
        }
    }

    private func committed(
        _ table: String, _ window: Window, _ receipt: CommitReceipt, _ cursor: Cursor,
        _ durations: StepDurations
    ) {
        let total = durations.stage + durations.verify + durations.commit
        logger.info(
            "✓ Committed: \(table) (\(receipt.rowCount.grouped) rows in \(total.shortSeconds)s)",
            metadata: [
                "table": "\(table)", "batch": "\(receipt.batch)", "snapshot": "\(receipt.snapshotID)",
                "rows": "\(receipt.rowCount)", "bytes": "\(receipt.byteCount)",
                "files": "\(receipt.fileCount)",
                "window": "(\(window.low.map(cursor.text) ?? "beginning"), \(cursor.text(window.high))]",
            ])
    }

    /// How a table's turn ended.
    public func observe(_ report: TableReport) {
        let table = report.table
        let seconds = report.duration.shortSeconds
        switch report.result {
        case .success:
            logger.info(
                """
                ✓ Offload completed: \(table) (\(report.tally.rowCount.grouped) rows in \(seconds)s)\
                \(report.tally.rowCount == 0 ? " No new rows" : "")
                """, metadata: ["table": "\(table)", "rows": "\(report.tally.rowCount)"])
        case .busy(let holder):
            logger.notice(
                "Offload skipped: \(table) (another process is at it)",
                metadata: ["table": "\(table)", "holder": "\(holder)"])
        case .failed(let error):
            let what = error.code == .timedOut ? "timeout: \(table) (after \(seconds)s)" : "failed: \(table)"
            logger.error("✗ Offload \(what) \(error.line)", metadata: error.metadata)
        }
    }

    /// How a cycle ended.
    public func observe(_ report: CycleReport) {
        let timeoutCount = report.failures.count { $0.code == .timedOut }
        let successCount = report.tables.count {
            if case .success = $0.result { true } else { false }
        }
        logger.info(
            """
            OFFLOAD CYCLE COMPLETED Duration: \(report.duration.shortSeconds)s Success: \(successCount), \
            Failed: \(report.failures.count - timeoutCount), Timeout: \(timeoutCount) \
            Total rows offloaded: \(report.rowCount)
            """, metadata: ["status": "\(report.status.rawValue)"])
        if report.skippedTableCount > 0 {
            logger.notice("The cycle was stopped: \(report.skippedTableCount) tables had no turn")
        }
    }

    func schedulerStarted(interval: Duration, tableCount: Int) {
        logger.info(
            "ICEBERG OFFLOAD SCHEDULER STARTED Schedule: Every \(interval.inWords) Tables: \(tableCount)")
    }

    func schedulerStopped() {
        logger.info("Scheduler stopped gracefully")
    }

    /// What the scheduler does now, as far as no other line says it.
    func entered(_ phase: Phase) {
        switch phase {
        case .starting, .running: break
        case .blocked(let reason): logger.warning("The scheduler's lease cannot be taken: \(reason)")
        case .standby(let holder):
            logger.notice("Standing by: another scheduler is at work", metadata: ["holder": "\(holder)"])
        case .waiting(let until):
            logger.info("Next run scheduled at: \(UTCTime(microseconds: until).text)")
        case .stopping: logger.info("Stopping")
        }
    }

    func skippedSlots(_ count: Int) {
        logger.warning("Skipped slots: \(count) passed before this cycle could begin")
    }

    func leaseLost() {
        logger.error("The scheduler's lease is lost: the running cycle is stopped, this process stands by")
    }

    func recordFailed(_ error: any Error) {
        logger.warning("The cycle could not be recorded: \(error)")
    }

    func refreshFailed(_ error: any Error) {
        logger.warning("The gauges could not be brought up to date: \(error)")
    }

    func reloaded(interval: Duration, tableCount: Int) {
        logger.notice("Configuration reloaded Schedule: Every \(interval.inWords) Tables: \(tableCount)")
    }

    func reloadRefused(_ error: any Error) {
        logger.error("The new configuration is refused, the old one stays: \(error)")
    }

    public func webConfigurationReloaded() {
        logger.notice("Web configuration reloaded")
    }

    public func webConfigurationRefused(_ error: any Error) {
        logger.error("The new web configuration is refused, the old one stays: \(error)")
    }

    public func listening(host: String, port: Int) {
        logger.notice("Metrics enabled on port \(port)", metadata: ["host": "\(host)"])
    }
}

extension OffloadError {
    /// Code, message and hint in one line.
    fileprivate var line: String {
        "\(code.rawValue): \(message)" + (hint.map { " Hint: \($0)" } ?? "")
    }

    fileprivate var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = context.mapValues { .string($0) }
        metadata["code"] = "\(code.rawValue)"
        metadata["table"] = table.map { "\($0)" }
        metadata["cause"] = underlying.map { "\($0)" }
        return metadata
    }
}

extension Duration {
    /// Seconds with one digit: `12.4`.
    fileprivate var shortSeconds: String {
        let tenths = Int64((inSeconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// `15 minutes`, or the seconds if that is not whole.
    fileprivate var inWords: String {
        let seconds = inSeconds
        if seconds.remainder(dividingBy: 60) == 0 {
            return seconds == 60 ? "minute" : "\(Int(seconds / 60)) minutes"
        }
        return seconds == seconds.rounded() ? "\(Int(seconds)) seconds" : "\(seconds) seconds"
    }
}

extension Int64 {
    /// With a comma between thousands: `1,234`.
    fileprivate var grouped: String {
        var text = ""
        for (index, digit) in String(magnitude).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + String(text.reversed())
    }
}
