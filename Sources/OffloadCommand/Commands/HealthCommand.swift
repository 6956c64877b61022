// `iceberg-offload health`: one glance for monitoring, with the exit code as the answer.
import ArgumentParser
import OffloadCore
import OffloadDaemon
import OffloadIO

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Tell whether all is well, by the exit code and in a line per table.",
        discussion: """
            Judges by the same rules as the scheduler's /health, and answers within two seconds. Exit code 0 ok, \
            1 warning, 2 critical, 3 unknown because PostgreSQL does not answer.
            """)

    @OptionGroup var options: CommandOptions

    func run() async throws {
        let configuration = try options.load()
        let orders = try Deployment(configuration).orders
        let report: HealthReport
        do {
            report = HealthReport(
                health: try await decide(orders, configuration), tables: orders.definitions.map(\.source))
        } catch let error as OffloadError {
            Standard.output.write(options.json ? JSONOutput.text(HealthReport.unknown(error)) : "unknown\n")
            CommandFailure.print(error)
            throw ExitStatus.unknown.code
        }
        Standard.output.write(options.json ? JSONOutput.text(report.json) : report.text)
        switch report.health.level {
        case .ok: return
        case .warning: throw ExitStatus.failure.code
        case .critical: throw ExitStatus.critical.code
        }
    }

    /// What is known in time: with what the source says if it says it soon enough, else by the ledger alone.
    private func decide(_ orders: Orders, _ configuration: OffloadConfiguration) async throws -> Health {
        let deployment = try Deployment(configuration)
        let ledgerOnly = ServerObservatory(
            client: deployment.postgres, source: nil, holder: deployment.holder)
        async let full = Self.within(.milliseconds(1_700)) {
            try? await deployment.observatory.tables(orders.definitions)
        }
        let known = try await Self.within(.milliseconds(1_700)) {
            try await (ledgerOnly.tables(orders.definitions), ledgerOnly.cycles(newest: 1))
        }
        guard let (tables, cycles) = known else {
            throw OffloadError(
                .ledgerUnavailable, "PostgreSQL did not answer in time", isRetryable: true,
                hint: "iceberg-offload doctor")
        }
        return Health.decide(
            (try await full).flatMap(\.self) ?? tables, cycles: cycles, now: Deployment.now(),
            configuration: orders.health)
    }

    /// The work's result, or nil when it takes longer than that.
    private static func within<Output: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable () async throws -> Output
    ) async throws -> Output? {
        try await withThrowingTaskGroup(of: Output?.self) { group in
            group.addTask(operation: work)
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
