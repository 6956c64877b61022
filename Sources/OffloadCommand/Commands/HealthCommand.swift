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
        let definitions = configuration.definitions()
        let report: HealthReport
        do {
            report = HealthReport(
                health: try await decide(definitions, configuration), tables: definitions.map(\.source))
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
    private func decide(
        _ definitions: [TableDefinition], _ configuration: OffloadConfiguration
    ) async throws -> Health {
        let observatory = try Deployment.observatory(of: configuration)
        let ledger = try Deployment.observatory(of: configuration, asksSource: false)
        async let full = Self.within(Self.patience) { try? await observatory.tables(definitions) }
        let known = try await Self.within(Self.patience) {
            try await (ledger.tables(definitions), ledger.cycles(newest: 1))
        }
        guard let (tables, cycles) = known else {
            throw OffloadError(
                .ledgerUnavailable, "PostgreSQL did not answer in time", isRetryable: true,
                hint: "iceberg-offload doctor")
        }
        return Health.decide(
            (try await full).flatMap(\.self) ?? tables, cycles: cycles, now: Deployment.now(),
            configuration: configuration.healthLimits)
    }

    /// Leaves some of the two seconds to start and to print.
    private static let patience = Duration.milliseconds(1_700)

    /// The work's result, or nil when it takes longer than that. What is late is not waited for, not even for its
    /// cancellation: the process is about to end.
    private static func within<Output: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable () async throws -> Output
    ) async throws -> Output? {
        let (results, continuation) = AsyncThrowingStream<Output?, any Error>.makeStream()
        Task {
            do {
                continuation.yield(try await work())
            } catch {
                continuation.finish(throwing: error)
            }
        }
        Task {
            try await Task.sleep(for: limit)
            continuation.yield(nil)
        }
        for try await result in results { return result }
        return nil
    }
}
