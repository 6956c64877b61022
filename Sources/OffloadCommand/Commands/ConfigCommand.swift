// `iceberg-offload config check|show`: whether the configuration holds, and what it comes to.
import ArgumentParser
import Iceberg

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check or show the configuration.",
        subcommands: [Check.self, Show.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the file; ask no server.",
            discussion:
                "Every fault is printed as file:line:column: key: message. Exit code 78 if there is one.")

        @OptionGroup var options: CommandOptions

        func run() async throws {
            let configuration = try options.load()
            _ = try options.file.loadWebConfiguration(of: configuration)
            let count = configuration.tables.count
            if options.json {
                Standard.output.write(JSONOutput.text(["status": "ok", "tables": .int(Int64(count))]))
            } else {
                Standard.output.write("ok: \(count.counted("table"))\n")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the configuration in effect: defaults filled in, passwords as ***.")

        @OptionGroup var options: CommandOptions

        func run() async throws {
            let configuration = try options.load()
            Standard.output.write(try options.json ? configuration.json() + "\n" : configuration.yaml())
        }
    }
}
