// Doors with a witness at each call: how drills, failpoints and simulations disturb a run from outside of it.
import Iceberg

extension Doors {
    /// The same doors, with `witness` told before and after each call. A data file's single writes are not told.
    public func witnessed(by witness: @escaping DoorWitness) -> Doors {
        Doors(
            source: WitnessedSource(inner: source, witness: witness),
            lake: WitnessedLake(inner: lake, witness: witness),
            ledger: WitnessedLedger(inner: ledger, witness: witness), clock: clock, executor: executor,
            freshBatch: freshBatch, now: now)
    }
}

private struct WitnessedSource: Source {
    let inner: any Source
    let witness: DoorWitness

    func describe(_ definitions: [TableDefinition]) async throws -> SourceDescription {
        try await witnessed(.describe, by: witness) { try await inner.describe(definitions) }
    }

    func survey(
        _ table: SourceTable, after low: CursorValue?, through ceiling: CursorValue?
    ) async throws -> Survey {
        try await witnessed(.survey, table.name, by: witness) {
            try await inner.survey(table, after: low, through: ceiling)
        }
    }

    func hasRows(_ table: SourceTable) async throws -> Bool {
        try await witnessed(.hasRows, table.name, by: witness) { try await inner.hasRows(table) }
    }

    func histogram(
        _ table: SourceTable, for lake: LakeTable, after low: CursorValue?,
        through bounds: ClosedRange<CursorValue>, binCount: Int
    ) async throws -> [Bin] {
        try await witnessed(.histogram, table.name, by: witness) {
            try await inner.histogram(table, for: lake, after: low, through: bounds, binCount: binCount)
        }
    }

    func split(
        _ window: Window, of table: SourceTable, for lake: LakeTable
    ) async throws -> [PartitionSlice] {
        try await witnessed(.split, table.name, by: witness) {
            try await inner.split(window, of: table, for: lake)
        }
    }

    func copy(
        _ slice: PartitionSlice, of window: Window, of table: SourceTable, for lake: LakeTable, label: String,
        into draft: any DataFileDraft
    ) async throws {
        try await witnessed(.copy, table.name, by: witness) {
            try await inner.copy(slice, of: window, of: table, for: lake, label: label, into: draft)
        }
    }

    func count(
        _ window: Window, of table: SourceTable, hashing columns: [LakeColumn]
    ) async throws -> WindowCount {
        try await witnessed(.count, table.name, by: witness) {
            try await inner.count(window, of: table, hashing: columns)
        }
    }

    func digest(
        _ file: any DataFileContent, of table: SourceTable, hashing fields: [NestedField]
    ) async throws -> RowDigest {
        try await witnessed(.digest, table.name, by: witness) {
            try await inner.digest(file, of: table, hashing: fields)
        }
    }
}

private struct WitnessedLake: Lake {
    let inner: any Lake
    let witness: DoorWitness

    func open(_ table: SourceTable, known uuid: String?) async throws -> LakeTable {
        try await witnessed(.openLake, table.name, by: witness) { try await inner.open(table, known: uuid) }
    }

    func draft(
        at location: String, slice: PartitionSlice, of table: LakeTable
    ) async throws -> any DataFileDraft {
        try await witnessed(.draft, table.name, by: witness) {
            WitnessedDraft(
                inner: try await inner.draft(at: location, slice: slice, of: table), table: table.name,
                witness: witness)
        }
    }

    func content(of location: String, in table: LakeTable) async throws -> any DataFileContent {
        try await witnessed(.content, table.name, by: witness) {
            try await inner.content(of: location, in: table)
        }
    }

    func remove(_ trace: BatchTrace) async throws {
        try await witnessed(.remove, by: witness) { try await inner.remove(trace) }
    }
}

private struct WitnessedDraft: DataFileDraft {
    let inner: any DataFileDraft
    let table: String
    let witness: DoorWitness

    func write(_ bytes: UnsafeRawBufferPointer) throws { try inner.write(bytes) }

    func finish() async throws -> DataFile {
        try await witnessed(.finish, table, by: witness) { try await inner.finish() }
    }

    func abandon() async {
        try? await witnessed(.abandon, table, by: witness) { await inner.abandon() }
    }
}

private struct WitnessedLedger: Ledger {
    let inner: any Ledger
    let witness: DoorWitness

    func begin(_ table: TableDefinition) async throws -> TurnOffer {
        try await witnessed(.begin, table.source, by: witness) { try await inner.begin(table) }
    }

    func renew(_ turn: Turn) async throws -> Bool {
        try await witnessed(.renew, turn.table, by: witness) { try await inner.renew(turn) }
    }

    func open(_ intent: BatchIntent, in turn: Turn) async throws {
        try await witnessed(.open, turn.table, by: witness) { try await inner.open(intent, in: turn) }
    }

    func commit(
        _ batch: VerifiedBatch, of table: SourceTable, to lake: LakeTable, in turn: Turn
    ) async -> CommitOutcome {
        do {
            try await witness(DoorCall(.commit, .before, table: turn.table))
        } catch {
            let failure = OffloadError.wrapping(error, table: turn.table)
            return failure.code == .commitUnknown ? .unknown(failure) : .refused(failure)
        }
        let outcome = await inner.commit(batch, of: table, to: lake, in: turn)
        do {
            try await witness(DoorCall(.commit, .after, table: turn.table))
            return outcome
        } catch {
            return .unknown(.wrapping(error, table: turn.table))
        }
    }

    func receipt(of batch: BatchID, in turn: Turn) async throws -> CommitReceipt? {
        try await witnessed(.receipt, turn.table, by: witness) {
            try await inner.receipt(of: batch, in: turn)
        }
    }

    func strikeOff(_ batch: BatchID, in turn: Turn) async throws {
        try await witnessed(.strikeOff, turn.table, by: witness) {
            try await inner.strikeOff(batch, in: turn)
        }
    }

    func observe(_ position: CursorValue, in turn: Turn) async throws {
        try await witnessed(.observe, turn.table, by: witness) {
            try await inner.observe(position, in: turn)
        }
    }

    func repair(
        to position: CursorValue, batch: BatchID, cursor: Cursor, reason: String, in turn: Turn
    ) async throws {
        try await witnessed(.repair, turn.table, by: witness) {
            try await inner.repair(to: position, batch: batch, cursor: cursor, reason: reason, in: turn)
        }
    }

    func end(_ turn: Turn, _ result: TurnResult) async throws {
        try await witnessed(.end, turn.table, by: witness) { try await inner.end(turn, result) }
    }
}
