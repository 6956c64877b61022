// The scheduler's composition root: its services, put together and run until a signal ends them.
import Logging
import Metrics
import OffloadCore
import OffloadDaemon
import OffloadIO
import Prometheus
import ServiceLifecycle
import StatusServer
import Synchronization

/// One process that runs, or stands by.
struct SchedulerProcess {
    private let file: ConfigOption
    private let deployment: Deployment
    private let logger: Logger

    /// Reads the configuration, now and at every SIGHUP.
    init(_ file: ConfigOption) throws {
        self.file = file
        let configuration = try file.load()
        _ = try file.loadWebConfiguration(of: configuration)
        deployment = try Deployment(configuration)
        logger = Self.logger(configuration.log)
    }

    /// Returns after a graceful stop.
    ///
    /// - Throws: what keeps the process from starting: no database to migrate, an address that is taken.
    func run() async throws {
        let registry = Registry()
        let metrics = try OffloadMetrics(
            registry, build: .init(version: ProgramVersion.text, commit: "unknown"),
            startedAt: Deployment.now())
        // What the libraries measure goes to the same registry.
        MetricsSystem.bootstrap(PrometheusMetricsFactory(registry))
        let onlookers = Onlookers(
            log: RunLog(logger), metrics: metrics, board: StatusBoard(), pulse: Pulse(),
            notifier: SystemdNotifier())
        for name in try await Migrator(client: deployment.postgres).migrate() {
            logger.notice("Migrated the ledger: \(name)")
        }
        let orders = StandingOrders(deployment.orders)
        metrics.configure(orders.current)
        let group = ServiceGroup(
            configuration: .init(
                services: services(orders, onlookers).map {
                    .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Self.quiet(logger)))
        try await group.run()
    }

    /// They stop in reverse: the watchdog is fed and /metrics answers until the scheduler has ended its cycle.
    private func services(_ orders: StandingOrders, _ onlookers: Onlookers) -> [any Service] {
        let configuration = deployment.configuration
        let observatory = CurrentObservatory(deployment.observatory)
        let lease = PostgresSchedulerLease(
            client: deployment.postgres, holder: deployment.holder, life: .seconds(60))
        let address = MetricsServer.Configuration(
            host: configuration.metrics.listen.host, port: configuration.metrics.listen.port)
        return [
            MetricsServer(
                address, orders: orders, onlookers: onlookers,
                web: web, logger: Self.quiet(logger), now: Deployment.now),
            GaugeKeeper(orders, observatory: observatory, onlookers: onlookers, now: Deployment.now),
            Watchdog(onlookers.notifier, pulse: onlookers.pulse),
            Reloader(orders, onlookers: onlookers) { [file] in
                let fresh = try file.load()
                try fresh.checkReload(from: configuration, file: file.config)
                let deployment = try Deployment(fresh)
                observatory.replace(with: deployment.observatory)
                return deployment.orders
            },
            Scheduler(
                orders, lease: lease, observatory: observatory, onlookers: onlookers, now: Deployment.now),
        ]
    }

    /// Reads metrics.web_config again and again; nil: there is none.
    private var web: (@Sendable () throws -> WebConfiguration)? {
        deployment.configuration.metrics.webConfig.map { path in
            { @Sendable in try WebConfiguration.load(path) }
        }
    }

    private static func logger(_ configuration: LogConfiguration) -> Logger {
        let level = Logger.Level(rawValue: configuration.level.rawValue) ?? .info
        let format: LineLogHandler.Format = configuration.format == .json ? .json : .text
        return Logger(label: "iceberg-offload") { label in
            LineLogHandler(label: label, format: format, level: level, now: Deployment.now)
        }
    }

    /// For libraries, whose lines about themselves are of interest only when something is wrong.
    private static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }
}

/// The observatory of the newest configuration.
private final class CurrentObservatory: Observatory {
    private let current: Mutex<ServerObservatory>

    init(_ observatory: ServerObservatory) {
        current = Mutex(observatory)
    }

    func replace(with observatory: ServerObservatory) {
        current.withLock { $0 = observatory }
    }

    func tables(_ definitions: [TableDefinition]) async throws -> [TableStatus] {
        try await current.withLock { $0 }.tables(definitions)
    }

    func cycles(newest count: Int) async throws -> [CycleRecord] {
        try await current.withLock { $0 }.cycles(newest: count)
    }

    func record(_ report: CycleReport) async throws {
        try await current.withLock { $0 }.record(report)
    }
}

extension OffloadConfiguration {
    /// A running process keeps its ledger, its address and its log.
    fileprivate func checkReload(from old: OffloadConfiguration, file: String) throws {
        let changes = [
            ("postgres.url", postgres.url != old.postgres.url),
            ("catalog.name", catalog.name != old.catalog.name),
            ("metrics.listen", metrics.listen != old.metrics.listen),
            ("metrics.web_config", metrics.webConfig != old.metrics.webConfig),
            ("log", log.format != old.log.format || log.level != old.log.level),
        ].filter(\.1).map(\.0)
        guard changes.isEmpty else {
            throw ConfigurationError(
                issues: changes.map {
                    .init(
                        file: file, key: $0,
                        message:
                            "cannot change while the process runs: systemctl restart iceberg-offload-scheduler"
                    )
                })
        }
    }
}
