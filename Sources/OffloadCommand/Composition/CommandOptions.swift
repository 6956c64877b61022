// The options that every command has.
import ArgumentParser
import Foundation

struct CommandOptions: ParsableArguments {
    @Option(help: "The configuration file.")
    var config = "/etc/iceberg-offload/offload.yaml"

    @Flag(help: "Print JSON for programs instead of text for people.")
    var json = false

    /// - Throws: `ConfigurationError` with every fault of the file.
    func load() throws -> OffloadConfiguration {
        try OffloadConfiguration.load(config, environment: ProcessInfo.processInfo.environment)
    }
}

struct TableOption: ParsableArguments {
    @Option(help: "Only this table, as `source` in the configuration: database.table.")
    var table: String?

    /// The chosen tables.
    ///
    /// - Throws: `ValidationError` for a table that is not configured.
    func choose(from configuration: OffloadConfiguration) throws -> [TableConfiguration] {
        guard let table else { return configuration.tables }
        let chosen = configuration.tables.filter { $0.source.description == table }
        guard !chosen.isEmpty else {
            let known = configuration.tables.map(\.source.description).joined(separator: ", ")
            throw ValidationError("no table \(table) is configured; there are: \(known)")
        }
        return chosen
    }
}
