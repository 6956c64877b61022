// One configured table: where its rows come from, where they go, and by what rules.

/// What an operator says about one table, checked for form but not yet against any server.
public struct TableDefinition: Sendable, Hashable {
    /// What a `String` column may hold that is not UTF-8 (ClickHouse strings are bytes, Iceberg's are text).
    public enum InvalidUTF8Policy: String, Sendable, Hashable, CaseIterable {
        /// Stop the table and name the column and the number of rows.
        case fail
        /// Put U+FFFD in place of what is not UTF-8 (`toValidUTF8`).
        case replace
        /// Map every `String` column to Iceberg `binary`.
        case binary
    }

    /// The layer of a medallion architecture the table belongs to; a metric label, nothing else.
    public enum Layer: String, Sendable, Hashable, CaseIterable {
        case bronze, silver, gold
    }

    /// How a window's content is compared before it is committed.
    public enum Verification: String, Sendable, Hashable, CaseIterable {
        /// By number of rows: counted before and after the copy, and in the Parquet footers.
        case count
        /// By content too: the rows' hash in ClickHouse, and once more in the finished files, which ClickHouse decodes.
        case hash
    }

    /// One term of `partition_by`, e.g. `bucket(16, symbol)`.
    public struct PartitionTerm: Sendable, Hashable {
        public let column: String
        /// Iceberg's name of the transform, with its argument: `day`, `bucket[16]`, `identity`.
        public let transform: String

        public init(column: String, transform: String) {
            self.column = column
            self.transform = transform
        }
    }

    /// What is said of a single column.
    public struct ColumnRule: Sendable, Hashable {
        /// The Iceberg type to use instead of the default mapping: `string`, `binary`, `long`, …; nil for the default.
        public let type: String?
        /// Whether the column is left out of the Iceberg table.
        public let isExcluded: Bool

        public init(type: String? = nil, isExcluded: Bool = false) {
            self.type = type
            self.isExcluded = isExcluded
        }
    }

    /// `database.table` in ClickHouse; also the table's name in the ledger, metrics and logs.
    public let source: String
    /// `namespace.table` in the Iceberg catalog.
    public let target: String
    /// The column whose growing value tells new rows from offloaded ones.
    public let cursor: String
    /// A column whose highest value is kept beside the watermark for people to look at; nil: none.
    public var sequence: String?
    public var layer: Layer = .bronze
    public var partitionBy: [PartitionTerm] = []
    public var sortBy: [String] = []
    /// Rows in one window, and so in one snapshot (default 5 million). Rows with one cursor value stay together.
    public var rowCountMax: Int64 = 5_000_000
    /// Where to begin when there is no watermark yet, inclusive; nil: at the very first row.
    public var start: String?
    public var columns: [String: ColumnRule] = [:]
    /// An SQL condition that rows must meet; nil: all rows.
    public var condition: String?
    /// Whether rows are read with `FINAL`.
    public var isFinal = false
    public var invalidUTF8: InvalidUTF8Policy = .fail
    public var verification: Verification = .count
    /// How long rows may still arrive with an older cursor (default 5 minutes).
    public var settle: Duration = .seconds(300)

    public init(source: String, target: String, cursor: String) {
        self.source = source
        self.target = target
        self.cursor = cursor
    }
}
