// Doors of a process that dies at a call of one's choice: nothing it does after that reaches the world.
import Iceberg
import OffloadCore
import Synchronization

/// What becomes of a process at its `callNumber`-th call.
final class Mortality: Sendable {
    enum Fate: Sendable {
        /// It dies, and the call never arrives.
        case deathBeforeTheCall
        /// The call arrives, and the process dies before the reply.
        case deathAfterTheCall
        /// It sleeps while this happens, and goes on.
        case sleep(@Sendable () async throws -> Void)
    }
    struct Dead: Error {}

    private let callNumber: Int
    private let fate: Fate
    private let state = Mutex((callCount: 0, isDead: false))

    init(at callNumber: Int, _ fate: Fate) {
        self.callNumber = callNumber
        self.fate = fate
    }

    /// Whether the process lived to see that call.
    var hasStruck: Bool { state.withLock { $0.callCount >= callNumber } }

    func call<Output>(_ body: () async throws -> Output) async throws -> Output {
        guard try isFatal() else { return try await body() }
        switch fate {
        case .sleep(let meanwhile):
            try await meanwhile()
            return try await body()
        case .deathAfterTheCall:
            _ = try? await body()
            fallthrough
        case .deathBeforeTheCall:
            throw Dead()
        }
    }

    func write(_ body: () throws -> Void) throws {
        guard try isFatal() else { return try body() }
        switch fate {
        case .sleep: try body()
        case .deathBeforeTheCall: throw Dead()
        case .deathAfterTheCall:
            try body()
            throw Dead()
        }
    }

    private func isFatal() throws -> Bool {
        try state.withLock { state in
            guard !state.isDead else { throw Dead() }
            state.callCount += 1
            guard state.callCount == callNumber else { return false }
            if case .sleep = fate {} else { state.isDead = true }
            return true
        }
    }
}

struct MortalSource: Source {
    private let inner: any Source
    private let life: Mortality

    init(_ inner: any Source, _ life: Mortality) { (self.inner, self.life) = (inner, life) }

    func describe(_ definitions: [TableDefinition]) async throws -> SourceDescription {
        try await life.call { try await inner.describe(definitions) }
    }

    func survey(_ table: SourceTable, after low: CursorValue?, through ceiling: CursorValue?) async throws
        -> Survey
    {
        try await life.call { try await inner.survey(table, after: low, through: ceiling) }
    }

    func hasRows(_ table: SourceTable) async throws -> Bool {
        try await life.call { try await inner.hasRows(table) }
    }

    func histogram(
        _ table: SourceTable, for lake: LakeTable, after low: CursorValue?,
        through bounds: ClosedRange<CursorValue>, binCount: Int
    ) async throws -> [Bin] {
        try await life.call {
            try await inner.histogram(table, for: lake, after: low, through: bounds, binCount: binCount)
        }
    }

    func split(_ window: Window, of table: SourceTable, for lake: LakeTable) async throws -> [PartitionSlice]
    {
        try await life.call { try await inner.split(window, of: table, for: lake) }
    }

    func copy(
        _ slice: PartitionSlice, of window: Window, of table: SourceTable, for lake: LakeTable, label: String,
        into draft: any DataFileDraft
    ) async throws {
        try await life.call {
            try await inner.copy(slice, of: window, of: table, for: lake, label: label, into: draft)
        }
    }

    func count(_ window: Window, of table: SourceTable, hashing columns: [LakeColumn]) async throws
        -> WindowCount
    {
        try await life.call { try await inner.count(window, of: table, hashing: columns) }
    }

    func digest(_ file: any DataFileContent, of table: SourceTable, hashing fields: [NestedField])
        async throws -> RowDigest
    {
        try await life.call { try await inner.digest(file, of: table, hashing: fields) }
    }
}

struct MortalLake: Lake {
    private let inner: any Lake
    private let life: Mortality

    init(_ inner: any Lake, _ life: Mortality) { (self.inner, self.life) = (inner, life) }

    func open(_ table: SourceTable, known uuid: String?) async throws -> LakeTable {
        try await life.call { try await inner.open(table, known: uuid) }
    }

    func draft(at location: String, slice: PartitionSlice, of table: LakeTable) async throws
        -> any DataFileDraft
    {
        let draft = try await life.call { try await inner.draft(at: location, slice: slice, of: table) }
        return MortalDraft(inner: draft, life: life)
    }

    func content(of location: String, in table: LakeTable) async throws -> any DataFileContent {
        try await life.call { try await inner.content(of: location, in: table) }
    }

    func remove(_ trace: BatchTrace) async throws {
        try await life.call { try await inner.remove(trace) }
    }
}

private struct MortalDraft: DataFileDraft {
    let inner: any DataFileDraft
    let life: Mortality

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        try life.write { try inner.write(bytes) }
    }

    func finish() async throws -> DataFile {
        try await life.call { try await inner.finish() }
    }

    func abandon() async {
        _ = try? await life.call { await inner.abandon() }
    }
}

struct MortalLedger: Ledger {
    private let inner: any Ledger
    private let life: Mortality

    init(_ inner: any Ledger, _ life: Mortality) { (self.inner, self.life) = (inner, life) }

    func begin(_ table: TableDefinition) async throws -> TurnOffer {
        try await life.call { try await inner.begin(table) }
    }

    func renew(_ turn: Turn) async throws -> Bool { try await inner.renew(turn) }

    func open(_ intent: BatchIntent, in turn: Turn) async throws {
        try await life.call { try await inner.open(intent, in: turn) }
    }

    func commit(
        _ batch: VerifiedBatch, of table: SourceTable, to lake: LakeTable, in turn: Turn
    ) async -> CommitOutcome {
        do {
            return try await life.call { await inner.commit(batch, of: table, to: lake, in: turn) }
        } catch {
            return .unknown(OffloadError(.commitUnknown, "the process is dead"))
        }
    }

    func receipt(of batch: BatchID, in turn: Turn) async throws -> CommitReceipt? {
        try await life.call { try await inner.receipt(of: batch, in: turn) }
    }

    func strikeOff(_ batch: BatchID, in turn: Turn) async throws {
        try await life.call { try await inner.strikeOff(batch, in: turn) }
    }

    func observe(_ position: CursorValue, in turn: Turn) async throws {
        try await life.call { try await inner.observe(position, in: turn) }
    }

    func repair(to position: CursorValue, batch: BatchID, cursor: Cursor, reason: String, in turn: Turn)
        async throws
    {
        try await life.call {
            try await inner.repair(to: position, batch: batch, cursor: cursor, reason: reason, in: turn)
        }
    }

    func end(_ turn: Turn, _ result: TurnResult) async throws {
        try await life.call { try await inner.end(turn, result) }
    }
}
