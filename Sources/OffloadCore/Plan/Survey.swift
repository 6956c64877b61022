// What the source says of the rows behind a watermark: the facts a plan is made from.
import Iceberg

/// How many rows lie in a stretch of the cursor, and where.
public struct Survey: Sendable, Hashable {
    public let rowCount: Int64
    /// The lowest and highest cursor of these rows; nil if there are none.
    public let bounds: ClosedRange<CursorValue>?
    /// Rows whose cursor is exactly the watermark; nil when there is no watermark yet.
    public let boundaryRowCount: Int64?

    public init(rowCount: Int64, bounds: ClosedRange<CursorValue>?, boundaryRowCount: Int64?) {
        self.rowCount = rowCount
        self.bounds = bounds
        self.boundaryRowCount = boundaryRowCount
    }
}

/// A bin of a histogram over the cursor: all its rows lie in one partition as far as the cursor decides it.
public struct Bin: Sendable, Hashable {
    public let rowCount: Int64
    public let lowest: CursorValue
    public let highest: CursorValue
    /// The partition that the cursor's own value puts these rows in; equal text, same partition.
    public let partition: String

    public init(rowCount: Int64, lowest: CursorValue, highest: CursorValue, partition: String) {
        self.rowCount = rowCount
        self.lowest = lowest
        self.highest = highest
        self.partition = partition
    }
}

/// The part of a window that falls into one Iceberg partition, and so into one data file.
public struct PartitionSlice: Sendable, Hashable {
    /// One value per field of the partition spec; empty for an unpartitioned table.
    public let values: [Literal?]
    public let rowCount: Int64

    public init(values: [Literal?], rowCount: Int64) {
        self.values = values
        self.rowCount = rowCount
    }
}

/// An independent count of a window's rows.
public struct WindowCount: Sendable, Hashable {
    public let rowCount: Int64
    /// The highest value of the configured `sequence` column; nil if none is configured or it does not fit 64 bits.
    public let sequenceMax: Int64?
    /// As in `RowDigest`, of the columns that were to be hashed; nil if none were.
    public let contentHash: UInt64?

    public init(rowCount: Int64, sequenceMax: Int64?, contentHash: UInt64? = nil) {
        self.rowCount = rowCount
        self.sequenceMax = sequenceMax
        self.contentHash = contentHash
    }
}
