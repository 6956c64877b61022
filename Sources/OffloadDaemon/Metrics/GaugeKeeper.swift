// Keeps gauges and status page fresh between cycles, also in a process that only stands by.
import OffloadCore
import ServiceLifecycle

/// Asks the observatory again and again. Whatever fails is counted; the next round comes.
public struct GaugeKeeper: Service {
    private let orders: StandingOrders
    private let observatory: any Observatory
    private let onlookers: Onlookers
    private let refresh: Duration
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - refresh: the pause between two rounds, or a quarter of the interval where that is shorter. Each costs one
    ///     count per table in ClickHouse, of the rows behind the watermark.
    ///   - now: the wall clock, microseconds since 1970.
    public init(
        _ orders: StandingOrders, observatory: any Observatory, onlookers: Onlookers,
        refresh: Duration = .seconds(30), clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Int64
    ) {
        self.orders = orders
        self.observatory = observatory
        self.onlookers = onlookers
        self.refresh = refresh
        self.clock = clock
        self.now = now
    }

    /// Returns after a graceful shutdown or a cancellation.
    public func run() async {
        try? await cancelWhenGracefulShutdown {
            while true {
                await look()
                try await clock.sleep(for: min(refresh, orders.current.interval / 4))
            }
        }
    }

    private func look() async {
        onlookers.metrics.update(freeSpace: try? await observatory.freeSpace())
        do {
            let tables = try await observatory.tables(orders.current.definitions)
            let cycles = try await observatory.cycles(newest: StatusBoard.cycleCount)
            let now = now()
            onlookers.metrics.update(tables, cycles: cycles, now: now)
            onlookers.board.post(tables: tables, cycles: cycles, at: now)
        } catch {
            if Task.isCancelled { return }
            onlookers.metrics.refreshFailed()
            if onlookers.board.post(failure: String(describing: error)) { onlookers.log.refreshFailed(error) }
        }
    }
}
