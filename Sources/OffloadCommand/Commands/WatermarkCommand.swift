// `iceberg-offload watermark`: how far tables have come, how they came there, and how to set that right.
import ArgumentParser
import OffloadCore
import OffloadIO

struct WatermarkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watermark", abstract: "Show watermarks and every change of them; set them right.",
        subcommands: [
            Show.self, History.self, WatermarkRepair.self, WatermarkRewind.self, WatermarkInit.self,
        ])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the watermark of every table.",
            discussion: "Everything up to and including the watermark is in Iceberg.")

        @OptionGroup var options: CommandOptions
        @OptionGroup var selection: TableOption

        func run() async throws {
            let configuration = try options.load()
            let reader = LedgerReader(client: try Deployment.postgres(of: configuration))
            var watermarks: [Watermark] = []
            for table in try selection.choose(from: configuration) {
                watermarks.append(try await reader.watermark(of: table.source.description))
            }
            let list = WatermarkList(watermarks: watermarks)
            Standard.output.write(options.json ? JSONOutput.text(list.json) : list.text)
        }
    }

    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show how watermarks changed and why, the newest change first.",
            discussion: "A position that is lower than the one before it is marked ↓.")

        @OptionGroup var options: CommandOptions
        @OptionGroup var selection: TableOption

        @Option(help: "At most this many changes.")
        var limit = 20

        func validate() throws {
            guard (1...100_000).contains(limit) else { throw ValidationError("--limit is 1 to 100000") }
        }

        func run() async throws {
            let configuration = try options.load()
            let reader = LedgerReader(client: try Deployment.postgres(of: configuration))
            let tables = try selection.choose(from: configuration).map(\.source.description)
            let history = WatermarkHistory(changes: try await reader.history(of: tables, newest: limit))
            Standard.output.write(options.json ? JSONOutput.text(history.json) : history.text)
        }
    }
}
