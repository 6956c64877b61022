// SIGHUP reads the configuration again; a bad file changes nothing.
import ServiceLifecycle
import UnixSignals

/// Replaces the standing orders whenever the process is asked to reload.
public struct Reloader: Service {
    private let orders: StandingOrders
    private let onlookers: Onlookers
    private let load: @Sendable () async throws -> Orders
    private let hangups: UnixSignalsSequence

    /// From here on SIGHUP does not end the process.
    ///
    /// - Parameter load: reads the configuration and makes everything a cycle needs; throws if it is not usable.
    public init(
        _ orders: StandingOrders, onlookers: Onlookers, load: @escaping @Sendable () async throws -> Orders
    ) async {
        self.orders = orders
        self.onlookers = onlookers
        self.load = load
        hangups = await UnixSignalsSequence(trapping: .sighup)
    }

    public func run() async {
        for await _ in hangups.cancelOnGracefulShutdown() {
            await reload()
        }
    }

    /// The next cycle is the first with the new orders; one that runs keeps the old.
    func reload() async {
        onlookers.notifier.send(.reloading)
        do {
            let fresh = try await load()
            orders.replace(with: fresh)
            onlookers.metrics.configure(fresh)
            onlookers.log.reloaded(interval: fresh.interval, tableCount: fresh.definitions.count)
        } catch {
            onlookers.log.reloadRefused(error)
        }
        onlookers.notifier.send(.ready)
    }
}
