// Where tables stand and how the last cycles went, for people and for programs.
import Iceberg
import OffloadCore
import OffloadDaemon

/// What `status` prints.
struct StatusReport {
    let tables: [TableStatus]
    /// The newest first.
    let cycles: [CycleRecord]
    /// The process that runs cycles; nil: none does.
    let scheduler: String?
    /// Why tables are late or fail.
    let health: Health
    let nowMicroseconds: Int64

    var text: String {
        var table = TextTable([
            .left("TABLE"), .left("STATE"), .left("WATERMARK"), .right("LAG"), .right("PENDING"),
            .left("LAST SUCCESS"), .right("FAILURES"), .left("HELD BY"),
        ])
        for status in tables { table.add(cells(status), notes: notes(on: status.table)) }
        return table.text + "\n" + cycleText + schedulerText
    }

    var json: JSONValue {
        [
            "tables": .array(tables.map(json)), "cycles": .array(cycles.map(\.json)),
            "scheduler": .init(scheduler),
            "health": HealthReport(health: health, tables: tables.map(\.table)).json,
        ]
    }

    /// - Parameter table: nil: the scheduler.
    private func notes(on table: String?) -> [String] {
        health.reasons.filter { $0.table == table }.map { "\($0.level.sign) \($0.advice)" }
    }

    private var schedulerText: String {
        "scheduler: \(scheduler ?? "none is running")\n" + notes(on: nil).map { "  \($0)\n" }.joined()
    }

    private func cells(_ status: TableStatus) -> [String] {
        let lag = lagSeconds(status).map { $0 == 0 ? "0 s" : Duration.seconds($0).shortText }
        return [
            status.table, status.state ?? "never run", status.watermark ?? "-",
            status.pendingRowCount == nil ? "?" : lag ?? "-",
            status.pendingRowCount?.grouped ?? "?",
            status.lastSuccessMicroseconds.map { UTCText(microseconds: $0).text } ?? "-",
            status.failureCount.grouped, status.holder ?? "",
        ]
    }

    /// Nil: nobody knows. Rows that wait behind an integer cursor have no age.
    private func lagSeconds(_ status: TableStatus) -> Double? {
        if status.pendingRowCount ?? 0 > 0, status.oldestPendingMicroseconds == nil { return nil }
        return status.lagSeconds(atMicroseconds: nowMicroseconds)
    }

    private var cycleText: String {
        guard !cycles.isEmpty else { return "no cycle of the scheduler has been recorded yet\n" }
        var table = TextTable([
            .left("CYCLE"), .left("STATUS"), .right("TOOK"), .right("TABLES"), .right("FAILED"),
            .right("ROWS"),
            .left("BY"),
        ])
        for cycle in cycles {
            table.add([
                UTCText(microseconds: cycle.startedAtMicroseconds).text, cycle.status.rawValue,
                Duration.seconds(cycle.seconds).shortText, cycle.tableCount.grouped,
                cycle.failedCount.grouped,
                cycle.rowCount.grouped, cycle.holder,
            ])
        }
        return table.text
    }

    private func json(_ status: TableStatus) -> JSONValue {
        [
            "table": .string(status.table), "target": .string(status.target),
            "layer": .string(status.layer.rawValue), "state": .init(status.state),
            "watermark": .init(status.watermark), "lag_seconds": .init(lagSeconds(status).map { Int64($0) }),
            "pending_rows": .init(status.pendingRowCount),
            "last_success": .init(status.lastSuccessMicroseconds.map { UTCText(microseconds: $0).iso8601 }),
            "last_rows": .int(status.lastRowCount), "last_seconds": .init(status.lastDurationSeconds),
            "failures": .int(status.failureCount), "last_error": .init(status.lastError),
            "held_by": .init(status.holder),
        ]
    }
}

extension CycleRecord {
    var json: JSONValue {
        [
            "started_at": .string(UTCText(microseconds: startedAtMicroseconds).iso8601),
            "milliseconds": .int(Int64(seconds * 1000)), "status": .string(status.rawValue),
            "tables": .int(tableCount), "failed": .int(failedCount), "rows": .int(rowCount),
            "holder": .string(holder),
        ]
    }
}

extension JSONValue {
    init(_ text: String?) { self = text.map(JSONValue.string) ?? .null }
    init(_ number: Int64?) { self = number.map { .int($0) } ?? .null }
}
