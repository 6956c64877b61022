// `iceberg-offload catch-up`: works off a backlog, however long that takes.
import ArgumentParser
import Iceberg
import OffloadCore
import OffloadIO

struct CatchUp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catch-up", abstract: "Work off a backlog without a time limit.",
        discussion: """
            As `cycle`, but a table may take as long as it needs. Every window commits on its own, so it may be \
            stopped at any time and goes on from there. Safe while the scheduler runs: its cycles leave the table \
            alone meanwhile.
            """)

    @OptionGroup var options: CommandOptions
    @OptionGroup var selection: TableOption

    @Option(help: "Stop at this cursor value, inclusive: an instant in UTC, or a whole number.")
    var until: String?

    @Flag(help: "Only tell what there is to do; take no lease and change nothing.")
    var dryRun = false

    func run() async throws {
        let configuration = try options.load()
        let definitions = configuration.definitions(try selection.choose(from: configuration))
        if dryRun { return try await estimate(definitions, configuration) }
        var settings = Cycle.Configuration()
        settings.parallelTableCount = configuration.schedule.parallelTables
        settings.run.until = until
        settings.run.reconcilesAlways = true
        try await ManualCycle(definitions, Deployment(configuration), settings, printsJSON: options.json)
            .run()
    }

    private func estimate(
        _ definitions: [TableDefinition], _ configuration: OffloadConfiguration
    ) async throws {
        let source = ClickHouseSource(client: Deployment.clickhouse(of: configuration))
        let reader = LedgerReader(client: try Deployment.postgres(of: configuration))
        let description = try await source.describe(definitions)
        var backlogs: [Backlog] = []
        var failures: [OffloadError] = []
        for definition in definitions {
            do {
                let table = try description.table(definition.source)
                backlogs.append(
                    try await Backlog.estimate(
                        table, watermark: try await reader.watermark(of: table.name), until: until,
                        microseconds: min(Deployment.now(), description.microseconds),
                        source: source))
            } catch {
                failures.append(.wrapping(error, table: definition.source))
            }
        }
        Standard.output.write(
            options.json
                ? JSONOutput.text(["tables": .array(backlogs.map(\.json))]) : backlogs.map(\.text).joined())
        try CommandFailure.end(after: failures)
    }
}
