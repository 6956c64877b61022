// Looks at what lies behind a watermark and has settled, and at whether the watermark itself makes sense.

/// Asks the source before anything is planned.
struct Surveyor {
    let doors: Doors
    let table: SourceTable
    let turn: Turn
    /// The earlier of our clock and the source's, microseconds since 1970: neither running ahead skips rows.
    let microseconds: Int64
    /// Do not look beyond this cursor text; nil: as far as rows have settled.
    let until: String?

    /// What may be offloaded now; nothing while an integer cursor is still settling.
    ///
    /// - Throws: `clockBehind` or `watermarkAhead` when the watermark cannot be true.
    func survey(after position: CursorValue?) async throws -> Survey {
        let isWatermark = turn.watermark.position != nil
        if isWatermark { try Position.checkClock(position, of: table, microseconds: microseconds) }
        let ceiling = try Ceiling.decide(
            cursor: table.cursor, settle: table.definition.settle, microseconds: microseconds,
            observation: turn.watermark.observation
        ).lowered(to: until, for: table)
        if table.cursor.kind == .integer, table.definition.settle > .zero {
            try await observe(after: position)
        }
        let limit: CursorValue?
        switch ceiling {
        case .settling: return Survey(rowCount: 0, bounds: nil, boundaryRowCount: nil)
        case .none: limit = nil
        case .through(let value): limit = value
        }
        let survey = try await doors.source.survey(table, after: position, through: limit)
        if isWatermark, let position, survey.rowCount == 0, survey.boundaryRowCount == 0 {
            try await checkNotAhead(position)
        }
        return survey
    }

    /// The row that the watermark was taken from is gone. If every row left is older, the table was restored, and
    /// rows that arrive up to the watermark would be skipped in silence.
    private func checkNotAhead(_ position: CursorValue) async throws {
        // In this order: rows that arrive between the two questions are found by the second.
        guard try await doors.source.hasRows(table),
            try await doors.source.survey(table, after: position, through: nil).rowCount == 0
        else { return }
        throw OffloadError(
            .watermarkAhead,
            "the watermark \(table.cursor.text(position)) is ahead of every row: was the table restored?",
            table: table.name,
            hint:
                "rows that arrive with an older cursor would be skipped; compare:"
                + " `iceberg-offload validate --table \(table.name)`")
    }

    /// Remembers the newest value of an integer cursor, once the value remembered before has ripened.
    private func observe(after position: CursorValue?) async throws {
        if let known = turn.watermark.observation, known.age < table.definition.settle { return }
        let all = try await doors.source.survey(table, after: position, through: nil)
        if let highest = all.bounds?.upperBound { try await doors.ledger.observe(highest, in: turn) }
    }
}
