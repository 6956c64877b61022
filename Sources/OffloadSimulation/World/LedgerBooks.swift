// The ledger in memory: leases, watermarks and batches, by the same rules as the tables in PostgreSQL.
import OffloadCore

/// A value: each method is one statement or transaction of the real ledger, without any waiting.
struct LedgerBooks: Sendable {
    struct Lease: Sendable {
        var holder: String
        var token: Int64
        var expiresAt: Duration
    }

    struct Entry: Sendable {
        var target: String
        var cursor: Cursor?
        var position: CursorValue?
        var lastBatch: BatchID?
        var lakeUUID: String?
        var observation: (position: CursorValue, at: Duration)?
        var state = "initialized"
        var failureCount: Int64 = 0
        var lastError: String?
        var lastRowCount: Int64 = 0
        var lastDurationSeconds: Int64?
        var lastSuccessMicroseconds: Int64?
    }

    struct Batch: Sendable {
        enum Status: Sendable { case staged, committed, abandoned }

        let table: String
        let trace: BatchTrace
        let low: CursorValue?
        let high: CursorValue
        var status = Status.staged
        var receipt: CommitReceipt?
    }

    /// By `table:<name>`, and `scheduler`.
    var leases: [String: Lease] = [:]
    var entries: [String: Entry] = [:]
    var batches: [BatchID: Batch] = [:]
    /// Neither committed nor struck off, by table, the oldest first.
    private var staged: [String: [BatchID]] = [:]
    /// Processes that run no more, by the name that is a lease's holder.
    var dead: Set<String> = []
    private var lastToken: Int64 = 0

    init() {}

    /// A token higher than any before; or who holds the lease.
    mutating func take(_ lease: String, holder: String, until expiry: Duration, now: Duration) -> (
        token: Int64?, holder: String
    ) {
        if let held = leases[lease], held.expiresAt > now, !knowsDead(held.holder, host: holder) {
            return (nil, held.holder)
        }
        lastToken += 1
        leases[lease] = Lease(holder: holder, token: lastToken, expiresAt: expiry)
        return (lastToken, holder)
    }

    /// Whether a holder was a process of the same host and is dead: of other hosts nobody knows.
    private func knowsDead(_ holder: String, host: String) -> Bool {
        dead.contains(holder) && holder.prefix { $0 != ":" } == host.prefix { $0 != ":" }
    }

    /// Whether the token is the lease's newest and still alive.
    func isHeld(_ lease: String, token: Int64, now: Duration) -> Bool {
        leases[lease].map { $0.token == token && $0.expiresAt > now } ?? false
    }

    mutating func renew(_ lease: String, token: Int64, until expiry: Duration, now: Duration) -> Bool {
        guard isHeld(lease, token: token, now: now) else { return false }
        leases[lease]?.expiresAt = expiry
        return true
    }

    /// False: it was not this token's any more.
    mutating func release(_ lease: String, token: Int64) -> Bool {
        guard leases[lease]?.token == token else { return false }
        leases[lease]?.expiresAt = .zero
        return true
    }

    func check(_ turn: Turn, now: Duration) throws {
        guard isHeld("table:\(turn.table)", token: turn.token, now: now) else {
            throw OffloadError(
                .leaseLost, "the lease has lapsed or another process holds it", table: turn.table)
        }
    }

    mutating func begin(
        _ table: TableDefinition, holder: String, until expiry: Duration, now: Duration
    ) throws -> TurnOffer {
        var entry = entries[table.source] ?? Entry(target: table.target)
        if entry.target != table.target, entry.lastBatch != nil {
            throw OffloadError(
                .ledgerDisagrees, "the watermark belongs to \(entry.target)", table: table.source)
        }
        let taking = take("table:\(table.source)", holder: holder, until: expiry, now: now)
        guard let token = taking.token else { return .busy(holder: taking.holder) }
        entry.target = table.target
        entry.state = "running"
        entries[table.source] = entry
        let strays = staged[table.source, default: []].compactMap { batches[$0]?.trace }
        return .granted(
            Turn(
                table: table.source, token: token, watermark: watermark(table.source, entry, now: now),
                strays: strays))
    }

