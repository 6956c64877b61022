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
        let judge = HealthJudge(tables, cycles: cycles, now: now, configuration: configuration)
        return Health(reasons: tables.flatMap(judge.reasons) + judge.schedulerReasons)
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

extension Duration {
    var inMinutes: Int64 { components.seconds / 60 }
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
