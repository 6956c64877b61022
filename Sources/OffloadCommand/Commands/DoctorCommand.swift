// `iceberg-offload doctor`: whether everything this program needs is there.
import ArgumentParser

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check every server, grant, clock and folder that offloading depends on.",
        discussion: """
            ✓ is fine, ! a warning, ✗ a failure. Writes one small object into the warehouse and removes it; \
            changes nothing else. Exit code 1 with warnings, 2 with failures.
            """)

    @OptionGroup var options: CommandOptions

    func run() async throws {
        let configuration = try options.load()
        var diagnosis = Diagnosis()
        diagnosis.add([
            .ok("configuration", "\(options.file.config), \(configuration.tables.count.counted("table"))")
        ])
        diagnosis.add(await Doctor(configuration: configuration, now: Deployment.now).examine().findings)
        Standard.output.write(options.json ? JSONOutput.text(diagnosis.json) : diagnosis.text)
        switch diagnosis.outcome {
        case .ok: return
        case .warning: throw ExitStatus.failure.code
        case .failure: throw ExitStatus.critical.code
        }
    }
}
