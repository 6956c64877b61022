// Is all well? One decision for the server, the command line and whoever pages at night.
import OffloadCore

/// A judgement with its reasons.
public struct Health: Sendable, Hashable {
    public enum Level: Int, Sendable, Comparable, CaseIterable {
        case ok, warning, critical

        public var name: String { String(describing: self) }

        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// Something that is not as it should be.
    public struct Reason: Sendable, Hashable {
        public let level: Level
        /// The table it is about; nil: the scheduler.
        public let table: String?
        public let message: String
        /// What to type next.
        public let command: String
    }

    /// The limits; never tighter than those for the usual interval of 15 minutes.
    public struct Configuration: Sendable {
        /// How far Iceberg may be behind.
        public var lagWarning: Duration
        public var lagCritical: Duration
        /// Failed turns in a row.
        public var failureCountWarning: Int64 = 1
        public var failureCountCritical: Int64 = 3
        /// How long a table may be without a successful turn.
        public var successAgeMax: Duration
        /// How long the ledger may be without a new cycle after the last one ended.
        public var silenceMax: Duration
        /// How old the figures that are judged may be.
        public var readAgeMax: Duration = .seconds(300)

        /// - Parameter interval: from the start of one cycle to the next.
        public init(interval: Duration = .seconds(900)) {
            // A row waits for at most one interval; a third of one more is for the cycle itself.
            lagWarning = max(.seconds(20 * 60), interval / 3 * 4)
            lagCritical = max(.seconds(30 * 60), interval * 2)
            successAgeMax = max(.seconds(60 * 60), interval * 4)
            silenceMax = max(.seconds(5 * 60), interval * 2)
        }
    }

    /// The worst first.
    public let reasons: [Reason]

    public var level: Level { reasons.map(\.level).max() ?? .ok }

    init(reasons: [Reason]) {
        self.reasons = reasons.sorted { ($1.level, $0.table ?? "") < ($0.level, $1.table ?? "") }
    }

    /// - Parameters:
    ///   - cycles: the newest first; one is enough.
    ///   - now: microseconds since 1970.
    public static func decide(
        _ tables: [TableStatus], cycles: [CycleRecord], now: Int64, configuration: Configuration
    ) -> Health {
        let judge = Judge(now: now, configuration: configuration)
        return Health(reasons: tables.flatMap(judge.reasons) + judge.reasons(of: cycles, tables))
    }

    /// Judges what a process last read, which must not be too old.
    public static func decide(
        _ snapshot: StatusBoard.Snapshot, now: Int64, configuration: Configuration
    ) -> Health {
        guard let readAt = snapshot.readAtMicroseconds else {
            let cause = snapshot.readError.map { ": \($0)" } ?? ""
            return Health(reasons: [.unread("the tables could not be looked at yet\(cause)")])
        }
        let judged = decide(snapshot.tables, cycles: snapshot.cycles, now: now, configuration: configuration)
        let age = Duration.microseconds(now - readAt)
        guard age > configuration.readAgeMax else { return judged }
        let cause = snapshot.readError.map { ": \($0)" } ?? ""
        return Health(
            reasons: judged.reasons + [.unread("the figures are \(age.inMinutes) min old\(cause)")])
    }
}

extension Health.Reason {
    fileprivate static func unread(_ message: String) -> Health.Reason {
        Health.Reason(level: .critical, table: nil, message: message, command: "iceberg-offload doctor")
    }
}

/// The rules, at one moment.
private struct Judge {
    let now: Int64
    let configuration: Health.Configuration

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
        return Health.Reason(
            level: lag > configuration.lagCritical ? .critical : .warning, table: status.table,
            message: "Iceberg is \(lag.inMinutes) min behind, \(status.pendingRowCount ?? 0) rows wait",
            command: "iceberg-offload catch-up --table \(status.table)")
    }

    /// A scheduler shows life by cycles that end and, while a long one runs, by tables that succeed.
    func reasons(of cycles: [CycleRecord], _ tables: [TableStatus]) -> [Health.Reason] {
        guard let last = cycles.first else {
            return [
                Health.Reason(
                    level: .warning, table: nil, message: "no cycle has been recorded yet",
                    command: "systemctl status iceberg-offload-scheduler")
            ]
        }
        let runtime = Duration.seconds(min(max(0, last.seconds), 1e9))
        let end = last.startedAtMicroseconds + runtime.components.seconds * 1_000_000
        let sign = tables.compactMap(\.lastSuccessMicroseconds).reduce(end, max)
        let silence = Duration.microseconds(now - sign)
        guard silence > configuration.silenceMax + runtime else { return [] }
        return [
            Health.Reason(
                level: .critical, table: nil, message: "no cycle has ended for \(silence.inMinutes) min",
                command: "systemctl status iceberg-offload-scheduler")
        ]
    }
}

extension Duration {
    fileprivate var inMinutes: Int64 { components.seconds / 60 }
}

extension Health: Encodable {
    private enum CodingKeys: String, CodingKey {
        case status, reasons
    }

    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(level.name, forKey: .status)
        try object.encode(reasons, forKey: .reasons)
    }
}

extension Health.Reason: Encodable {
    private enum CodingKeys: String, CodingKey {
        case level, table, message, command
    }

    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(level.name, forKey: .level)
        try object.encodeIfPresent(table, forKey: .table)
        try object.encode(message, forKey: .message)
        try object.encode(command, forKey: .command)
    }
}
