// `iceberg-offload validate`: source, ledger and Iceberg compared, window by window.
import ArgumentParser
import Iceberg
import OffloadCore
import OffloadIO

struct Validate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare a table's rows in ClickHouse, in the ledger and in Iceberg, window by window.",
        discussion: """
            Reads no data file: Iceberg's counts come from its manifests. Windows whose files another engine has \
            put together are compared as one. Exit code 1 if rows are missing from Iceberg or surplus in it; a \
            source that has changed since (late rows, a TTL) is told, and is no fault.
            """)

    @OptionGroup var options: CommandOptions

    @Option(help: "The table, as `source` in the configuration: database.table.")
    var table: String

    @Option(help: "Only windows that end at or after this cursor value.")
    var from: String?

    @Option(help: "Only windows that begin before this cursor value.")
    var until: String?

    func run() async throws {
        let configuration = try options.load()
        let deployment = try Deployment(configuration)
        let definition = configuration.definitions([try TableOption.table(table, of: configuration)])
        let table = try await deployment.source.describe(definition).table(table)
        let range = try CursorRange(from: from, until: until, of: table)
        let audit = try await audit(table, deployment)
        var report = ValidationReport(table: table, outsideRowCount: audit.outsideRowCount)
        for segment in audit.segments where range.touches(segment) {
            var sourceRowCount: Int64 = 0
            for window in segment.windows {
                sourceRowCount += try await deployment.source.count(window, of: table).rowCount
            }
            let line = report.add(segment, sourceRowCount: sourceRowCount, obstacle: audit.obstacle)
            if !options.json { Standard.output.write(line.text) }
        }
        Standard.output.write(options.json ? JSONOutput.text(report.json) : report.summary)
        if report.hasFault { throw ExitStatus.failure.code }
    }

    private func audit(_ table: SourceTable, _ deployment: Deployment) async throws -> Audit {
        let reader = LedgerReader(client: deployment.postgres)
        // Also refuses a watermark of another cursor, whose windows could not be compared.
        _ = try Position.decide(try await reader.watermark(of: table.name), for: table)
        // The ledger first: a window committed in between is then a file of nobody's, not a missing row.
        var audit = Audit(try await reader.windows(of: table.name))
        if !audit.segments.isEmpty { try await deployment.lake.add(liveFilesOf: table, to: &audit) }
        return audit
    }
}

/// The part of the cursor that was asked for.
private struct CursorRange {
    private let from: CursorValue?
    private let until: CursorValue?

    init(from: String?, until: String?, of table: SourceTable) throws {
        self.from = try Self.value(from, "--from", table.cursor)
        self.until = try Self.value(until, "--until", table.cursor)
    }

    func touches(_ segment: AuditSegment) -> Bool {
        if let from, let high = segment.windows.last?.high, high < from { return false }
        if let until, let low = segment.windows.first?.low, low >= until { return false }
        return true
    }

    private static func value(_ text: String?, _ option: String, _ cursor: Cursor) throws -> CursorValue? {
        guard let text else { return nil }
        guard let value = cursor.value(of: text) else {
            throw ValidationError("\(option) \(text) is no value of the cursor \(cursor.column)")
        }
        return value
    }
}
