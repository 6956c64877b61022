// The executable: one program whose scheduler, manual commands and health check cannot disagree.
import ArgumentParser

@main
struct IcebergOffload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "iceberg-offload",
        abstract: "Moves new rows from ClickHouse tables into Apache Iceberg tables, exactly once.",
        discussion: """
            Exit codes: 0 done; 1 it failed, or there are warnings (health, doctor), faults (validate) or tables \
            that cannot be offloaded (tables); 2 health is critical, or doctor found a failure; 3 unknown: a server \
            did not answer (health), or another process is at the table; 64 wrong usage; 78 wrong configuration.
            """,
        version: ProgramVersion.text,
        subcommands: [
            Run.self, CycleCommand.self, CatchUp.self, Status.self, HealthCommand.self, WatermarkCommand.self,
            Tables.self, Validate.self, ReportCommand.self, DrillCommand.self, DrillVictim.self,
            DoctorCommand.self, Migrate.self, ConfigCommand.self, Version.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            CommandFailure.exit(error)
        }
        CommandFailure.leave(0)
    }
}
