// How well tables were moved over some time, from the ledger alone.

/// What `report` tells. Times are seconds; a window's time is from its first byte to its commit.
public struct Performance: Sendable {
    public struct Table: Sendable, Hashable {
        public let name: String
        public let windowCount: Int64
        public let rowCount: Int64
        public let byteCount: Int64
        /// Of its windows, one after another.
        public let seconds: Double
        public let median: Double
        public let p95: Double
        public let max: Double
        /// Attempts that were given up and never committed.
        public let abandonedCount: Int64
        /// The longest time between two commits; nil: there was at most one.
        public let longestGap: Double?
        /// How old the newest row of a window was when it was committed, at most; nil for an integer cursor.
        public let largestLag: Double?
    }

    /// An hour, a day or a week.
    public struct Span: Sendable, Hashable {
        public let startMicroseconds: Int64
        public let windowCount: Int64
        public let rowCount: Int64
    }

    public struct SlowWindow: Sendable, Hashable {
        public let table: String
        public let batch: String
        public let committedAtMicroseconds: Int64
        public let seconds: Double
        public let rowCount: Int64
    }

    public struct Cycles: Sendable, Hashable {
        public let count: Int64
        /// Of these, those in which a table failed.
        public let failedCount: Int64
        /// Nil: there was none.
        public let median: Double?
        public let p95: Double?
        public let max: Double?
    }

    /// By name; only those with a committed window.
    public let tables: [Table]
    /// Ascending, without a gap.
    public let spans: [Span]
    /// The slowest first.
    public let slowest: [SlowWindow]
    public let cycles: Cycles
}
