// `iceberg-offload status`: where every table stands.
import ArgumentParser
import OffloadDaemon

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show where every table stands, and the last cycles.",
        discussion: """
            LAG is for how long the oldest row that is not offloaded yet has been due, which a row is once it has \
            settled. PENDING is the number of rows that wait, settled or not. Below a table that is late or fails stands why, and what to type next, \
            by the same rules as `health`. Answers within two seconds; what ClickHouse does not say in that time is \
            a question mark.
            """)

    @OptionGroup var options: CommandOptions
    @OptionGroup var selection: TableOption

    func run() async throws {
        let configuration = try options.load()
        let definitions = configuration.definitions(try selection.choose(from: configuration))
        let now = Deployment.now()
        let glance = try await Glance.take(definitions, of: configuration, cycleCount: 3)
        let report = StatusReport(
            tables: glance.tables, cycles: glance.cycles, scheduler: glance.scheduler,
            health: Health.decide(
                glance.tables, cycles: glance.cycles, now: now, configuration: configuration.healthLimits),
            nowMicroseconds: now)
        Standard.output.write(options.json ? JSONOutput.text(report.json) : report.text)
    }
}
