// The doors of one process, and its clocks.

/// Everything a run reaches the world through.
public struct Doors: Sendable {
    public let source: any Source
    public let lake: any Lake
    public let ledger: any Ledger
    /// Measures pauses and time limits.
    public let clock: any Clock<Duration>
    /// The wall clock, microseconds since 1970.
    public let now: @Sendable () -> Int64
    /// Where work runs that a cancelled turn still has to do; nil: where the system likes.
    public let executor: (any TaskExecutor)?
    /// Names the next batch.
    public let freshBatch: @Sendable () -> BatchID

    public init(
        source: any Source, lake: any Lake, ledger: any Ledger,
        clock: any Clock<Duration> = ContinuousClock(), executor: (any TaskExecutor)? = nil,
        freshBatch: @escaping @Sendable () -> BatchID = BatchID.fresh, now: @escaping @Sendable () -> Int64
    ) {
        self.source = source
        self.lake = lake
        self.ledger = ledger
        self.clock = clock
        self.executor = executor
        self.freshBatch = freshBatch
        self.now = now
    }

    /// Runs `body` to its end, in a task of its own: a turn that is being stopped also has to clean up, to know what
    /// it committed and to give its lease back.
    func sheltered<Output: Sendable>(
        _ body: @escaping @Sendable () async throws -> Output
    ) async throws -> Output {
        try await Task(executorPreference: executor) { try await body() }.value
    }
}
