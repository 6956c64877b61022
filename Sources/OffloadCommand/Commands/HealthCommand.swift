// `iceberg-offload health`: one glance for monitoring, with the exit code as the answer.
import ArgumentParser
import OffloadCore
import OffloadDaemon

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

    private func decide(
        _ definitions: [TableDefinition], _ configuration: OffloadConfiguration
    ) async throws -> Health {
        let glance = try await Glance.take(definitions, of: configuration, cycleCount: 1)
        return Health.decide(
            glance.tables, cycles: glance.cycles, now: Deployment.now(),
            configuration: configuration.healthLimits)
    }
}
