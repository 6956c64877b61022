// A change of a table's watermark that was proven safe, to be made if nothing has moved since.

/// What `watermark init`, `rewind` and `repair` come to. Only `Recovery` makes one.
public struct Correction: Sendable {
    /// What becomes of our mark in the Iceberg table's properties.
    public enum Mark: Sendable, Equatable {
        /// It names the last batch and position of `after` from now on.
        case set(previous: BatchID?)
        case remove
    }

    /// What the proof was made from; if either has moved since, the change is refused.
    public let before: Watermark
    /// Nil: there was no Iceberg table.
    public let metadataLocation: String?

    public let after: Watermark
    /// Windows to enter into the ledger as committed: the Iceberg table has them, the ledger does not know them.
    public let adopted: [CommittedWindow]
    /// Committed windows to strike off the ledger, because the Iceberg table does not hold their rows: they are moved again.
    public let struck: [CommittedWindow]
    /// Nil: the Iceberg table stays as it is.
    public let mark: Mark?
    /// What was found, for the watermark's history.
    public let reason: String

    init(
        before: Watermark, metadataLocation: String?, after: Watermark, adopted: [CommittedWindow] = [],
        struck: [CommittedWindow] = [], mark: Mark? = nil, reason: String
    ) {
        self.before = before
        self.metadataLocation = metadataLocation
        self.after = after
        self.adopted = adopted
        self.struck = struck
        self.mark = mark
        self.reason = reason
    }
}

extension Watermark {
    /// The same, standing elsewhere.
    func moved(
        to position: CursorValue?, of cursor: Cursor?, lastBatch: LastBatch?, lakeUUID: String?
    ) -> Watermark {
        Watermark(
            table: table, cursor: cursor, position: position, lastBatch: lastBatch, lakeUUID: lakeUUID,
            observation: observation)
    }

    /// Whether both say the same of what is committed; observations grow older while one looks.
    public func stands(as other: Watermark) -> Bool {
        position == other.position && cursor == other.cursor && lastBatch == other.lastBatch
            && lakeUUID == other.lakeUUID
    }
}
