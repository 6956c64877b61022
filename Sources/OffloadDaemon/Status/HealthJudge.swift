// What is wrong with a table or the scheduler, why, and what to type then.
import OffloadCore

/// The rules, at one moment.
struct HealthJudge {
    let now: Int64
    let configuration: Health.Configuration
    /// When the last cycle began, microseconds since 1970; nil: there was none yet.
    let cycleBegin: Int64?
    /// How long no cycle has ended, where that is too long; nil: a scheduler is at work, or never was.
    let silence: Duration?

    init(
        _ tables: [TableStatus], cycles: [CycleRecord], now: Int64, configuration: Health.Configuration
    ) {
        self.now = now
        self.configuration = configuration
        cycleBegin = cycles.first?.startedAtMicroseconds
        silence = cycles.first.flatMap {
            Self.silence(since: $0, tables, now: now, silenceMax: configuration.silenceMax)
        }
    }

    func reasons(of status: TableStatus) -> [Health.Reason] {
        [failures(of: status), success(of: status), lag(of: status)].compactMap { $0 }
    }

    private func failures(of status: TableStatus) -> Health.Reason? {
        guard status.failureCount >= configuration.failureCountWarning else { return nil }
        let isCritical = status.failureCount >= configuration.failureCountCritical
        let turns = status.failureCount == 1 ? "the last turn" : "the last \(status.failureCount) turns"
        return Health.Reason(
            level: isCritical ? .critical : .warning, table: status.table,
            message: "\(turns) failed: \(status.lastError ?? "no message was recorded")",
            command: "iceberg-offload cycle --table \(status.table)")
    }

    private func success(of status: TableStatus) -> Health.Reason? {
        guard let last = status.lastSuccessMicroseconds else {
            guard status.state == nil else { return nil }
            return Health.Reason(
                level: .warning, table: status.table, message: "has not had a turn yet",
                command: "iceberg-offload cycle --table \(status.table)")
        }
        let age = Duration.microseconds(now - last)
        guard age > configuration.successAgeMax else { return nil }
        return Health.Reason(
            level: .critical, table: status.table, message: "no successful turn for \(age.inMinutes) min",
            command: "iceberg-offload watermark history --table \(status.table)")
    }

    private func lag(of status: TableStatus) -> Health.Reason? {
        guard let seconds = status.lagSeconds(atMicroseconds: now) else {
            return Health.Reason(
                level: .warning, table: status.table, message: "ClickHouse does not say how many rows wait",
                command: "iceberg-offload doctor")
        }
        let lag = Duration.seconds(seconds)
        guard lag > configuration.lagWarning else { return nil }
        let (cause, command) = cause(of: status)
        return Health.Reason(
            level: lag > configuration.lagCritical ? .critical : .warning, table: status.table,
            message:
                "Iceberg is \(lag.inMinutes) min behind, \(status.pendingRowCount ?? 0) rows wait: \(cause)",
            command: command)
    }

    /// Why a table is late, the first that holds, and what to type then.
    private func cause(of status: TableStatus) -> (String, command: String) {
        if status.failureCount > 0 {
            return ("its turns fail", "iceberg-offload cycle --table \(status.table)")
        }
        if let holder = status.holder {
            return ("\(holder) is at it", "iceberg-offload status --table \(status.table)")
        }
        guard silence == nil, let cycleBegin else {
            return ("no scheduler is at work", "systemctl status iceberg-offload-scheduler")
        }
        // Its failure could not be recorded either: whoever locks its row keeps everybody out.
        guard let success = status.lastSuccessMicroseconds, success >= cycleBegin else {
            return ("it got no turn in the last cycle", "iceberg-offload cycle --table \(status.table)")
        }
        return ("its turns succeed, but do not keep up", "iceberg-offload catch-up --table \(status.table)")
    }

    var schedulerReasons: [Health.Reason] {
        let command = "systemctl status iceberg-offload-scheduler"
        guard cycleBegin != nil else {
            return [
                Health.Reason(
                    level: .warning, table: nil, message: "no cycle has been recorded yet", command: command)
            ]
        }
        guard let silence else { return [] }
        return [
            Health.Reason(
                level: .critical, table: nil, message: "no cycle has ended for \(silence.inMinutes) min",
                command: command)
        ]
    }

    /// A scheduler shows life by cycles that end and, while a long one runs, by tables that succeed.
    private static func silence(
        since last: CycleRecord, _ tables: [TableStatus], now: Int64, silenceMax: Duration
    ) -> Duration? {
        let runtime = Duration.seconds(min(max(0, last.seconds), 1e9))
        let end = last.startedAtMicroseconds + runtime.components.seconds * 1_000_000
        let sign = tables.compactMap(\.lastSuccessMicroseconds).reduce(end, max)
        let silence = Duration.microseconds(now - sign)
        return silence > silenceMax + runtime ? silence : nil
    }
}
