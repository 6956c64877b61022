// `iceberg-offload cycle`: one cycle now, by hand.
import ArgumentParser
import OffloadCore

struct CycleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cycle", abstract: "Offload what is new in every table, once, now.",
        discussion: """
            Safe while the scheduler runs: each table has one writer at a time, and a table that is busy is reported \
            and left alone (exit code 3 if nothing else went wrong).
            """)

    @OptionGroup var options: CommandOptions
    @OptionGroup var selection: TableOption

    func run() async throws {
        let configuration = try options.load()
        let deployment = try Deployment(configuration)
        let definitions = configuration.definitions(try selection.choose(from: configuration))
        var settings = Cycle.Configuration()
        settings.parallelTableCount = configuration.schedule.parallelTables
        settings.run.timeout = configuration.schedule.tableTimeout
        settings.run.reconcilesAlways = true
        try await ManualCycle(definitions, deployment, settings, printsJSON: options.json).run()
    }
}
