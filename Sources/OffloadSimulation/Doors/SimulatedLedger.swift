// The ledger's door in memory: the books under the same locks and with the same outcomes as PostgreSQL.
import OffloadCore

struct SimulatedLedger: Ledger {
    let world: SimulatedWorld
    let process: String
    let witness: DoorWitness

    func begin(_ table: TableDefinition) async throws -> TurnOffer {
        try await world.locks.holding(table.source) {
            try world.withState {
                try $0.books.begin(table, holder: process, until: expiry, now: now)
            }
        }
    }

    func renew(_ turn: Turn) async throws -> Bool {
        world.withState {
            $0.books.renew("table:\(turn.table)", token: turn.token, until: expiry, now: now)
        }
    }

    func open(_ intent: BatchIntent, in turn: Turn) async throws {
        try fenced(turn) { $0.open(intent, in: turn) }
    }

    func commit(
        _ batch: VerifiedBatch, of table: SourceTable, to lake: LakeTable, in turn: Turn
    ) async -> CommitOutcome {
        do {
            return .committed(
                try await world.locks.holding(turn.table) {
                    // PostgreSQL keeps the row of the lease share-locked from the check on: what lapses now, lapses late.
                    let checkedAt = now
                    try await witness(DoorCall(.commit, .within, table: turn.table))
                    return try world.withState {
                        try $0.commit(batch, of: table, to: lake, in: turn, now: checkedAt)
                    }
                })
        } catch {
            let failure = OffloadError.wrapping(error, table: turn.table)
            return failure.code == .commitUnknown ? .unknown(failure) : .refused(failure)
        }
    }

    func receipt(of batch: BatchID, in turn: Turn) async throws -> CommitReceipt? {
        await world.locks.holding(turn.table) {
            world.withState { $0.books.batches[batch]?.receipt }
        }
    }

    func strikeOff(_ batch: BatchID, in turn: Turn) async throws {
        world.withState { $0.books.strikeOff(batch) }
    }

    func observe(_ position: CursorValue, in turn: Turn) async throws {
        try fenced(turn) { $0.entries[turn.table]?.observation = (position, now) }
    }

    func repair(
        to position: CursorValue, batch: BatchID, cursor: Cursor, reason: String, in turn: Turn
    ) async throws {
        try fenced(turn) { $0.repair(turn.table, to: position, batch: batch, cursor: cursor) }
    }

    func end(_ turn: Turn, _ result: TurnResult) async throws {
        world.withState {
            $0.books.end(turn, result, microseconds: world.microseconds)
        }
    }

    /// Runs a write that a turn may only make while its lease is its own.
    private func fenced(_ turn: Turn, _ body: (inout LedgerBooks) -> Void) throws {
        try world.withState { state in
            try state.books.check(turn, now: now)
            body(&state.books)
        }
    }

    private var now: Duration { world.clock.now.offset }
    private var expiry: Duration { now + SimulatedWorld.leaseLife }
}

extension SimulatedWorld.State {
    /// The transaction: table pointer, watermark and ledger move together, or none of them does.
    fileprivate mutating func commit(
        _ batch: VerifiedBatch, of table: SourceTable, to lake: LakeTable, in turn: Turn, now: Duration
    ) throws -> CommitReceipt {
        let staged = batch.staged
        let watermark = try books.admit(staged, of: table, in: turn, now: now)
        let snapshot = try shelf.append(staged, of: table, to: lake, behind: watermark)
        let receipt = CommitReceipt(
            batch: staged.trace.id, snapshotID: snapshot.id, rowCount: staged.rowCount,
            byteCount: staged.byteCount, fileCount: staged.files.count, contentHash: batch.content?.hash)
        books.advance(staged, of: table, to: lake, receipt)
        return receipt
    }
}
