// One turn at one table: lease, sweep, reconcile, plan, then window after window through the corridor.

/// Moves one table's new rows, as far as they have settled.
///
///     begin -> sweep strays -> survey -> [nothing new] -> end(success)
///                                     -> reconcile -> plan -> (stage -> verify -> commit)* -> end(success)
///     any failure -> end(failure); every window committed before it stays committed
public struct TableRun: Sendable {
    public struct Configuration: Sendable {
        /// How often the lease is prolonged (default 15 s, a quarter of its life).
        public var leaseRenewal: Duration = .seconds(15)
        /// How long a turn may last; nil: as long as there is work, which is what a catch-up wants.
        public var timeout: Duration?
        /// Tries per window, of which all but the first follow a failure that may pass by itself.
        public var attemptCountMax = 3
        /// Do not go beyond this cursor, written as the cursor's text; nil: as far as rows have settled.
        public var until: String?
        /// Compare watermark, ledger and table even when there is nothing to move.
        public var reconcilesAlways = false

        public init() {}
    }

    private let configuration: Configuration
    private let doors: Doors
    private let definition: TableDefinition
    private let described: Result<SourceTable, OffloadError>
    private let sourceNow: @Sendable () -> Int64
    private let observer: RunObserver

    /// - Parameters:
    ///   - described: what the source says of the table, or why it cannot be offloaded.
    ///   - sourceNow: the source's clock, microseconds since 1970, never ahead of what it would say.
    public init(
        _ definition: TableDefinition, described: Result<SourceTable, OffloadError>,
        sourceNow: @escaping @Sendable () -> Int64, doors: Doors, configuration: Configuration,
        observer: @escaping RunObserver
    ) {
        self.definition = definition
        self.described = described
        self.sourceNow = sourceNow
        self.doors = doors
        self.configuration = configuration
        self.observer = observer
    }

    /// Never throws: what went wrong is part of the report, and of the table's watermark row.
    public func run() async -> TableReport {
        let start = ContinuousClock.now
        let progress = TurnProgress()
        func report(_ result: TableReport.Result) -> TableReport {
            TableReport(
                table: definition.source, layer: definition.layer, result: result,
                tally: progress.tally,
                duration: ContinuousClock.now - start)
        }
        let turn: Turn
        do {
            switch try await doors.ledger.begin(definition) {
            case .granted(let granted): turn = granted
            case .busy(let holder): return report(.busy(holder: holder))
            }
        } catch {
            return report(.failed(.wrapping(error, table: definition.source)))
        }
        observer(definition.source, .started(definition))
        do {
            try await work(turn, progress)
            try await end(turn, report(.success))
            return report(.success)
        } catch {
            let failure = OffloadError.wrapping(error, table: definition.source)
            try? await end(turn, report(.failed(failure)))
            return report(.failed(failure))
        }
    }

    /// Moves rows while the lease is kept, within the time limit.
    private func work(_ turn: Turn, _ progress: TurnProgress) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await move(turn, progress) }
            group.addTask { try await keepLease(turn) }
            if let timeout = configuration.timeout {
                group.addTask {
                    try await doors.clock.sleep(for: timeout)
                    throw timedOut(turn, after: timeout, progress.setback)
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Ends by throwing when the lease is lost. An unreachable ledger is no reason to stop: it refuses the commit
    /// by itself if the lease has lapsed in the meantime.
    private func keepLease(_ turn: Turn) async throws {
        while true {
            try await doors.clock.sleep(for: configuration.leaseRenewal)
            switch try? await doors.ledger.renew(turn) {
            case true?: observer(turn.table, .heartbeat)
            case nil: continue
            case false?: throw leaseLost(turn)
            }
        }
    }

    private func leaseLost(_ turn: Turn) -> OffloadError {
        OffloadError(
            .leaseLost, "the lease is lost to another process; nothing of the current window was committed",
            table: turn.table, isRetryable: true,
            hint: "if no other process should run, compare the clocks and the load of this host")
    }

    private func timedOut(_ turn: Turn, after timeout: Duration, _ setback: OffloadError?) -> OffloadError {
        let reason = setback.map { "; the last try failed: \($0.message)" } ?? ""
        return OffloadError(
            .timedOut,
            "not finished within \(timeout); the windows committed so far stay committed\(reason)",
            table: turn.table, underlying: setback, isRetryable: true,
            hint: setback?.hint
                ?? "`iceberg-offload catch-up --table \(turn.table)` works without a time limit")
    }

    private func move(_ turn: Turn, _ progress: TurnProgress) async throws {
        let table = try described.get()
        guard try await sweep(turn, table) else { return }
        if turn.watermark.isEdited {
            let lake = try await doors.lake.open(table, known: turn.watermark.lakeUUID)
            guard try await reconcile(turn, lake, table) == .consistent else { return }
        }
        let position = try Position.decide(turn.watermark, for: table)
        let begin = ContinuousClock.now
        let surveyor = Surveyor(
            doors: doors, table: table, turn: turn, microseconds: min(doors.now(), sourceNow()),
            until: configuration.until)
        let survey = try await surveyor.survey(after: position)
        if survey.rowCount == 0 && !configuration.reconcilesAlways { return }
        let lake = try await doors.lake.open(table, known: turn.watermark.lakeUUID)
        guard try await reconcile(turn, lake, table) == .consistent else { return }
        let windows = try await Planner(source: doors.source, table: table)
            .windows(after: position, survey: survey, for: lake)
        observer(
            table.name,
            .planned(
                windowCount: windows.count, rowCount: survey.rowCount, duration: ContinuousClock.now - begin))
        let corridor = Corridor(
            doors: doors, table: table, lake: lake, turn: turn,
            attemptCountMax: configuration.attemptCountMax, progress: progress, observer: observer)
        for window in windows { try await corridor.take(window) }
    }

    /// Removes what crashed turns left behind. Their tokens are older than ours, so nothing of it can be committed any
    /// more. Whether some of it was, and a ledger from a backup has forgotten it, the Iceberg table knows: it is asked
    /// first. False: the watermark had to be mended, so this turn is over.
    private func sweep(_ turn: Turn, _ table: SourceTable) async throws -> Bool {
        guard !turn.strays.isEmpty else { return true }
        let lake = try await doors.lake.open(table, known: turn.watermark.lakeUUID)
        guard try await reconcile(turn, lake, table) == .consistent else { return false }
        for stray in turn.strays {
            try await doors.lake.remove(stray)
            try await doors.ledger.strikeOff(stray.id, in: turn)
        }
        observer(turn.table, .sweptStrays(count: turn.strays.count))
        return true
    }

    private func reconcile(_ turn: Turn, _ lake: LakeTable, _ table: SourceTable) async throws
        -> Reconciliation
    {
        let decision = Reconciliation.decide(turn.watermark, lake)
        switch decision {
        case .consistent: break
        case .repair(let position, let cursor, let batch, let reason):
            // The plan was made from the wrong position; the next turn plans from the mended one.
            try await doors.ledger.repair(
                to: position, batch: batch, cursor: cursor ?? table.cursor, reason: reason, in: turn)
            observer(table.name, .repaired(reason: reason))
        case .stop(let code, let reason, let hint):
            // A turn that has overslept compares the watermark of then with the table of now.
            guard try await doors.ledger.renew(turn) else { throw leaseLost(turn) }
            throw OffloadError(code, reason, table: table.name, hint: hint)
        }
        return decision
    }

    /// Gives the lease back, also when the turn was cancelled.
    private func end(_ turn: Turn, _ report: TableReport) async throws {
        try await doors.sheltered { try await doors.ledger.end(turn, report.turnResult) }
    }
}
