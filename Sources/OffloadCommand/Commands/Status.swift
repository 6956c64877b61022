// `iceberg-offload status`: where every table stands.
import ArgumentParser
import OffloadCore
import OffloadDaemon
import OffloadIO

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show where every table stands, and the last cycles.",
        discussion: """
            LAG is the age of the oldest row that is not offloaded yet, PENDING the number of these rows. Rows \
            within the settle time count too. Below a table that is late or fails stands why, and what to type next, \
            by the same rules as `health`.
            """)

    @OptionGroup var options: CommandOptions
    @OptionGroup var selection: TableOption

    func run() async throws {
        let configuration = try options.load()
        let definitions = configuration.definitions(try selection.choose(from: configuration))
        let observatory = try Deployment.observatory(of: configuration)
        let tables = try await observatory.tables(definitions)
        let cycles = try await observatory.cycles(newest: 3)
        let report = StatusReport(
            tables: tables, cycles: cycles, scheduler: try await observatory.scheduler(),
            health: Health.decide(
                tables, cycles: cycles, now: Deployment.now(), configuration: configuration.healthLimits),
            nowMicroseconds: Deployment.now())
        Standard.output.write(options.json ? JSONOutput.text(report.json) : report.text)
    }
}
