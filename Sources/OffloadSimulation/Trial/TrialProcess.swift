// One process of a trial: it runs the real scheduler, and may be paused, crash, and have a clock of its own.
import Logging
import OffloadCore
import OffloadDaemon
import Synchronization

final class TrialProcess: Sendable {
    /// What every call of a dead process meets; nothing it does reaches the world any more.
    struct Dead: Error {}

    private struct State {
        var isDead = false
        var isOver = false
        var pausedUntil = Duration.zero
        var clockOffset: Int64 = 0
        /// Until when PostgreSQL does not answer it.
        var ledgerBackAt = Duration.zero
        var task: Task<Void, any Error>?
    }

    /// `host:pid`, as in the lease's row.
    let name: String
    private let trial: Trial
    private let state = Mutex(State())

    init(_ name: String, in trial: Trial) {
        self.name = name
        self.trial = trial
    }

    var isDead: Bool { state.withLock { $0.isDead } }
    /// Whether nothing of it runs any more.
    var isOver: Bool { state.withLock { $0.isOver } }
    /// The wall clock of this process, microseconds since 1970.
    var now: Int64 { trial.world.microseconds + state.withLock { $0.clockOffset } }

    private var doors: Doors {
        var doors = trial.world.doors(of: name, now: { self.now }, within: { try await self.meet($0) })
        doors = Doors(
            source: doors.source, lake: doors.lake,
            ledger: WatchedLedger(inner: doors.ledger, census: trial.census), clock: doors.clock,
            executor: doors.executor, freshBatch: doors.freshBatch, now: doors.now)
        return doors.witnessed { try await self.meet($0) }
    }

    // MARK: What it runs

    /// Runs the scheduler until the process dies or is told to stop.
    func runScheduler() {
        let plan = trial.plan
        let quiet = Logger(label: "") { _ in SwiftLogNoOpLogHandler() }
        let orders = StandingOrders(orders())
        let onlookers = Onlookers(
            log: RunLog(quiet), metrics: trial.metrics, board: StatusBoard(), pulse: Pulse(),
            notifier: SystemdNotifier(environment: [:]))
        onlookers.metrics.configure(orders.current)
        var configuration = Scheduler.Configuration()
        configuration.tick = plan.tick
        configuration.standbyPoll = plan.tick
        configuration.leaseRenewal = plan.leaseLife / 4
        let scheduler = Scheduler(
            orders, lease: GatedSchedulerLease(process: self, world: trial.world, life: plan.leaseLife),
            observatory: GatedObservatory(process: self, world: trial.world), onlookers: onlookers,
            configuration: configuration, clock: trial.world.clock, executor: trial.world.executor,
            now: { self.now })
        run { await scheduler.run() }
    }

    /// Runs one table once, for as long as that takes, as an operator does by hand.
    func runCatchUp(_ definition: TableDefinition) {
        run {
            _ = await self.cycle([definition], timeout: nil) { _, _ in
            } finished: { _ in
            }
        }
    }

    private func run(_ body: @escaping @Sendable () async -> Void) {
        let task = trial.world.task {
            await body()
            self.state.withLock { $0.isOver = true }
        }
        state.withLock { $0.task = task }
    }

    private func orders() -> Orders {
        let definitions = trial.plan.tables.map(\.definition)
        let isFirst = Mutex(true)
        return Orders(
            interval: TrialPlan.interval, tableTimeout: .seconds(600), stopTimeout: .seconds(90),
            definitions: definitions
        ) { observer, finished in
            let reconcilesAlways = isFirst.withLock { first in
                defer { first = false }
                return first
            }
            return await self.cycle(
                definitions, timeout: .seconds(600), reconcilesAlways: reconcilesAlways, observer: observer,
                finished: finished)
        }
    }

    func cycle(
        _ definitions: [TableDefinition], timeout: Duration?, reconcilesAlways: Bool = false,
        observer: @escaping RunObserver, finished: @escaping @Sendable (TableReport) -> Void
    ) async -> CycleReport {
        var settings = Cycle.Configuration()
        settings.run.timeout = timeout
        settings.run.reconcilesAlways = reconcilesAlways
        let report = await Cycle(definitions, doors: doors, configuration: settings) { [trial] table, event in
            trial.observe(table, event)
            observer(table, event)
        }.run { [trial] report in
            trial.observe(report)
            finished(report)
        }
        trial.countCycle()
        return report
    }

    // MARK: What may happen to it

    func meet(_ call: DoorCall) async throws {
        if isHindered { try await awake() }
        trial.chronicle.note(call, of: name)
        try checkOutage(call)
        guard let fault = trial.fault(at: call) else { return }
        switch fault {
        case .error(let error, let outage):
            trial.chronicle.note("\(name) \(error.code)")
            let end = trial.world.clock.now.offset + outage
            if outage > .zero { state.withLock { $0.ledgerBackAt = end } }
            throw error
        case .delay(let duration):
            trial.chronicle.note("\(name) is delayed by \(duration)")
            try await trial.world.clock.sleep(for: duration)
            try await awake()
        case .pause(let duration):
            trial.chronicle.note("\(name) stands still for \(duration)")
            let end = trial.world.clock.now.offset + duration
            state.withLock { $0.pausedUntil = end }
            try await awake()
        case .crash:
            die()
            throw Dead()
        case .restart:
            trial.chronicle.note("\(name) is told to stop")
            stop()
        case .clockJump(let offset):
            trial.chronicle.note("\(name) has its clock set by \(offset)")
            state.withLock { $0.clockOffset = offset }
        case .shortCopy(let count):
            trial.chronicle.note("\(name) is sent \(count) rows too few")
            trial.world.withholdFromNextCopy(count)
        case .deed:
            trial.act()
            try await awake()
        }
    }

    /// An outage of the ledger fails call after call, so that the question after a lost answer fails as well.
    private func checkOutage(_ call: DoorCall) throws {
        let end = state.withLock { $0.ledgerBackAt }
        guard end > .zero, trial.world.clock.now.offset < end, call.name.isOfLedger else { return }
        throw OffloadError(.ledgerUnavailable, "the ledger is out", isRetryable: true)
    }

    private var isHindered: Bool {
        state.withLock { $0.isDead || $0.pausedUntil > .zero }
    }

    /// Waits while the process stands still.
    ///
    /// - Throws: `Dead` for ever after its death.
    func awake() async throws {
        while true {
            let (isDead, end) = state.withLock { ($0.isDead, $0.pausedUntil) }
            if isDead { throw Dead() }
            guard trial.world.clock.now.offset < end else { return }
            try await trial.world.clock.sleep(until: .init(offset: end), tolerance: nil)
        }
    }

    func die() {
        guard !isDead else { return }
        trial.chronicle.note("\(name) dies")
        trial.world.bury(name)
        state.withLock { $0.isDead = true }
        stop()
    }

    func stop() {
        state.withLock { $0.task }?.cancel()
    }

    /// Its clock is right again, and its ledger there.
    func heal() {
        state.withLock { ($0.clockOffset, $0.ledgerBackAt) = (0, .zero) }
    }

    func finished() async {
        _ = await state.withLock { $0.task }?.result
    }
}
