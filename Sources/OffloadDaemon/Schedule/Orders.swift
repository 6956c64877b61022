// What the operator wants done: replaced as a whole by a reload, read afresh by every cycle.
import OffloadCore
import Synchronization

/// One reading of the configuration, as far as it concerns who runs when.
public struct Orders: Sendable {
    /// Runs one cycle with this configuration; `finished` is called as each table finishes.
    public typealias RunCycle =
        @Sendable (
            _ observer: @escaping RunObserver, _ finished: @escaping @Sendable (TableReport) -> Void
        ) async -> CycleReport

    /// From the start of one cycle to the start of the next.
    public let interval: Duration
    /// How long a table may work in one cycle.
    public let tableTimeout: Duration
    /// How long a stop waits for the running cycle before it is cancelled.
    public let stopTimeout: Duration
    public let definitions: [TableDefinition]
    public let runCycle: RunCycle

    public init(
        interval: Duration, tableTimeout: Duration, stopTimeout: Duration, definitions: [TableDefinition],
        runCycle: @escaping RunCycle
    ) {
        self.interval = interval
        self.tableTimeout = tableTimeout
        self.stopTimeout = stopTimeout
        self.definitions = definitions
        self.runCycle = runCycle
    }

    /// The limits of health that fit this schedule.
    public var health: Health.Configuration {
        Health.Configuration(interval: interval)
    }
}

/// The newest orders, for everybody who acts on them.
public final class StandingOrders: Sendable {
    private let state: Mutex<Orders>

    public init(_ orders: Orders) {
        state = Mutex(orders)
    }

    public var current: Orders { state.withLock { $0 } }

    /// Whoever is at work keeps the orders it began with.
    public func replace(with orders: Orders) {
        state.withLock { $0 = orders }
    }
}