    mutating func open(_ intent: BatchIntent, in turn: Turn) {
        batches[intent.trace.id] = Batch(
            table: turn.table, trace: intent.trace, low: intent.window.low, high: intent.window.high)
        staged[turn.table, default: []].append(intent.trace.id)
    }

    /// The checks of a commit, apart from the Iceberg table's own.
    ///
    /// - Returns: the watermark as it is by then.
    func admit(
        _ staged: StagedBatch, of table: SourceTable, in turn: Turn, now: Duration
    ) throws -> Watermark {
        guard let entry = entries[table.name] else {
            throw OffloadError(.ledgerDisagrees, "the watermark's row has vanished", table: table.name)
        }
        try check(turn, now: now)
        let watermark = watermark(table.name, entry, now: now)
        guard try Position.decide(watermark, for: table) == staged.window.low else {
            throw OffloadError(
                .commitConflict, "the watermark moved while the window was copied", table: table.name)
        }
        guard batches[staged.trace.id]?.status == .staged else {
            throw OffloadError(
                .commitConflict, "the batch was struck off", table: table.name, isRetryable: true)
        }
        return watermark
    }

    mutating func advance(
        _ staged: StagedBatch, of table: SourceTable, to lake: LakeTable, _ receipt: CommitReceipt
    ) {
        entries[table.name]?.cursor = table.cursor
        entries[table.name]?.position = staged.window.high
        entries[table.name]?.lastBatch = staged.trace.id
        entries[table.name]?.lakeUUID = lake.uuid
        batches[staged.trace.id]?.receipt = receipt
        settle(staged.trace.id, .committed)
    }

    mutating func strikeOff(_ batch: BatchID) {
        if batches[batch]?.status == .staged { settle(batch, .abandoned) }
    }

    private mutating func settle(_ batch: BatchID, _ status: Batch.Status) {
        guard let table = batches[batch]?.table else { return }
        batches[batch]?.status = status
        staged[table]?.removeAll { $0 == batch }
    }

    mutating func repair(_ table: String, to position: CursorValue, batch: BatchID, cursor: Cursor) {
        let low = entries[table]?.position
        entries[table]?.cursor = cursor
        entries[table]?.position = position
        entries[table]?.lastBatch = batch
        if batches[batch] == nil {
            batches[batch] = Batch(
                table: table, trace: BatchTrace(id: batch, metadataFolder: "", dataFiles: []), low: low,
                high: position)
        }
        settle(batch, .committed)
    }

    mutating func end(_ turn: Turn, _ result: TurnResult, microseconds: Int64) {
        guard release("table:\(turn.table)", token: turn.token), var entry = entries[turn.table] else {
            return
        }
        switch result {
        case .success(let rowCount, let seconds):
            (entry.state, entry.failureCount, entry.lastError) = ("success", 0, nil)
            (entry.lastRowCount, entry.lastDurationSeconds) = (rowCount, Int64(seconds.rounded()))
            entry.lastSuccessMicroseconds = microseconds
        case .failure(let message, let rowCount, let seconds):
            (entry.state, entry.failureCount, entry.lastError) = ("failed", entry.failureCount + 1, message)
            (entry.lastRowCount, entry.lastDurationSeconds) = (rowCount, Int64(seconds.rounded()))
        }
        entries[turn.table] = entry
    }

    private func watermark(_ table: String, _ entry: Entry, now: Duration) -> Watermark {
        let last = entry.lastBatch.flatMap { id in
            batches[id].map { Watermark.LastBatch(id: id, high: $0.high) }
        }
        return Watermark(
            table: table, cursor: entry.cursor, position: entry.position, lastBatch: last,
            lakeUUID: entry.lakeUUID,
            observation: entry.observation.map { .init(position: $0.position, age: now - $0.at) })
    }
}

extension LedgerBooks {
    /// What a backup restores of one table: all but the leases, whose tokens must never come back.
    mutating func restore(_ table: String, from backup: LedgerBooks) {
        entries[table] = backup.entries[table]
        batches = batches.filter { $0.value.table != table }
        for (id, batch) in backup.batches where batch.table == table { batches[id] = batch }
        staged[table] = backup.staged[table]
    }
}
