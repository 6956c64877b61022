// A whole world in memory: the source's tables, the lake, the ledger, one clock, and whoever disturbs them.
import Iceberg
import OffloadCore
import Synchronization

/// What several simulated processes share, each through doors of its own.
public final class SimulatedWorld: Sendable {
    struct State: Sendable {
        var tables: [String: SimulatedTable] = [:]
        var shelf = LakeShelf()
        var books = LedgerBooks()
        var cycles: [CycleRecord] = []
        var disturbance: DoorWitness?
        /// Rows that the next copy leaves out, although its answer looks whole.
        var withheldRowCount = 0
        var batchCount: Int64 = 0
        /// Files that were begun for a batch that had been struck off.
        var zombieFiles: Set<String> = []
    }

    /// A simulation that can never go on, or goes on for longer than its limit.
    public struct Stalled: Error {
        /// Simulated time at the end.
        public let offset: Duration
    }

    /// When every simulation begins: 2026-01-01T00:00:00Z, in microseconds since 1970.
    public static let startMicroseconds: Int64 = 1_767_225_600_000_000
    /// How long a lease lives without being prolonged.
    public static let leaseLife = Duration.seconds(60)

    public let clock = SimulatedClock()
    public var executor: any TaskExecutor { simulatedExecutor }
    private let simulatedExecutor: SimulatedExecutor
    private let state = Mutex(State())
    let locks = RowLocks()

    /// - Parameter seed: decides which of several ready tasks goes on first.
    public init(seed: UInt64 = 1) {
        simulatedExecutor = SimulatedExecutor(clock: clock, seed: seed)
    }

    /// Runs `body` in simulated time: whenever all of its tasks wait, the clock moves on to the next deadline.
    ///
    /// - Parameter limit: how much time may pass in the simulation (default 30 days).
    /// - Throws: what `body` throws; `Stalled`.
    public func run<Output: Sendable>(
        within limit: Duration = .seconds(30 * 86_400), _ body: @escaping @Sendable () async throws -> Output
    ) async throws -> Output {
        let outcome = Mutex<Result<Output, any Error>?>(nil)
        await simulatedExecutor.run(within: limit) {
            _ = task {
                do {
                    let output = try await body()
                    outcome.withLock { $0 = .success(output) }
                } catch {
                    outcome.withLock { $0 = .failure(error) }
                }
            }
        } until: {
            outcome.withLock { $0 != nil }
        }
        guard let result = outcome.withLock({ $0 }) else { throw Stalled(offset: clock.now.offset) }
        return try result.get()
    }

    /// A task in this world's time; `Task { … }` alone would leave it.
    public func task<Output: Sendable>(
        _ body: @escaping @Sendable () async throws -> Output
    ) -> Task<Output, any Error> {
        Task(executorPreference: simulatedExecutor, operation: body)
    }

    /// The wall clock, microseconds since 1970.
    public var microseconds: Int64 { Self.startMicroseconds + Int64(clock.now.offset / .microseconds(1)) }

    /// The doors of one process; its name is what others see as the lease's holder.
    public func doors(of process: String = "here:1") -> Doors {
        let tell: DoorWitness = { try await self.tell($0) }
        return doors(of: process, now: { self.microseconds }, within: tell).witnessed(by: tell)
    }

    /// The same, without a witness but to what happens inside of a commit.
    ///
    /// - Parameter now: the process's own wall clock, microseconds since 1970.
    func doors(
        of process: String, now: @escaping @Sendable () -> Int64, within witness: @escaping DoorWitness
    ) -> Doors {
        Doors(
            source: SimulatedSource(world: self), lake: SimulatedLake(world: self),
            ledger: SimulatedLedger(world: self, process: process, witness: witness), clock: clock,
            executor: executor, freshBatch: { self.nextBatch() }, now: now)
    }

    /// Names that look as real ones do, and are the same for the same seed.
    private func nextBatch() -> BatchID {
        let number = withState { state in
            state.batchCount += 1
            return String(state.batchCount, radix: 16)
        }
        return BatchID("00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - number.count) + number)
    }

    /// Has every call through a door told to `disturbance`; nil: to nobody.
    public func disturb(_ disturbance: DoorWitness?) {
        withState { $0.disturbance = disturbance }
    }

    /// A process that ran no more is known to be dead on its own host.
    func bury(_ process: String) {
        withState { _ = $0.books.dead.insert(process) }
    }

    /// The next copy leaves out its last rows, and looks whole.
    func withholdFromNextCopy(_ rowCount: Int) {
        withState { $0.withheldRowCount = rowCount }
    }

    func withState<Output>(_ body: (inout State) throws -> Output) rethrows -> Output {
        try state.withLock { try body(&$0) }
    }

    func tell(_ call: DoorCall) async throws {
        try await withState { $0.disturbance }?(call)
    }
}

/// What a test prepares and what a checker reads.
extension SimulatedWorld {
    public subscript(table: String) -> SimulatedTable? {
        get { withState { $0.tables[table] } }
        set { withState { $0.tables[table] = newValue } }
    }

    public func insert(_ rows: [SimulatedRow], into table: String) {
        withState { $0.tables[table]?.insert(rows) }
    }

    /// Where every file in the warehouse is, referenced or not, sorted.
    public var fileLocations: [String] { withState { $0.shelf.files.keys.sorted() } }

    /// `main`, the oldest first.
    public func snapshots(of target: String) -> [SimulatedSnapshot] {
        withState { $0.shelf.tables[target].map { Array($0.ancestry.reversed()) } ?? [] }
    }

    /// Every row of an Iceberg table as a reader finds it, in no order that means anything.
    ///
    /// - Throws: `lakeUnavailable` if a snapshot names a file that is not there whole.
    public func lakeRows(of target: String) throws -> [SimulatedRow] {
        try withState { state in
            try (state.shelf.tables[target]?.mainSnapshot?.liveFiles ?? []).flatMap { location in
                guard let rows = state.shelf.files[location] ?? nil else {
                    throw OffloadError(.lakeUnavailable, "a committed data file is missing: \(location)")
                }
                return rows
            }
        }
    }

    /// Drops an Iceberg table from the catalog.
    public func dropLakeTable(_ target: String) {
        withState { $0.shelf.tables[target] = nil }
    }

    /// Sets `main` back by one snapshot, if its parent is still there.
    public func rollBack(_ target: String) {
        withState { _ = $0.shelf.rollBack(target) }
    }

    /// Writes all live files anew as one.
    public func compact(_ target: String) {
        withState { $0.shelf.compact(target) }
    }

    /// Forgets all snapshots but the heads of branches.
    public func expireSnapshots(of target: String) {
        withState { $0.shelf.expire(target) }
    }
}

/// All that the ledger's database held at one moment.
public struct LedgerBackup: Sendable {
    let books: LedgerBooks
}

extension SimulatedWorld {
    public func ledgerBackup() -> LedgerBackup {
        LedgerBackup(books: withState { $0.books })
    }

    /// Somebody writes another position into a watermark's row.
    public func editPosition(of table: String, to position: CursorValue?) {
        withState { $0.books.entries[table]?.position = position }
    }

    /// Restores the ledger alone; the lake stays as it is.
    public func restoreLedger(_ backup: LedgerBackup) {
        withState { $0.books = backup.books }
    }
}
