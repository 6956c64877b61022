// One cycle: every configured table gets a turn, several at a time, none in the way of another.

/// Runs all tables once.
public struct Cycle: Sendable {
    public struct Configuration: Sendable {
        /// Tables at work at the same time (default 4).
        public var parallelTableCount = 4
        public var run = TableRun.Configuration()

        public init() {}
    }

    private let configuration: Configuration
    private let doors: Doors
    private let definitions: [TableDefinition]
    private let observer: RunObserver

    public init(
        _ definitions: [TableDefinition], doors: Doors, configuration: Configuration,
        observer: @escaping RunObserver
    ) {
        self.definitions = definitions
        self.doors = doors
        self.configuration = configuration
        self.observer = observer
    }

    /// Never throws: a source that is down is a failure of each of its tables. After a cancellation the tables at
    /// work give up their current window, and the others get no turn.
    ///
    /// - Parameter finished: called as each table finishes.
    public func run(finished: @Sendable (TableReport) -> Void = { _ in }) async -> CycleReport {
        let startedAt = doors.now()
        let start = ContinuousClock.now
        let description: Result<SourceDescription, any Error>
        do {
            description = .success(try await doors.source.describe(definitions))
        } catch {
            description = .failure(error)
        }
        let sourceNow = sourceClock(description)
        var reports: [TableReport] = []
        await withTaskGroup(of: TableReport.self) { group in
            var waiting = definitions.makeIterator()
            func admit() {
                guard !Task.isCancelled, let next = waiting.next() else { return }
                let run = run(of: next, in: description, sourceNow)
                group.addTask { await run.run() }
            }
            for _ in 0..<max(1, configuration.parallelTableCount) { admit() }
            for await report in group {
                finished(report)
                reports.append(report)
                admit()
            }
        }
        return CycleReport(
            startedAtMicroseconds: startedAt, duration: ContinuousClock.now - start,
            tables: reports.sorted { $0.table < $1.table },
            skippedTableCount: definitions.count - reports.count)
    }

    private func run(
        of definition: TableDefinition, in description: Result<SourceDescription, any Error>,
        _ sourceNow: @escaping @Sendable () -> Int64
    ) -> TableRun {
        let described: Result<SourceTable, OffloadError>
        switch description {
        case .failure(let error): described = .failure(.wrapping(error, table: definition.source))
        case .success(let all):
            described =
                all.tables[definition.source]
                ?? .failure(
                    OffloadError(.internalFault, "the source did not describe it", table: definition.source))
        }
        return TableRun(
            definition, described: described, sourceNow: sourceNow, doors: doors,
            configuration: configuration.run, observer: observer)
    }

    /// The source's clock as it was described, gone on since by our measure of time: a turn may begin so much later
    /// that another process has meanwhile moved rows which are newer than the description.
    private func sourceClock(_ description: Result<SourceDescription, any Error>) -> @Sendable () -> Int64 {
        guard case .success(let source) = description else { return doors.now }
        let elapsed = Self.stopwatch(doors.clock)
        return { source.microseconds + elapsed().microseconds }
    }

    private static func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}

/// How a cycle went.
public struct CycleReport: Sendable {
    public enum Status: String, Sendable, CaseIterable {
        /// No table failed.
        case success
        /// Some tables failed, some did not.
        case partial
        case failed
    }

    public let startedAtMicroseconds: Int64
    public let duration: Duration
    public let tables: [TableReport]
    /// Tables that got no turn because the cycle was stopped.
    public let skippedTableCount: Int

    public var failures: [OffloadError] { tables.compactMap(\.error) }
    public var rowCount: Int64 { tables.reduce(0) { $0 + $1.tally.rowCount } }

    public var status: Status {
        if failures.isEmpty { return .success }
        return failures.count == tables.count ? .failed : .partial
    }
}
