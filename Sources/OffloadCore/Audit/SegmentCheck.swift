// One segment of an audit: what source, ledger and Iceberg have of it, brought together.

/// Finds out what a segment holds now, by counts or by content.
public struct SegmentCheck: Sendable {
    /// The facts, and what they mean.
    public struct Finding: Sendable {
        public let source: RowDigest
        public let ledger: RowDigest
        public let lake: RowDigest
        public let verdict: AuditVerdict

        public init(source: RowDigest, ledger: RowDigest, lake: RowDigest, verdict: AuditVerdict) {
            self.source = source
            self.ledger = ledger
            self.lake = lake
            self.verdict = verdict
        }
    }

    private let source: any Source
    private let table: SourceTable
    private let lake: LakeTable?
    private let digester: FileDigester?

    /// - Parameter lake: the Iceberg table, whose files are to be read; nil: counts are enough.
    public init(doors: Doors, table: SourceTable, reading lake: LakeTable?) {
        source = doors.source
        self.table = table
        self.lake = lake
        digester = lake.map { FileDigester(doors: doors, table: table, lake: $0) }
    }

    /// - Parameter files: the segment's live files; they are read if the ledger knows what they must hold.
    /// - Throws: what the source throws; a file that cannot be read is a finding.
    public func finding(
        of segment: AuditSegment, _ files: [LiveFile], obstacle: Audit.Obstacle?
    ) async throws -> Finding {
        let fieldIDs = segment.fieldIDs
        let ledger = segment.ledger
        let isComparable =
            obstacle == nil && ledger.contentHash != nil && digester?.hasFields(fieldIDs) ?? false
        let now = try await sourceDigest(of: segment, hashing: isComparable)
        var found = RowDigest(rowCount: segment.lakeRowCount, contentHash: nil)
        if isComparable, let digester {
            found = .nothing
            for file in files {
                do {
                    found = found + (try await digester.digest(file.location, over: fieldIDs))
                } catch let error as OffloadError where !error.isRetryable && error.code != .cancelled {
                    return Finding(
                        source: now, ledger: ledger, lake: found,
                        verdict: .unreadable("\(file.location): \(error.message)"))
                }
            }
        }
        return Finding(
            source: now, ledger: ledger, lake: found,
            verdict: .decide(source: now, ledger: ledger, lake: found, obstacle: obstacle))
    }

    /// Each window over the columns it had. Without a hash where one of them is no longer the source's.
    private func sourceDigest(of segment: AuditSegment, hashing: Bool) async throws -> RowDigest {
        var digest = RowDigest.nothing
        for window in segment.windows {
            let fieldIDs = hashing ? window.content?.fieldIDs ?? [] : []
            let columns = lake?.columns.filter { fieldIDs.contains($0.field.id) } ?? []
            let count = try await source.count(
                window.window, of: table, hashing: columns.count == fieldIDs.count ? columns : [])
            digest = digest + RowDigest(rowCount: count.rowCount, contentHash: count.contentHash)
        }
        return digest
    }
}
