// How far a table has come, as PostgreSQL knows it.

/// A table's row in `offload_watermarks`.
public struct Watermark: Sendable, Hashable {
    /// The last window that was committed for the table.
    public struct LastBatch: Sendable, Hashable {
        public let id: BatchID
        /// Upper end of its window, from the ledger: must equal the watermark's position.
        public let high: CursorValue

        public init(id: BatchID, high: CursorValue) {
            self.id = id
            self.high = high
        }
    }

    /// The highest integer cursor that was seen at some moment: it may be offloaded once it is old enough.
    public struct Observation: Sendable, Hashable {
        public let position: CursorValue
        /// How long ago it was made, by PostgreSQL's clock.
        public let age: Duration

        public init(position: CursorValue, age: Duration) {
            self.position = position
            self.age = age
        }
    }

    public let table: String
    /// The cursor the position is a value of; nil as long as there is no position.
    public let cursor: Cursor?
    /// Everything up to and including this cursor value is in Iceberg; nil: nothing yet.
    public let position: CursorValue?
    public let lastBatch: LastBatch?
    /// The Iceberg table that the committed windows went to; nil: none yet.
    public let lakeUUID: String?
    public let observation: Observation?

    public init(
        table: String, cursor: Cursor?, position: CursorValue?, lastBatch: LastBatch?, lakeUUID: String?,
        observation: Observation?
    ) {
        self.table = table
        self.cursor = cursor
        self.position = position
        self.lastBatch = lastBatch
        self.lakeUUID = lakeUUID
        self.observation = observation
    }

    /// Whether the position was changed by hand: rows are not to be asked for from there before it is set right.
    var isEdited: Bool { lastBatch.map { $0.high != position } ?? false }
}
