// One seed's life: a storm in which anything may fail, then healing, then proof that nothing was lost or doubled.
import OffloadCore
import OffloadDaemon
import Prometheus
import Synchronization

/// The real scheduler, planner, committer and recovery in a simulated world, and a checker beside them.
///
///     storm (slots) -> healing: nothing fails any more, operators mend -> ten slots -> checks
public final class Trial: Sendable {
    public struct Configuration: Sendable {
        /// Slots of 15 minutes in the storm (default 350).
        public var slotCount = 350
        /// Is given every event as a line; nil: nobody reads along.
        public var echo: (@Sendable (String) -> Void)?

        public init() {}
    }

    struct State: Sendable {
        var lots: SimulatedLots
        var slot = 0
        var harvests: [Harvest]
        var weather: Weather
        /// The scheduler's processes, by host, as far as they live.
        var schedulers: [String: TrialProcess] = [:]
        /// The slot in which a host begins again.
        var restarts: [String: Int] = [:]
        var processes: [TrialProcess] = []
        var processCount = 0
        /// By table; none is later than the next slot.
        var lateRows: [Int: Task<Void, any Error>] = [:]
        var incidents: [String: Incident] = [:]
        var backup: LedgerBooks?
        var deedCounts: [Deed: Int] = [:]
        var failureCounts: [OffloadError.Code: Int] = [:]
        var cycleCount = 0
    }

    public let seed: UInt64
    private let configuration: Configuration
    let plan: TrialPlan
    let world: SimulatedWorld
    let chronicle: Chronicle
    let census: Census
    /// Of all processes together, as if one scrape had added them up.
    let metrics: OffloadMetrics
    let state: Mutex<State>

    public init(seed: UInt64, configuration: Configuration = Configuration()) throws {
        self.seed = seed
        self.configuration = configuration
        let plan = TrialPlan(seed: seed)
        self.plan = plan
        world = SimulatedWorld(seed: seed)
        chronicle = Chronicle(clock: world.clock, echo: configuration.echo)
        census = Census(plan.tables.map(\.definition), world: world, chronicle: chronicle)
        metrics = try OffloadMetrics(
            Registry(now: { 0 }), build: .init(version: "0", commit: "0"), startedAt: 0)
        state = Mutex(
            State(
                lots: SimulatedLots(seed: seed ^ 0xDEED),
                harvests: plan.tables.indices.map {
                    Harvest(plan.tables[$0], seed: seed ^ UInt64($0 + 1) << 32)
                },
                weather: Weather(seed: seed)))
        for table in plan.tables {
            let isTime = table.cursor.kind != .integer
            world[table.definition.source] = SimulatedTable(
                cursor: table.cursor, finest: isTime ? Harvest.finestDigits : nil)
        }
    }

    public func run() async -> TrialVerdict {
        do {
            try await world.run(within: .seconds(86_400 * 366)) { [self] in
                try await storm()
                if census.isClean { try await recover() }
                await stopAll()
                if census.isClean { try await checkAtTheEnd() }
            }
        } catch {
            census.violated("the trial came to no end: \(error)")
        }
        // Processes and trial know each other.
        state.withLock { ($0.processes, $0.schedulers, $0.lateRows) = ([], [:], [:]) }
        return verdict
    }

    // MARK: Phases

    private func storm() async throws {
        for _ in 0..<configuration.slotCount where census.isClean {
            try await pass(deedChance: plan.deedChance)
        }
    }

    /// The pauses of the storm end, leases lapse, a scheduler takes over, and two cycles later nothing is behind.
    private func recover() async throws {
        chronicle.note("calm")
        state.withLock { $0.weather.calm() }
        heal(everything: true)
        for process in state.withLock({ $0.processes }) { process.heal() }
        state.withLock { $0.restarts = [:] }
        for _ in 0..<10 { try await pass(deedChance: 0) }
        let settle = plan.tables.map(\.definition.settle).max() ?? .zero
        census.checkHealed(by: world.clock.now.offset - TrialPlan.interval * 2 - settle)
    }

    private func stopAll() async {
        let (processes, rows) = state.withLock { ($0.processes, $0.lateRows.values) }
        for process in processes { process.stop() }
        for process in processes { await process.finished() }
        for task in rows { _ = await task.result }
    }

    /// One more turn at every table, with nothing to disturb it.
    private func checkAtTheEnd() async throws {
        try await world.clock.sleep(for: SimulatedWorld.leaseLife)
        let last = TrialProcess("last:1", in: self)
        let report = await last.cycle(
            plan.tables.map(\.definition), timeout: nil, reconcilesAlways: true, observer: { _, _ in },
            finished: { _ in })
        for error in report.failures { census.violated("the last turn failed: \(error.debugDescription)") }
        census.checkThoroughly()
        let faultCount = state.withLock { $0.weather.faultCount }
        let killCount = state.withLock { $0.deedCounts[.restoreLedger, default: 0] }
        census.checkReports(lostCountMax: faultCount + killCount * plan.processCount)
        census.checkTidy()
    }

