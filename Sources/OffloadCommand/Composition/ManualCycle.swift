// One cycle by hand: shown while it runs, reported at its end, told by the exit code.
import OffloadCore

struct ManualCycle {
    private let cycle: Cycle
    private let display = ProgressDisplay()
    private let printsJSON: Bool

    init(
        _ definitions: [TableDefinition], _ deployment: Deployment, _ settings: Cycle.Configuration,
        printsJSON: Bool
    ) {
        cycle = Cycle(
            definitions, doors: deployment.doors, configuration: settings, observer: display.observe)
        self.printsJSON = printsJSON
    }

    /// - Throws: an exit code, once everything is printed.
    func run() async throws {
        let report = await display.showing { await cycle.run() }
        Standard.output.write(printsJSON ? JSONOutput.text(report.json) : report.text)
        try CommandFailure.end(after: report.failures)
        if report.tables.contains(where: \.isBusy) { throw ExitStatus.unknown.code }
    }
}
