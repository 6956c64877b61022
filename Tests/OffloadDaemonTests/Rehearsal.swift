// A scheduler and everybody it talks to, without a server and in virtual time.
import Logging
import Prometheus
import ServiceLifecycle
import Synchronization

@testable import OffloadCore
@testable import OffloadDaemon

/// What happened, each entry with the second it happened at.
final class Journal: Sendable {
    private let state = Mutex<[String]>([])
    let clock: VirtualClock

    init(_ clock: VirtualClock) {
        self.clock = clock
    }

    var entries: [String] { state.withLock { $0 } }

    func note(_ text: String) {
        state.withLock { $0.append("\(clock.seconds) \(text)") }
    }

    func entries(_ word: String) -> [String] { entries.filter { $0.contains(word) } }

    /// What cycles did, without the log's words about it.
    var cycles: [String] { entries("cycle ").filter { !$0.contains(" log ") } }
}

/// Grants and renews as it is told.
final class ScriptedLease: SchedulerLease {
    struct Outage: Error, CustomStringConvertible {
        let description = "connection refused"
    }

    private let journal: Journal
    /// Answers in this order, then `granted(7)`; nil: an outage.
    private let offers: Mutex<[SchedulerLeaseOffer?]>
    /// What to answer at a second; nil: an outage.
    private let renewal: @Sendable (Int64) -> Bool?

    init(
        _ journal: Journal, offers: [SchedulerLeaseOffer?] = [],
        renewal: @escaping @Sendable (Int64) -> Bool? = { _ in true }
    ) {
        self.journal = journal
        self.offers = Mutex(offers)
        self.renewal = renewal
    }

    func take() async throws -> SchedulerLeaseOffer {
        let offer = offers.withLock { $0.isEmpty ? .granted(token: 7) : $0.removeFirst() }
        guard let offer else { throw Outage() }
        return offer
    }

    func renew(token: Int64) async throws -> Bool {
        guard let isHeld = renewal(journal.clock.seconds) else { throw Outage() }
        return isHeld
    }

    func release(token: Int64) async throws {
        journal.note("release \(token)")
    }
}

/// Remembers cycles and tells of tables what it was given.
final class ScriptedObservatory: Observatory {
    struct Outage: Error, CustomStringConvertible {
        let description = "PostgreSQL is away"
    }

    struct State {
        var statuses: [TableStatus] = []
        var records: [CycleRecord] = []
        var recorded: [CycleReport.Status] = []
        var freeSpace: Int64?
        var isDown = false
    }

    let state = Mutex(State())

    func tables(_ definitions: [TableDefinition]) async throws -> [TableStatus] {
        try state.withLock { if $0.isDown { throw Outage() } else { $0.statuses } }
    }

    func cycles(newest count: Int) async throws -> [CycleRecord] {
        try state.withLock { if $0.isDown { throw Outage() } else { $0.records } }
    }

    func record(_ report: CycleReport) async throws {
        try state.withLock { if $0.isDown { throw Outage() } else { $0.recorded.append(report.status) } }
    }

    func freeSpace() async throws -> Int64? {
        state.withLock { $0.freeSpace }
    }
}

/// The stage: 12:07 on the first day of 2026, so the next quarter of an hour is 480 s away.
struct Rehearsal {
    let clock = VirtualClock(start: 1_767_269_220_000_000)
    let journal: Journal
    let observatory = ScriptedObservatory()
    let onlookers: Onlookers
    let orders: StandingOrders
    let group: ServiceGroup

    /// - Parameter cycleSeconds: how long the cycles take, one after the other; then none takes any time.
    init(
        interval: Duration = .seconds(900), cycleSeconds: [Int64] = [],
        lease: (Journal) -> ScriptedLease = { ScriptedLease($0) }
    ) throws {
        let clock = clock
        let journal = Journal(clock)
        self.journal = journal
        onlookers = try Self.onlookers(clock, journal)
        orders = StandingOrders(Self.orders(clock, journal, interval: interval, cycleSeconds: cycleSeconds))
        let scheduler = Scheduler(
            orders, lease: lease(journal), observatory: observatory, onlookers: onlookers, clock: clock,
            now: { clock.microseconds })
        group = ServiceGroup(
            services: [scheduler], logger: Logger(label: "") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Runs the scheduler while `script` moves the clock, then stops it and waits for its end.
    func play(_ script: (Rehearsal) async -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            await script(self)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    static func onlookers(_ clock: VirtualClock, _ journal: Journal) throws -> Onlookers {
        let origin = ContinuousClock.now
        let output = LogOutput { journal.note("log " + $0.dropFirst(25).dropLast()) }
        let handler = LineLogHandler(
            label: "offload", format: .text, level: .info, output: output, now: { clock.microseconds })
        return Onlookers(
            log: RunLog(Logger(label: "offload") { _ in handler }),
            metrics: try OffloadMetrics(
                Registry(now: { 0 }), build: .init(version: "1.0.0", commit: "abc"), startedAt: clock.start),
            board: StatusBoard(), pulse: Pulse { origin.advanced(by: clock.now.offset) },
            notifier: SystemdNotifier(environment: [:]))
    }

    static func orders(
        _ clock: VirtualClock, _ journal: Journal, interval: Duration, cycleSeconds: [Int64] = [],
        definitions: [TableDefinition] = [.init(source: "k2.trades", target: "cold.trades", cursor: "at")]
    ) -> Orders {
        let script = Journal(clock)
        return Orders(
            interval: interval, tableTimeout: .seconds(600), stopTimeout: .seconds(90),
            definitions: definitions
        ) { _, _ in
            let start = clock.microseconds
            let number = script.entries.count
            script.note("")
            journal.note("cycle begins")
            do {
                if number < cycleSeconds.count { try await clock.sleep(for: .seconds(cycleSeconds[number])) }
                journal.note("cycle ends")
            } catch {
                journal.note("cycle is cancelled")
            }
            return CycleReport(
                startedAtMicroseconds: start, duration: .microseconds(clock.microseconds - start), tables: [],
                skippedTableCount: 0)
        }
    }
}
