// The doors of a process in a trial that no witness stands at: its lease, its record, and the ledger as the census sees it.
import OffloadCore

struct GatedSchedulerLease: SchedulerLease {
    let process: TrialProcess
    let lease: SimulatedSchedulerLease

    init(process: TrialProcess, world: SimulatedWorld, life: Duration) {
        self.process = process
        lease = SimulatedSchedulerLease(world: world, process: process.name, life: life)
    }

    func take() async throws -> SchedulerLeaseOffer {
        try await process.awake()
        return try await lease.take()
    }

    func renew(token: Int64) async throws -> Bool {
        try await process.awake()
        return try await lease.renew(token: token)
    }

    func release(token: Int64) async throws {
        try await process.awake()
        try await lease.release(token: token)
    }
}

struct GatedObservatory: Observatory {
    let process: TrialProcess
    let observatory: SimulatedObservatory

    init(process: TrialProcess, world: SimulatedWorld) {
        self.process = process
        observatory = SimulatedObservatory(world: world, process: process.name)
    }

    func tables(_ definitions: [TableDefinition]) async throws -> [TableStatus] {
        try await process.awake()
        return try await observatory.tables(definitions)
    }

    func cycles(newest count: Int) async throws -> [CycleRecord] {
        try await process.awake()
        return try await observatory.cycles(newest: count)
    }

    func record(_ report: CycleReport) async throws {
        try await process.awake()
        try await observatory.record(report)
    }

    func freeSpace() async throws -> Int64? {
        try await process.awake()
        return try await observatory.freeSpace()
    }
}

/// Tells the census what the ledger granted and accepted, whether or not the answer arrives.
struct WatchedLedger: Ledger {
    let inner: any Ledger
    let census: Census

    func begin(_ table: TableDefinition) async throws -> TurnOffer {
        let offer = try await inner.begin(table)
        if case .granted(let turn) = offer { census.granted(turn) }
        return offer
    }

    func commit(
        _ batch: VerifiedBatch, of table: SourceTable, to lake: LakeTable, in turn: Turn
    ) async -> CommitOutcome {
        let outcome = await inner.commit(batch, of: table, to: lake, in: turn)
        if case .committed = outcome { census.accepted(batch.staged, of: table, in: turn) }
        return outcome
    }

    func renew(_ turn: Turn) async throws -> Bool { try await inner.renew(turn) }
    func open(_ intent: BatchIntent, in turn: Turn) async throws { try await inner.open(intent, in: turn) }
    func receipt(of batch: BatchID, in turn: Turn) async throws -> CommitReceipt? {
        try await inner.receipt(of: batch, in: turn)
    }
    func strikeOff(_ batch: BatchID, in turn: Turn) async throws {
        try await inner.strikeOff(batch, in: turn)
    }
    func observe(_ position: CursorValue, in turn: Turn) async throws {
        try await inner.observe(position, in: turn)
    }
    func repair(
        to position: CursorValue, batch: BatchID, cursor: Cursor, reason: String, in turn: Turn
    ) async throws {
        try await inner.repair(to: position, batch: batch, cursor: cursor, reason: reason, in: turn)
        census.check(turn.table)
    }
    func end(_ turn: Turn, _ result: TurnResult) async throws { try await inner.end(turn, result) }
}
