// The options that commands share.
import ArgumentParser
import Foundation
import StatusServer

struct ConfigOption: ParsableArguments {
    @Option(help: "The configuration file.")
    var config = "/etc/iceberg-offload/offload.yaml"

    /// - Throws: `ConfigurationError` with every fault of the file.
    func load() throws -> OffloadConfiguration {
        try OffloadConfiguration.load(config, environment: ProcessInfo.processInfo.environment)
    }

    /// What metrics.web_config leads to; nil: it is not set.
    ///
    /// - Throws: `ConfigurationError` with every fault of that file.
    func loadWebConfiguration(of configuration: OffloadConfiguration) throws -> WebConfiguration? {
        do {
            return try configuration.metrics.webConfig.map { try WebConfiguration.load($0) }
        } catch var error as ConfigurationError {
            error.configuration = config
            throw error
        }
    }
}

/// What every command that prints takes.
struct CommandOptions: ParsableArguments {
    @OptionGroup var file: ConfigOption

    @Flag(help: "Print JSON for programs instead of text for people.")
    var json = false

    /// - Throws: `ConfigurationError` with every fault of the file.
    func load() throws -> OffloadConfiguration { try file.load() }
}

struct TableOption: ParsableArguments {
    @Option(help: "Only this table, as `source` in the configuration: database.table.")
    var table: String?

    /// The chosen tables.
    ///
    /// - Throws: `ValidationError` for a table that is not configured.
    func choose(from configuration: OffloadConfiguration) throws -> [TableConfiguration] {
        guard let table else { return configuration.tables }
        return try [Self.table(table, of: configuration)]
    }

    /// The configured table of this name.
    static func table(_ name: String, of configuration: OffloadConfiguration) throws -> TableConfiguration {
        guard let table = configuration.tables.first(where: { $0.source.description == name }) else {
            let known = configuration.tables.map(\.source.description)
            let near = nearest(to: name, among: known).map { "did you mean \($0)?" }
            throw ValidationError(
                "no table \(name) is configured; \(near ?? "there are: " + known.joined(separator: ", "))")
        }
        return table
    }
}
