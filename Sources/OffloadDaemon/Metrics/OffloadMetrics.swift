// All metrics of the program by name, and what moves them.
import OffloadCore
import Prometheus
import Synchronization

/// Turns events, reports and statuses into metrics; each name is declared in one of the structs it is made of.
public final class OffloadMetrics: Sendable {
    /// What a build says of itself.
    public struct Build: Sendable {
        /// E.g. `1.0.0`.
        public let version: String
        public let commit: String

        public init(version: String, commit: String) {
            self.version = version
            self.commit = commit
        }
    }

    public let registry: Registry
    private let build: Build
    private let startTime: String
    private let cycle: CycleMetrics
    private let table: TableMetrics
    private let process: ProcessMetrics
    private let info: Info
    private let tablesConfigured: Gauge
    private let stageDuration: Histogram
    private let straysSwept: Counter
    private let refreshErrors: Counter
    private let refreshed: Gauge
    private let freeSpace: Gauge
    private let layers = Mutex<[String: TableDefinition.Layer]>([:])

    /// - Parameter startedAt: when the process began, microseconds since 1970.
    /// - Throws: `PrometheusError` if the registry has one of the names already, for something else.
    public init(_ registry: Registry, build: Build, startedAt: Int64) throws {
        self.registry = registry
        self.build = build
        startTime = UTCTime(microseconds: startedAt).iso8601
        cycle = try CycleMetrics(registry)
        table = try TableMetrics(registry)
        process = try ProcessMetrics(registry)
        // An info metric's sample carries `_info` once more; the doubled name is the one that dashboards know.
        info = try registry.info(
            "offload_info_info", help: "Version and schedule of the service.",
            labels: ["version", "schedule_minutes", "tables", "start_time"])
        tablesConfigured = try registry.gauge(
            "offload_tables_configured", help: "Tables in the configuration.")
        stageDuration = try registry.histogram(
            "offload_stage_duration_seconds", help: "How long each step of a window took, and each plan.",
            labels: ["stage"], buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600])
        straysSwept = try registry.counter(
            "offload_strays_swept_total", help: "Batches of crashed runs whose files were removed.")
        refreshErrors = try registry.counter(
            "offload_status_refresh_errors_total",
            help: "Times that the gauges could not be brought up to date.")
        refreshed = try registry.gauge(
            "offload_status_refresh_timestamp_seconds",
            help: "When the gauges were last brought up to date; 0: never.")
        freeSpace = try registry.gauge(
            "offload_warehouse_free_bytes",
            help: "Bytes that the warehouse still takes; absent: unknown, or no limit.")
        freeSpace.remove()
        for stage in Stage.allCases { stageDuration.create(["stage": stage.rawValue]) }
        try registry.info(
            "offload_build_info", help: "The build that is running.", labels: ["version", "commit"]
        ).set(["version": build.version, "commit": build.commit])
    }

    /// The steps that `offload_stage_duration_seconds` tells apart.
    private enum Stage: String, CaseIterable {
        case plan, stage, verify, commit
    }

    /// Makes room for the configured tables and forgets those that are gone.
    public func configure(_ orders: Orders) {
        let wanted = Dictionary(orders.definitions.map { ($0.source, $0.layer) }) { first, _ in first }
        layers.withLock { layers in
            for (name, layer) in layers where wanted[name] != layer {
                registry.removeSeries(label: "table", value: name)
            }
            for (name, layer) in wanted where layers[name] != layer { table.create(name, layer) }
            layers = wanted
        }
        tablesConfigured.set(Double(wanted.count))
        info.set([
            "version": build.version, "schedule_minutes": Self.minutes(orders.interval),
            "tables": wanted.keys.sorted().joined(separator: ","), "start_time": startTime,
        ])
    }

    public func observe(_ name: String, _ event: RunEvent) {
        switch event {
        case .planned(_, _, let duration): observe(.plan, duration)
        case .committed(_, _, _, let durations):
            observe(.stage, durations.stage)
            observe(.verify, durations.verify)
            observe(.commit, durations.commit)
        case .sweptStrays(let count): straysSwept.add(Double(count))
        case .started, .repaired, .retrying, .heartbeat: break
        }
        ifConfigured(name) { table.observe(name, $0, event) }
    }

    public func observe(_ report: TableReport) {
        ifConfigured(report.table) { _ in table.observe(report) }
    }

    public func observe(_ report: CycleReport) {
        cycle.observe(report)
    }

    /// Sets the gauges to what ledger and source say.
    public func update(_ statuses: [TableStatus], cycles: [CycleRecord], now: Int64) {
        for status in statuses { ifConfigured(status.table) { _ in table.update(status, now: now) } }
        cycle.update(cycles)
        refreshed.set(Double(now) / 1e6)
    }

    func update(freeSpace byteCount: Int64?) {
        freeSpace.set(byteCount.map(Double.init))
    }

    func refreshFailed() {
        refreshErrors.add()
        layers.withLock { layers in
            for name in layers.keys { table.forgetPending(of: name) }
        }
    }

    func skippedSlots(_ count: Int) {
        cycle.skippedSlots(count)
    }

    func leaseLost() {
        cycle.leaseLost()
    }

    func entered(_ phase: Phase) {
        cycle.entered(phase)
    }

    /// The answer to a scrape.
    public func render(_ format: Exposition) -> String {
        process.refresh()
        return registry.render(format)
    }

    private func observe(_ stage: Stage, _ duration: Duration) {
        stageDuration.observe(duration.inSeconds, ["stage": stage.rawValue])
    }

    /// A table that a reload removed may still be at work: its series must not come back.
    private func ifConfigured(_ table: String, _ change: (TableDefinition.Layer) -> Void) {
        layers.withLock { layers in
            if let layer = layers[table] { change(layer) }
        }
    }

    private static func minutes(_ interval: Duration) -> String {
        let minutes = interval.inSeconds / 60
        return minutes == minutes.rounded() ? "\(Int(minutes))" : "\(minutes)"
    }
}
