// Batches to commit at will: only the corridor makes its proofs, so the corridor runs, and stops before the commit.
import OffloadCore
import Synchronization

/// Stands in for the ledger of one run, and keeps the batch that the run would have committed.
final class BatchMint: Ledger {
    /// All that a commit takes.
    struct Batch {
        let verified: VerifiedBatch
        let table: SourceTable
        let lake: LakeTable

        var id: BatchID { verified.staged.trace.id }
    }

    private let ledger: any Ledger
    private let turn: Turn
    private let kept = Mutex<Batch?>(nil)

    init(ledger: any Ledger, turn: Turn) {
        self.ledger = ledger
        self.turn = turn
    }

    /// Runs the corridor over the rows 1 to `high` of a source of its own. The data files lead nowhere: a commit never
    /// reads them.
    func batch(of definition: TableDefinition, through high: Int64, lake: any Lake) async throws -> Batch {
        let world = SimulatedWorld()
        let rows = (1...high).map { SimulatedRow(cursor: Int128($0), id: $0) }
        world[definition.source] = SimulatedTable(
            cursor: Cursor(column: definition.cursor, kind: .integer), rows: rows)
        let scratch = world.doors()
        let doors = Doors(
            source: scratch.source, lake: MintLake(tables: lake, files: scratch.lake), ledger: self,
            now: scratch.now)
        let report = await Cycle([definition], doors: doors, configuration: .init()) { _, _ in }.run()
        guard let batch = kept.withLock({ $0 }) else {
            throw report.failures.first ?? LedgerPromise.Broken(description: "there was nothing to stage")
        }
        return batch
    }

    func begin(_ table: TableDefinition) async throws -> TurnOffer { .granted(turn) }
    func renew(_ turn: Turn) async throws -> Bool { true }
    func open(_ intent: BatchIntent, in turn: Turn) async throws { try await ledger.open(intent, in: turn) }

    func commit(
        _ batch: VerifiedBatch, of table: SourceTable, to lake: LakeTable, in turn: Turn
    ) async -> CommitOutcome {
        kept.withLock { $0 = Batch(verified: batch, table: table, lake: lake) }
        return .refused(OffloadError(.cancelled, "kept for later"))
    }

    func receipt(of batch: BatchID, in turn: Turn) async throws -> CommitReceipt? { nil }
    func strikeOff(_ batch: BatchID, in turn: Turn) async throws {}
    func observe(_ position: CursorValue, in turn: Turn) async throws {}
    func repair(
        to position: CursorValue, batch: BatchID, cursor: Cursor, reason: String, in turn: Turn
    ) async throws {}
    func end(_ turn: Turn, _ result: TurnResult) async throws {}
}

/// The tables of one lake, the files of another.
private struct MintLake: Lake {
    let tables: any Lake
    let files: any Lake

    func open(_ table: SourceTable, known uuid: String?) async throws -> LakeTable {
        try await tables.open(table, known: uuid)
    }

    func draft(
        at location: String, slice: PartitionSlice, of table: LakeTable
    ) async throws -> any DataFileDraft {
        try await files.draft(at: location, slice: slice, of: table)
    }

    func content(of location: String, in table: LakeTable) async throws -> any DataFileContent {
        try await files.content(of: location, in: table)
    }

    func remove(_ trace: BatchTrace) async throws {
        try await files.remove(trace)
    }
}
