// Everybody who is told what the scheduler does: the log, the metrics, the status board, the watchdog, systemd.
import OffloadCore

/// Passes on what happens, so that the scheduler tells each thing once.
public struct Onlookers: Sendable {
    public let log: RunLog
    public let metrics: OffloadMetrics
    public let board: StatusBoard
    public let pulse: Pulse
    public let notifier: SystemdNotifier

    public init(
        log: RunLog, metrics: OffloadMetrics, board: StatusBoard, pulse: Pulse, notifier: SystemdNotifier
    ) {
        self.log = log
        self.metrics = metrics
        self.board = board
        self.pulse = pulse
        self.notifier = notifier
    }

    func started(_ orders: Orders) {
        log.schedulerStarted(interval: orders.interval, tableCount: orders.definitions.count)
    }

    /// Says what is new once, however often it is repeated.
    func entered(_ phase: Phase) {
        guard board.enter(phase) else { return }
        metrics.entered(phase)
        log.entered(phase)
        notifier.send(.status(phase.description))
    }

    func skippedSlots(_ count: Int) {
        guard count > 0 else { return }
        metrics.skippedSlots(count)
        log.skippedSlots(count)
    }

    func leaseLost() {
        metrics.leaseLost()
        log.leaseLost()
    }

    /// What a cycle of these orders reports while it runs. Each word of a table keeps the watchdog quiet for as long
    /// as a table may work without another one.
    func observer(_ orders: Orders) -> RunObserver {
        let patience = orders.tableTimeout + .seconds(60)
        return { table, event in
            pulse.beat(goodFor: patience)
            metrics.observe(table, event)
            log.observe(table, event)
        }
    }

    func finished(_ report: TableReport) {
        metrics.observe(report)
        log.observe(report)
    }

    func cycleStarted(_ orders: Orders, at instant: Int64) {
        entered(.running(since: instant))
        pulse.beat(goodFor: orders.tableTimeout + .seconds(60))
        log.cycleStarted(tableCount: orders.definitions.count)
    }

    func cycleFinished(_ report: CycleReport) {
        metrics.observe(report)
        log.observe(report)
    }

    /// The tables at work are given the orders' time, and as long as any table to give up and clean up.
    func stopping(_ orders: Orders) {
        notifier.send(.stopping(within: orders.stopTimeout + .seconds(30)))
        entered(.stopping)
    }
}
