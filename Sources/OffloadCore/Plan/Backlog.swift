// What a run would find to do, worked out without a lease and without changing anything.

/// The rows of one table that have settled and are not offloaded yet.
public struct Backlog: Sendable, Hashable {
    public let table: String
    public let target: String
    public let rowCount: Int64
    /// The lowest and highest cursor of these rows as the cursor's text; nil if there are none.
    public let lowest: String?
    public let highest: String?
    /// The fewest windows that can hold them; partitions and rows with one cursor value may make it more.
    public let windowCountMin: Int64

    public init(_ table: SourceTable, survey: Survey) {
        self.table = table.name
        target = table.definition.target
        rowCount = survey.rowCount
        lowest = survey.bounds.map { table.cursor.text($0.lowerBound) }
        highest = survey.bounds.map { table.cursor.text($0.upperBound) }
        let rowCountMax = max(1, table.definition.rowCountMax)
        windowCountMin = (survey.rowCount + rowCountMax - 1) / rowCountMax
    }

    /// Asks the source for one count behind the watermark. Costs a scan of the cursor in that range.
    ///
    /// - Parameters:
    ///   - until: do not go beyond this cursor, written as the cursor's text; nil: as far as rows have settled.
    ///   - microseconds: the earlier of our clock and the source's.
    /// - Throws: `OffloadError`, as a run would.
    public static func estimate(
        _ table: SourceTable, watermark: Watermark, until: String?, microseconds: Int64, source: any Source
    ) async throws -> Backlog {
        let position = try Position.decide(watermark, for: table)
        if watermark.position != nil {
            try Position.checkClock(position, of: table, microseconds: microseconds)
        }
        let ceiling = try Ceiling.decide(
            cursor: table.cursor, settle: table.definition.settle, microseconds: microseconds,
            observation: watermark.observation
        ).lowered(to: until, for: table)
        let limit: CursorValue?
        switch ceiling {
        case .settling:
            return Backlog(table, survey: Survey(rowCount: 0, bounds: nil, boundaryRowCount: nil))
        case .none: limit = nil
        case .through(let value): limit = value
        }
        return Backlog(table, survey: try await source.survey(table, after: position, through: limit))
    }
}
