// `iceberg-offload validate`: source, ledger and Iceberg compared, window by window.
import ArgumentParser
import Iceberg
import OffloadCore
import OffloadIO

struct Validate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare a table's rows in ClickHouse, in the ledger and in Iceberg, window by window.",
        discussion: """
            By itself it reads no data file: Iceberg's counts come from its manifests. With --hash every data file is \
            sent to ClickHouse, which decodes and hashes it, and windows that were committed under `verify: hash` are \
            compared by content. Windows whose files another engine has put together are compared as one. Exit code 1 \
            if Iceberg does not hold what was committed; a source that has changed since (late rows, a TTL) is told, \
            and is no fault.
            """)

    @OptionGroup var options: CommandOptions

    @Option(help: "The table, as `source` in the configuration: database.table.")
    var table: String

    @Option(help: "Only windows that end at or after this cursor value.")
    var from: String?

    @Option(help: "Only windows that begin before this cursor value.")
    var until: String?

    @Flag(help: "Read the data files, and compare hashes of their content.")
    var hash = false

    func run() async throws {
        let configuration = try options.load()
        let deployment = try Deployment(configuration)
        let definition = configuration.definitions([try TableOption.table(table, of: configuration)])
        let table = try await deployment.source.describe(definition).table(table)
        let range = try CursorRange(from: from, until: until, of: table)
        let (audit, files) = try await audit(table, deployment)
        let filesBySegment = hash ? audit.filesBySegment(try await files?.all() ?? []) : []
        let check = SegmentCheck(doors: deployment.doors, table: table, reading: hash ? files?.lake : nil)
        var report = ValidationReport(table: table, outsideRowCount: audit.outsideRowCount, hasHashes: hash)
        for (number, segment) in audit.segments.enumerated() where range.touches(segment) {
            let finding = try await check.finding(
                of: segment, hash ? filesBySegment[number] : [], obstacle: audit.obstacle)
            let line = report.add(segment, finding)
            if !options.json { Standard.output.write(line.text) }
        }
        Standard.output.write(options.json ? JSONOutput.text(report.json) : report.summary)
        if report.hasFault { throw ExitStatus.failure.code }
    }

    /// Without files if there is no window to compare.
    private func audit(
        _ table: SourceTable, _ deployment: Deployment
    ) async throws -> (Audit, LiveFiles?) {
        let reader = LedgerReader(client: deployment.postgres)
        // Also refuses a watermark of another cursor, whose windows could not be compared.
        _ = try Position.decide(try await reader.watermark(of: table.name), for: table)
        // The ledger first: a window committed in between is then a file of nobody's, not a missing row.
        var audit = Audit(try await reader.windows(of: table.name))
        guard !audit.segments.isEmpty else { return (audit, nil) }
        let files = try await deployment.lake.liveFiles(of: table)
        try await files.add(to: &audit)
        return (audit, files)
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
        if let from, let high = segment.windows.last?.window.high, high < from { return false }
        if let until, let low = segment.windows.first?.window.low, low >= until { return false }
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
