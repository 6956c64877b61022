// Setting a watermark right by hand: what is known of the table, and what can be proven from it.

/// The three witnesses of one table, read at one moment, and the source to ask.
///
/// Nothing here changes anything: each of `repair`, `rewind` and `start` answers with a change that neither loses nor
/// doubles a row, or refuses (docs/decisions/0010).
public struct Recovery: Sendable {
    public let table: SourceTable
    public let watermark: Watermark
    /// Every window that the ledger has as committed, ascending.
    public let windows: [CommittedWindow]
    /// Nil: there is no such Iceberg table.
    public let lake: LakeEvidence?
    /// Other tables of the ledger whose windows went to the same Iceberg table.
    public let rivals: [String]
    let source: any Source

    public init(
        _ table: SourceTable, watermark: Watermark, windows: [CommittedWindow], lake: LakeEvidence?,
        rivals: [String], source: any Source
    ) {
        self.table = table
        self.watermark = watermark
        self.windows = windows
        self.lake = lake
        self.rivals = rivals
        self.source = source
    }

    var target: String { table.definition.target }

    /// A value as people write it; nil is where the table's very first row lies.
    public func text(_ value: CursorValue?) -> String {
        value.map { (watermark.cursor ?? table.cursor).text($0) } ?? Self.beginning
    }

    /// How people write the place before the first row.
    public static let beginning = "beginning"

    func refusal(_ code: OffloadError.Code, _ message: String, hint: String) -> OffloadError {
        OffloadError(code, "\(message); nothing was changed", table: table.name, hint: hint)
    }

    /// A position as the source's column writes it today: it may have become finer since.
    func inTicksOfToday(_ value: CursorValue?, of cursor: Cursor?) throws -> CursorValue? {
        guard let value else { return nil }
        let moved = watermark.moved(to: value, of: cursor ?? table.cursor, lastBatch: nil, lakeUUID: nil)
        return try Position.decide(moved, for: table)
    }

    static func counted(_ windowCount: Int) -> String {
        windowCount == 1 ? "1 window" : "\(windowCount) windows"
    }

    /// A command about this table, to be typed next.
    func command(_ words: String, _ options: String = "") -> String {
        "`iceberg-offload \(words) --table \(table.name)\(options)`"
    }

    /// The correction, once it is certain that the next turn will find all witnesses agreed.
    func checked(_ correction: Correction) throws -> Correction {
        guard let lake else { return correction }
        let old = lake.table.mark
        let last = correction.after.lastBatch
        let mark =
            correction.mark == nil
            ? old
            : LakeMark(
                propertyBatch: last?.id, propertyPosition: last?.high,
                propertyKind: correction.after.cursor?.kind,
                propertyPreviousBatch: nil, mainBatch: old.mainBatch,
                isPropertyBatchKnown: last.map { lake.knownBatches.contains($0.id) } ?? false,
                isMainOlder: false)
        guard
            case .stop(let code, let reason, _) = Reconciliation.decide(
                correction.after, lake.table, mark: mark)
        else { return correction }
        throw refusal(
            code, "the table would stop again: \(reason)",
            hint: "restore the Iceberg table or PostgreSQL to the moment of the other")
    }
}
