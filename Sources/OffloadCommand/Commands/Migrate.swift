// `iceberg-offload migrate`: creates or updates the ledger's tables.
import ArgumentParser
import OffloadIO

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create or update the ledger's tables in PostgreSQL.",
        discussion: "Safe to run at any time and by several processes at once; `run` does it at every start.")

    @OptionGroup var options: CommandOptions

    func run() async throws {
        let applied = try await Migrator(client: try Deployment.postgres(of: options.load())).migrate()
        if options.json {
            Standard.output.write(JSONOutput.text(["applied": .array(applied.map { .string($0) })]))
        } else if applied.isEmpty {
            Standard.output.write("nothing to do: the ledger is at V\(Migrator.latestVersion)\n")
        } else {
            Standard.output.write(applied.map { "applied \($0)\n" }.joined())
        }
    }
}