    /// One slot: rows arrive, processes begin again, operators mend what is due, others act.
    private func pass(deedChance: Double) async throws {
        let (slot, moment) = state.withLock { state in
            state.slot += 1
            // Many moments lie shortly before a cycle: what is late then is seen after it.
            let earliest: Int64 = Bool.random(using: &state.lots) ? 0 : 800_000
            return (state.slot, Int64.random(in: earliest..<900_000, using: &state.lots))
        }
        let instant = TrialPlan.interval * (slot - 1) + .milliseconds(moment)
        try await world.clock.sleep(until: .init(offset: instant), tolerance: nil)
        heal()
        startSchedulers()
        for number in plan.tables.indices { harvest(number) }
        if state.withLock({ Double.random(in: 0..<1, using: &$0.lots) < deedChance }) { act() }
        for table in plan.tables { check(table.definition.source) }
        if slot % 128 == 0 { census.checkThoroughly() }
    }

    // MARK: What happens in a slot

    private func startSchedulers() {
        for number in 0..<plan.processCount {
            let host = "host\(number)"
            let isDue = state.withLock { state -> Bool in
                if let process = state.schedulers[host] {
                    guard process.isOver else { return false }
                    state.schedulers[host] = nil
                    state.restarts[host] = state.slot + Int.random(in: 0...2, using: &state.lots)
                }
                return state.slot >= state.restarts[host, default: 0]
            }
            guard isDue else { continue }
            launch(on: host) { process in
                process.runScheduler()
                state.withLock { $0.schedulers[host] = process }
            }
        }
    }

    func launch(on host: String = "host0", _ begin: (TrialProcess) -> Void) {
        let process = state.withLock { state in
            state.processCount += 1
            let process = TrialProcess("\(host):\(state.processCount)", in: self)
            state.processes.removeAll { $0.isOver }
            state.processes.append(process)
            return process
        }
        chronicle.note("\(process.name) begins")
        begin(process)
    }

    private func harvest(_ number: Int) {
        let table = plan.tables[number].definition.source
        guard let cursor = world[table]?.cursor else { return }
        let crops = state.withLock {
            $0.harvests[number].reap(atMicroseconds: world.microseconds, cursor: cursor)
        }
        for crop in crops where !crop.rows.isEmpty {
            guard crop.delay > .zero else {
                show(crop.rows, in: table)
                continue
            }
            let task = world.task { [self] in
                try await world.clock.sleep(for: crop.delay)
                show(crop.rows, in: table)
            }
            state.withLock { $0.lateRows[number] = task }
        }
    }

    private func show(_ rows: [SimulatedRow], in table: String) {
        chronicle.note("\(rows.count) rows in \(table)")
        world.insert(rows, into: table)
        census.seen(rows, in: table)
    }

    func check(_ table: String) {
        census.check(table)
    }

    // MARK: What runs tell

    func fault(at call: DoorCall) -> Weather.Fault? {
        state.withLock { $0.weather.fault(at: call) }
    }

    func countCycle() {
        state.withLock { $0.cycleCount += 1 }
    }

    func observe(_ table: String, _ event: RunEvent) {
        if case .committed(_, let receipt, _, _) = event { census.reported(receipt.batch, of: table) }
    }

    func observe(_ report: TableReport) {
        guard let error = report.error, !(error.underlying is TrialProcess.Dead) else { return }
        state.withLock { $0.failureCounts[error.code, default: 0] += 1 }
        if !isExplained(error.code) {
            census.violated("nothing explains this failure: \(error.debugDescription)")
        }
    }

    /// Whether a failure is what somebody did, and no false alarm.
    private func isExplained(_ code: OffloadError.Code) -> Bool {
        switch code {
        case .sourceUnavailable, .lakeUnavailable, .ledgerUnavailable, .countMismatch, .leaseLost,
            .commitConflict, .commitUnknown, .timedOut, .cancelled:
            true
        case .lakeTableRolledBack: plan.deeds.contains(.rollBack)
        case .ledgerDisagrees: plan.deeds.contains(.restoreLedger)
        case .schemaMismatch: plan.deeds.contains(.addColumn)
        case .sourceRefused: plan.deeds.contains(.refineCursor)
        case .clockBehind: state.withLock { $0.weather.isOn(.clockJump) }
        default: false
        }
    }

    private var verdict: TrialVerdict {
        state.withLock { state in
            TrialVerdict(
                seed: seed, cycleCount: state.cycleCount, digest: chronicle.digest,
                violations: census.violations, lastEvents: census.isClean ? [] : chronicle.lastLines,
                commitCount: census.state.withLock { $0.tables.values.reduce(0) { $0 + $1.accepted.count } },
                zombieFileCount: census.state.withLock { $0.zombieFileCount },
                faultCounts: Dictionary(
                    uniqueKeysWithValues: Weather.Kind.allCases.map {
                        ("\($0)", state.weather.counts[$0.rawValue])
                    } + [("shortCopy", state.weather.shortCopyCount)]),
                deedCounts: Dictionary(
                    uniqueKeysWithValues: state.deedCounts.map { ($0.rawValue, $1) }),
                failureCounts: Dictionary(
                    uniqueKeysWithValues: state.failureCounts.map { ($0.rawValue, $1) }))
        }
    }
}

/// How a trial went.
public struct TrialVerdict: Sendable {
    public let seed: UInt64
    public let cycleCount: Int
    /// The same for every run of the seed.
    public let digest: UInt64
    /// Empty: all is well.
    public let violations: [String]
    public let lastEvents: [String]
    public let commitCount: Int
    /// Files that a zombie wrote after they had been swept.
    public let zombieFileCount: Int
    public let faultCounts: [String: Int]
    public let deedCounts: [String: Int]
    /// Failed turns by the code of their error.
    public let failureCounts: [String: Int]
}
