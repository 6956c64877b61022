// What a promise is tried on: two processes at one ledger, and a hand on its clock.
import OffloadCore

/// A ledger on trial. Leases must live for 60 seconds.
public struct LedgerStand: Sendable {
    /// Two processes, each with a holder's name of its own.
    public let ledger: any Ledger
    public let rival: any Ledger
    /// The Iceberg tables beside the ledger, which its commits move.
    public let lake: any Lake
    /// The same two processes as schedulers.
    public let scheduler: any SchedulerLease
    public let rivalScheduler: any SchedulerLease
    /// Lets time pass, as far as leases and observations can tell.
    public let pass: @Sendable (Duration) async throws -> Void

    public init(
        ledger: any Ledger, rival: any Ledger, lake: any Lake,
        scheduler: any SchedulerLease, rivalScheduler: any SchedulerLease,
        pass: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.ledger = ledger
        self.rival = rival
        self.lake = lake
        self.scheduler = scheduler
        self.rivalScheduler = rivalScheduler
        self.pass = pass
    }

    /// A table whose rows need not settle.
    static let table = definition()

    static func definition(
        _ source: String = "conformance.orders", target: String = "conformance.orders"
    ) -> TableDefinition {
        var definition = TableDefinition(source: source, target: target, cursor: "number")
        definition.settle = .zero
        return definition
    }

    /// A turn that must be granted.
    func turn(_ table: TableDefinition = Self.table, for ledger: (any Ledger)? = nil) async throws -> Turn {
        switch try await (ledger ?? self.ledger).begin(table) {
        case .granted(let turn): return turn
        case .busy(let holder): throw LedgerPromise.Broken(description: "the table is busy: \(holder)")
        }
    }

    /// Stages and verifies the rows from the turn's watermark up to `high`.
    func batch(
        through high: Int64, in turn: Turn, of table: TableDefinition = Self.table
    ) async throws -> BatchMint.Batch {
        try await BatchMint(ledger: ledger, turn: turn).batch(of: table, through: high, lake: lake)
    }

    func commit(_ batch: BatchMint.Batch, in turn: Turn) async -> CommitOutcome {
        await ledger.commit(batch.verified, of: batch.table, to: batch.lake, in: turn)
    }

    /// A whole turn that moves everything up to `high`.
    func move(through high: Int64, of table: TableDefinition = Self.table) async throws -> CommitReceipt {
        let turn = try await turn(table)
        let outcome = await commit(try await batch(through: high, in: turn, of: table), in: turn)
        guard case .committed(let receipt) = outcome else {
            throw LedgerPromise.Broken(description: "the commit: \(outcome)")
        }
        try await end(turn)
        return receipt
    }

    func end(_ turn: Turn) async throws {
        try await ledger.end(turn, .success(rowCount: 0, seconds: 0))
    }

    /// Whether the table is taken, as a rival who tries sees it. A rival who gets the turn gives it back.
    func isBusy(_ table: TableDefinition = Self.table) async throws -> Bool {
        guard case .granted(let turn) = try await rival.begin(table) else { return true }
        try await rival.end(turn, .success(rowCount: 0, seconds: 0))
        return false
    }
}
