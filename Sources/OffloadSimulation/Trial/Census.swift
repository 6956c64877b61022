// The checker: what must be true after every step, counted from outside of the code that is on trial.
import OffloadCore
import Synchronization

/// Keeps every row that the source ever had and every word of ledger and runs, and compares them with the lake.
final class Census: Sendable {
    /// A multiset of rows by count and wrapping sum: a doubled row changes both, where XOR would be blind.
    struct Tally: Sendable, Equatable {
        var rowCount = 0
        var sum: UInt64 = 0

        mutating func add(_ row: SimulatedRow) {
            rowCount += 1
            sum &+= row.contentHash
        }
    }

    /// Why source and lake may differ for now, and the table must stand still.
    enum Suspension: Sendable {
        /// Somebody took our last batch off `main`.
        case rolledBack
        /// The ledger came back from a backup: it may catch up with the lake, but nothing may be committed before.
        case forgotten(Tally)
    }

    struct Table: Sendable {
        let definition: TableDefinition
        /// With the moment they became visible.
        var rows: [(row: SimulatedRow, seenAt: Duration)] = []
        var newestToken: Int64 = 0
        /// In row ticks; nil: none yet.
        var position: CursorValue?
        var lastHigh: CursorValue?
        var suspension: Suspension?
        var accepted: Set<BatchID> = []
        var reported: Set<BatchID> = []
        var source = (position: CursorValue?.none, rowCount: -1, tally: Tally())
        var lake = (snapshot: Int64?.none, fileCount: 0, tally: Tally())
    }

    struct State: Sendable {
        var tables: [String: Table] = [:]
        var violations: [String] = []
        /// Files of batches that a restored ledger does not know.
        var forgottenFiles: Set<String> = []
        var zombieFileCount = 0
    }

    let world: SimulatedWorld
    private let chronicle: Chronicle
    let state = Mutex(State())

    init(_ definitions: [TableDefinition], world: SimulatedWorld, chronicle: Chronicle) {
        self.world = world
        self.chronicle = chronicle
        state.withLock { state in
            for definition in definitions { state.tables[definition.source] = Table(definition: definition) }
        }
    }

    var violations: [String] { state.withLock { $0.violations } }
    var isClean: Bool { state.withLock { $0.violations.isEmpty } }

    func violated(_ text: String) {
        chronicle.note("VIOLATION \(text)")
        state.withLock { $0.violations.append("\(world.clock.now.offset): \(text)") }
    }

    // MARK: What it is told

    func seen(_ rows: [SimulatedRow], in table: String) {
        let now = world.clock.now.offset
        state.withLock { $0.tables[table]?.rows += rows.map { ($0, now) } }
    }

    func granted(_ turn: Turn) {
        let newest = state.withLock { state in
            defer { state.tables[turn.table]?.newestToken = turn.token }
            return state.tables[turn.table]?.newestToken ?? 0
        }
        if turn.token <= newest { violated("\(turn.table): token \(turn.token) after \(newest)") }
    }

    /// The ledger says that it has committed a batch.
    func accepted(_ staged: StagedBatch, of table: SourceTable, in turn: Turn) {
        guard let content = world[table.name] else { return }
        let low = staged.window.low.map { content.inRowTicks($0, of: table.cursor) }
        let high = content.inRowTicks(staged.window.high, of: table.cursor)
        let faults = state.withLock { state -> [String] in
            guard let known = state.tables[table.name] else { return [] }
            var faults: [String] = []
            if turn.token != known.newestToken { faults.append("the stale token \(turn.token) was accepted") }
            if known.lastHigh != low { faults.append("a window does not begin where the last one ended") }
            if low.map({ high <= $0 }) ?? false { faults.append("a window ends before it begins") }
            if known.suspension != nil { faults.append("a batch was committed to a table that must stop") }
            if !(state.tables[table.name]?.accepted.insert(staged.trace.id).inserted ?? false) {
                faults.append("a batch was committed twice")
            }
            state.tables[table.name]?.lastHigh = high
            return faults
        }
        for fault in faults { violated("\(table.name): \(fault)") }
        check(table.name)
    }

    /// A run says that it has committed a batch.
    func reported(_ batch: BatchID, of table: String) {
        let (isNew, isAccepted) = state.withLock { state in
            (
                state.tables[table]?.reported.insert(batch).inserted ?? false,
                state.tables[table]?.accepted.contains(batch) ?? false
            )
        }
        if !isNew { violated("\(table): batch \(batch) was reported twice") }
        if !isAccepted { violated("\(table): batch \(batch) was reported, but never committed") }
    }

    func suspend(_ table: String, _ suspension: Suspension?) {
        state.withLock { state in
            state.tables[table]?.suspension = suspension
            state.tables[table]?.lake.snapshot = nil
            // What was restored may lie behind what was seen.
            state.tables[table]?.position = nil
        }
    }

    func isSuspended(_ table: String) -> Bool {
        state.withLock { $0.tables[table]?.suspension != nil }
    }

    func forgot(_ files: some Sequence<String>) {
        state.withLock { $0.forgottenFiles.formUnion(files) }
    }
}
