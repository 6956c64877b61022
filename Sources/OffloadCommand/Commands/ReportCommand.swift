// `iceberg-offload report`: how well tables were moved, over a week or any other time.
import ArgumentParser
import OffloadIO

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Tell how fast and how evenly tables were moved lately.",
        discussion: """
            From the ledger alone. A window's time is from its first byte to its commit; GAP is the longest time between \
            two commits, LAG the age of a window's newest row when it was committed, GIVEN UP counts attempts at windows \
            that failed and were made anew.
            """)

    @OptionGroup var options: CommandOptions
    @OptionGroup var selection: TableOption

    @Option(help: "How far to look back, such as 12h, 7d or 365d.")
    var since = "7d"

    func run() async throws {
        let period: Duration
        do {
            period = try Duration(configurationText: since)
        } catch {
            throw ValidationError("--since: \(error)")
        }
        guard period > .zero else { throw ValidationError("--since is longer than nothing") }
        let configuration = try options.load()
        let reader = LedgerReader(client: try Deployment.postgres(of: configuration))
        let tables = try selection.choose(from: configuration).map(\.source.description)
        let report = PerformanceReport(
            performance: try await reader.performance(of: tables, over: period), period: since)
        Standard.output.write(options.json ? JSONOutput.text(report.json) : report.text)
    }
}
