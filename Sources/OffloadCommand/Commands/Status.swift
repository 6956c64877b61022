// `iceberg-offload status`: where every table stands.
import ArgumentParser

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show where every table stands, and the last cycles.",
        discussion: """
            LAG is the age of the oldest row that is not offloaded yet, PENDING the number of these rows. Rows \
            within the settle time count too. Answers within two seconds; what ClickHouse does not say in that time \
            is a question mark.
            """)

    @OptionGroup var options: CommandOptions
    @OptionGroup var selection: TableOption

    func run() async throws {
        let configuration = try options.load()
        let definitions = configuration.definitions(try selection.choose(from: configuration))
        let glance = try await Glance.take(definitions, of: configuration, cycleCount: 3)
        let report = StatusReport(
            tables: glance.tables, cycles: glance.cycles, nowMicroseconds: Deployment.now())
        Standard.output.write(options.json ? JSONOutput.text(report.json) : report.text)
    }
}
