// A stretch of one table's cursor, open below and closed above: what one commit moves.

/// The rows whose cursor lies in `(low, high]`.
///
/// Only `Planner` makes windows, so every one begins where the watermark stands or where the window before it ends.
public struct Window: Sendable, Hashable {
    /// Exclusive; nil: from the very first row.
    public let low: CursorValue?
    /// Inclusive: the cursor of a row that exists.
    public let high: CursorValue
    /// How many rows the plan expects; the copy is checked against counts of its own.
    public let rowCount: Int64

    init(low: CursorValue?, high: CursorValue, rowCount: Int64) {
        self.low = low
        self.high = high
        self.rowCount = rowCount
    }
}
