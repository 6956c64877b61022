// The executable: one program whose scheduler, manual commands and health check cannot disagree.
import ArgumentParser

@main
struct IcebergOffload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "iceberg-offload",
        abstract: "Moves new rows from ClickHouse tables into Apache Iceberg tables, exactly once.",
        discussion: """
            Exit codes: 0 done; 1 it failed, or health is a warning; 2 health is critical; 3 unknown, or another \
            process is at the table; 64 wrong usage; 78 wrong configuration.
            """,
        subcommands: [Migrate.self, CycleCommand.self])

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
    }
}
