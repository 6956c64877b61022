// The metrics of the scheduler and its cycles.
import OffloadCore
import Prometheus

/// Everything that has no table.
struct CycleMetrics {
    private let cycles: Counter
    private let skipped: Counter
    private let duration: Histogram
    private let lastDuration: Gauge
    private let lastSuccess: Gauge
    private let lastFailure: Gauge
    private let inProgressSince: Gauge
    private let next: Gauge
    private let isActive: Gauge
    private let leaseLosses: Counter

    init(_ registry: Registry) throws {
        cycles = try registry.counter(
            "offload_cycles_total", help: "Cycles that ended, by how they went.", labels: ["status"])
        skipped = try registry.counter(
            "offload_cycles_skipped_total", help: "Slots without a cycle, because one was still running.",
            labels: ["reason"])
        duration = try registry.histogram(
            "offload_cycle_duration_seconds", help: "How long cycles took.",
            buckets: [5, 10, 15, 30, 60, 120, 300, 600, 900])
        lastDuration = try registry.gauge(
            "offload_cycle_last_duration_seconds", help: "How long the last cycle took.")
        lastSuccess = try registry.gauge(
            "offload_last_success_timestamp",
            help: "When a cycle last ended without a failed table, in Unix seconds; 0: never.")
        lastFailure = try registry.gauge(
            "offload_last_failure_timestamp",
            help: "When a cycle last ended with a failed table, in Unix seconds; 0: never.")
        inProgressSince = try registry.gauge(
            "offload_cycle_in_progress_start_timestamp_seconds",
            help: "When the running cycle began, in Unix seconds; absent: none runs.")
        next = try registry.gauge(
            "offload_next_cycle_timestamp_seconds",
            help: "When the next cycle begins, in Unix seconds; absent: one runs, or none will.")
        isActive = try registry.gauge(
            "offload_scheduler_active",
            help: "1 while this process holds the scheduler's lease, 0 while it stands by.")
        leaseLosses = try registry.counter(
            "offload_scheduler_lease_losses_total",
            help: "Times that the scheduler's lease was lost, and a running cycle with it.")
        inProgressSince.remove()
        next.remove()
        for status in CycleReport.Status.allCases { cycles.add(0, ["status": status.rawValue]) }
        skippedSlots(0)
    }

    func skippedSlots(_ count: Int) {
        skipped.add(Double(count), ["reason": "overrun"])
    }

    func entered(_ phase: Phase) {
        isActive.set(phase.isActive ? 1 : 0)
        inProgressSince.remove()
        next.remove()
        switch phase {
        case .running(let since): inProgressSince.set(Double(since) / 1e6)
        case .waiting(let until): next.set(Double(until) / 1e6)
        case .starting, .blocked, .standby, .stopping: break
        }
    }

    func leaseLost() {
        leaseLosses.add()
    }

    func observe(_ report: CycleReport) {
        let seconds = report.duration.inSeconds
        cycles.add(1, ["status": report.status.rawValue])
        duration.observe(seconds)
        lastDuration.set(seconds)
        ended(report.status, at: Double(report.startedAtMicroseconds) / 1e6 + seconds)
    }

    /// What the ledger remembers of cycles before this process began, or of those that another one ran.
    func update(_ records: [CycleRecord]) {
        if let newest = records.first { lastDuration.set(newest.seconds) }
        for record in records.reversed() {
            ended(record.status, at: Double(record.startedAtMicroseconds) / 1e6 + record.seconds)
        }
    }

    private func ended(_ status: CycleReport.Status, at seconds: Double) {
        switch status {
        case .success: lastSuccess.set(seconds)
        case .partial, .failed: lastFailure.set(seconds)
        }
    }
}
