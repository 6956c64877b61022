// The door to what must never be forgotten: watermarks, leases, windows, and the commit itself.

/// The database that holds watermarks and the Iceberg catalog side by side. Every call throws `OffloadError`.
public protocol Ledger: Sendable {
    /// Takes the table's lease, marks it running, and tells where it stands and what crashed turns left behind.
    func begin(_ table: TableDefinition) async throws -> TurnOffer

    /// Prolongs the lease; false: it is lost.
    func renew(_ turn: Turn) async throws -> Bool

    /// Writes down what a batch is about to stage.
    func open(_ intent: BatchIntent, in turn: Turn) async throws

    /// Moves the table's pointer, the watermark and the ledger in one transaction.
    func commit(_ batch: VerifiedBatch, of table: SourceTable, to lake: LakeTable, in turn: Turn) async
        -> CommitOutcome

    /// What became of a batch whose commit got no answer: its receipt, or nil if it certainly never happened.
    func receipt(of batch: BatchID, in turn: Turn) async throws -> CommitReceipt?

    /// Strikes off a batch whose files have been removed.
    func strikeOff(_ batch: BatchID, in turn: Turn) async throws

    /// Remembers the highest integer cursor of this moment.
    func observe(_ position: CursorValue, in turn: Turn) async throws

    /// Sets the watermark to what the Iceberg table proves was committed.
    func repair(to position: CursorValue, batch: BatchID, cursor: Cursor, reason: String, in turn: Turn)
        async throws

    /// Gives the lease back and records how the turn went.
    func end(_ turn: Turn, _ result: TurnResult) async throws
}
