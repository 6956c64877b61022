// `iceberg-offload drill`: kills a cycle on purpose, lets another finish it, and shows that nothing is lost or doubled.
import ArgumentParser
import Foundation
import OffloadCore

struct DrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Kill a cycle at a step of your choice, on a table of its own, and check.",
        discussion: """
            Makes a small table in ClickHouse, offloads it in a process that ends by SIGKILL right after the step, goes \
            on in this process, and compares source, ledger and Iceberg by row count and content hash. No configured \
            table is touched, and everything is removed at the end. Meant for staging: the ClickHouse user must be \
            allowed to create and drop tables, the PostgreSQL user to delete rows. Without --kill-after every step is \
            drilled in turn. Exit code 1 if a row is lost or doubled, or a file left behind.
            """)

    @OptionGroup var options: CommandOptions

    @Option(help: "The step: \(Drill.steps.map(\.rawValue).joined(separator: ", ")).")
    var killAfter: String?

    @Option(help: "The ClickHouse database to make the table in, and the Iceberg namespace.")
    var database = "default"

    func run() async throws {
        let steps = try killAfter.map { [try Self.step($0)] } ?? Drill.steps
        let drill = Drill(
            deployment: try Deployment(try options.load()), configurationFile: options.file.config)
        var report = DrillReport()
        for step in steps {
            let result = try await drill.run(step, in: database)
            report.add(result)
            if !options.json { Standard.output.write(DrillReport.line(result)) }
        }
        Standard.output.write(options.json ? JSONOutput.text(report.json) : report.summary)
        if report.hasFault { throw ExitStatus.failure.code }
    }

    static func step(_ name: String) throws -> DoorCall.Name {
        guard let step = Drill.steps.first(where: { $0.rawValue == name }) else {
            let names = Drill.steps.map(\.rawValue)
            let near = nearest(to: name, among: names).map { "did you mean \($0)?" }
            throw ValidationError(
                "there is no step \(name); \(near ?? "there are: " + names.joined(separator: ", "))")
        }
        return step
    }
}

/// The process that dies; only `drill` starts it.
struct DrillVictim: AsyncParsableCommand {
    static let name = "drill-victim"
    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Be the cycle that a drill kills; only `drill` starts it.",
        shouldDisplay: false)

    @OptionGroup var file: ConfigOption
    @Option var table: String
    @Option var killAfter: String

    func run() async throws {
        let step = try DrillCommand.step(killAfter)
        let deployment = try Deployment(try file.load()) { call in
            if call.name == step, call.moment == .after { kill(getpid(), SIGKILL) }
        }
        let scratch = Scratch(table, in: deployment)
        let report = await Cycle(
            [scratch.definition], doors: deployment.doors, configuration: .init(), observer: { _, _ in }
        ).run()
        try CommandFailure.end(after: report.failures)
    }
}
