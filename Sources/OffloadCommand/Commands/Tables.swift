// `iceberg-offload tables`: what every column becomes, and what is lost on the way.
import ArgumentParser
import OffloadCore
import OffloadIO

struct Tables: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what every column becomes in Iceberg, and whether anything is lost.",
        discussion: "Asks ClickHouse alone and changes nothing. Exit code 1 if a table cannot be offloaded.")

    @OptionGroup var options: CommandOptions
    @OptionGroup var selection: TableOption

    func run() async throws {
        let configuration = try options.load()
        let definitions = configuration.definitions(try selection.choose(from: configuration))
        let description = try await ClickHouseSource(client: Deployment.clickhouse(of: configuration))
            .describe(definitions)
        let report = FidelityReport(
            tables: definitions.compactMap { definition in
                description.tables[definition.source].map { (definition, $0) }
            })
        Standard.output.write(options.json ? JSONOutput.text(report.json) : report.text)
        try CommandFailure.end(after: report.failures)
    }
}
