// Who runs cycles, and when: at once, then at every slot, as long as this process holds the lease.
import OffloadCore
import ServiceLifecycle

/// Runs one cycle after the other, never two at a time, in one process of all that share a ledger.
///
///     standing by --lease granted--> leading: cycle, wait for the next slot, cycle, ...
///          ^                            |
///          +--------lease lost----------+   the running cycle is cancelled
///
///     stop: no new cycle; a running one is given the stop timeout, then cancelled; the lease is given back
public struct Scheduler: Service {
    public struct Configuration: Sendable {
        /// How often the lease is prolonged (default 15 s, a quarter of its life).
        public var leaseRenewal: Duration = .seconds(15)
        /// How often a process that stands by asks for the lease.
        public var standbyPoll: Duration = .seconds(5)
        /// How often the wait for a slot looks at the clock, which may be set, and at the orders.
        public var tick: Duration = .seconds(5)

        public init() {}
    }

    private let configuration: Configuration
    private let orders: StandingOrders
    private let lease: any SchedulerLease
    private let observatory: any Observatory
    private let onlookers: Onlookers
    private let clock: any Clock<Duration>
    private let executor: (any TaskExecutor)?
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - clock: measures pauses.
    ///   - executor: where a cancelled scheduler still gives its lease back; nil: where the system likes.
    ///   - now: the wall clock, microseconds since 1970.
    public init(
        _ orders: StandingOrders, lease: any SchedulerLease, observatory: any Observatory,
        onlookers: Onlookers,
        configuration: Configuration = Configuration(), clock: any Clock<Duration> = ContinuousClock(),
        executor: (any TaskExecutor)? = nil, now: @escaping @Sendable () -> Int64
    ) {
        self.configuration = configuration
        self.orders = orders
        self.lease = lease
        self.observatory = observatory
        self.onlookers = onlookers
        self.clock = clock
        self.executor = executor
        self.now = now
    }

    /// Returns after a graceful shutdown or a cancellation; never throws.
    public func run() async {
        onlookers.started(orders.current)
        await withGracefulShutdownHandler {
            while let token = await standBy() { await lead(token) }
        } onGracefulShutdown: {
            onlookers.stopping(orders.current)
        }
        onlookers.log.schedulerStopped()
    }

    private var isStopping: Bool { Task.isShuttingDownGracefully || Task.isCancelled }

    /// The token of the lease; nil: it is time to stop.
    private func standBy() async -> Int64? {
        while !isStopping {
            onlookers.pulse.beat(goodFor: configuration.standbyPoll + Self.patience)
            do {
                switch try await lease.take() {
                case .granted(let token): return token
                case .held(let holder): onlookers.entered(.standby(holder: holder))
                }
            } catch {
                onlookers.entered(.blocked(reason: String(describing: error)))
            }
            await pause(configuration.standbyPoll)
        }
        return nil
    }

    private func lead(_ token: Int64) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await keepLease(token) }
            group.addTask { await runCycles() }
            await group.next()
            group.cancelAll()
        }
        // A task of its own: a cancelled scheduler gives its lease back too. If that fails, the lease lapses.
        await Task(executorPreference: executor) { [lease] in try? await lease.release(token: token) }.value
    }

    /// Returns when the lease is lost: another process has it, or so many renewals got no answer that one may have.
    private func keepLease(_ token: Int64) async {
        var unansweredCount = 0
        while unansweredCount < Self.unansweredCountMax {
            guard (try? await clock.sleep(for: configuration.leaseRenewal)) != nil else { return }
            do {
                guard try await lease.renew(token: token) else { break }
                unansweredCount = 0
            } catch {
                unansweredCount += 1
            }
        }
        if !Task.isCancelled { onlookers.leaseLost() }
    }

    /// Three of four renewals, so that a silent holder stops before its lease can lapse.
    private static let unansweredCountMax = 3
    /// How long a wait may be late before it counts as stuck.
    private static let patience = Duration.seconds(30)

    private func runCycles() async {
        var lastStart: Int64?
        while !isStopping {
            let start = now()
            let orders = orders.current
            if let lastStart {
                onlookers.skippedSlots(
                    SlotClock(interval: orders.interval).missedCount(from: lastStart, to: start))
            }
            lastStart = start
            await runCycle(orders, at: start)
            await waitForSlot()
        }
    }

    /// Returns at the next slot, or when it is time to stop. Clock and interval may change while it waits.
    private func waitForSlot() async {
        var anchor = now()
        while !isStopping {
            let slots = SlotClock(interval: orders.current.interval)
            let now = now()
            anchor = min(anchor, now)
            guard !slots.isDue(at: now, after: anchor) else { return }
            let next = slots.next(after: now)
            onlookers.entered(.waiting(until: next))
            onlookers.pulse.beat(goodFor: configuration.tick + Self.patience)
            await pause(min(configuration.tick, .microseconds(next - now)))
        }
    }

    private func runCycle(_ orders: Orders, at start: Int64) async {
        onlookers.cycleStarted(orders, at: start)
        let report = await withTaskGroup(of: CycleReport?.self) { group in
            group.addTask {
                await orders.runCycle(onlookers.observer(orders)) { onlookers.finished($0) }
            }
            group.addTask {
                await stopWanted()
                try? await clock.sleep(for: orders.stopTimeout)
                return nil
            }
            var report: CycleReport?
            for await result in group {
                group.cancelAll()
                report = result ?? report
            }
            return report
        }
        guard let report else { return }
        onlookers.cycleFinished(report)
        await record(report)
    }

    /// A cycle is recorded even when it was cancelled; that it was not recorded costs a line in the log.
    private func record(_ report: CycleReport) async {
        await Task(executorPreference: executor) { [observatory, onlookers] in
            do {
                try await observatory.record(report)
                // Known at once, not only when the gauges are read the next time.
                onlookers.board.post(cycles: try await observatory.cycles(newest: StatusBoard.cycleCount))
            } catch {
                onlookers.log.recordFailed(error)
            }
        }.value
    }

    /// Sleeps, but no longer than until it is time to stop.
    ///
    /// ServiceLifecycle's own waits start tasks that no executor of ours ever sees.
    private func pause(_ duration: Duration) async {
        let sleep = Task(executorPreference: executor) { [clock] in try await clock.sleep(for: duration) }
        await withTaskCancellationOrGracefulShutdownHandler {
            _ = await sleep.result
        } onCancelOrGracefulShutdown: {
            sleep.cancel()
        }
    }

    /// Returns when a graceful shutdown begins, or the task is cancelled.
    private func stopWanted() async {
        let (signal, bell) = AsyncStream<Void>.makeStream()
        await withGracefulShutdownHandler {
            for await _ in signal {}
        } onGracefulShutdown: {
            bell.finish()
        }
    }
}
