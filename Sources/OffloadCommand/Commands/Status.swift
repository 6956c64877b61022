// `iceberg-offload status`: where every table stands.
import ArgumentParser
import OffloadCore
import OffloadIO

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show where every table stands, and the last cycles.",
        discussion: """
            LAG is the age of the oldest row that is not offloaded yet, PENDING the number of these rows. Rows \
            within the settle time count too.
            """)

    @OptionGroup var options: CommandOptions
    @OptionGroup var selection: TableOption

    func run() async throws {
        let configuration = try options.load()
        let definitions = configuration.definitions(try selection.choose(from: configuration))
        let observatory = try Deployment.observatory(of: configuration)
        let report = StatusReport(
            tables: try await observatory.tables(definitions),
            cycles: try await observatory.cycles(newest: 3),
            nowMicroseconds: Deployment.now())
        Standard.output.write(options.json ? JSONOutput.text(report.json) : report.text)
    }
}
