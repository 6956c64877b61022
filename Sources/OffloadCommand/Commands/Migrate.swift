// `iceberg-offload migrate`: creates or updates the ledger's tables.
import ArgumentParser
import OffloadIO

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create or update the ledger's tables in PostgreSQL.",
        discussion: """
            Safe to run at any time and by several processes at once; `run` does it at every start. Where the configured \
            user may not create tables, --dry-run prints the SQL for one who may: \
            iceberg-offload migrate --dry-run | psql -d offload -c 'SET ROLE offload_owner' -f -
            """)

    @OptionGroup var options: CommandOptions

    @Flag(help: "Print the SQL of what is missing; change nothing.")
    var dryRun = false

    func run() async throws {
        let migrator = Migrator(client: try Deployment.postgres(of: options.load()))
        if dryRun {
            let script = try await migrator.script()
            Standard.output.write(options.json ? JSONOutput.text(["sql": .string(script)]) : script)
            return
        }
        let applied = try await migrator.migrate()
        if options.json {
            Standard.output.write(JSONOutput.text(["applied": .array(applied.map { .string($0) })]))
        } else if applied.isEmpty {
            Standard.output.write("nothing to do: the ledger is at V\(Migrator.latestVersion)\n")
        } else {
            Standard.output.write(applied.map { "applied \($0)\n" }.joined())
        }
    }
}
