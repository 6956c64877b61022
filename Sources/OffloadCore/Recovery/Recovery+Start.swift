// `watermark init`: where a table that was never offloaded begins.

/// Where to begin.
public enum StartingPoint: Sendable, Equatable {
    /// Behind this cursor value, written as its text.
    case at(String)
    /// Behind the newest row of an Iceberg table that another tool filled.
    case lake
}

extension Recovery {
    /// A first position: rows up to and including it are not moved. Its reason tells how many these are.
    ///
    /// - Parameter microseconds: the earlier of our clock and the source's.
    /// - Throws: why rows would be doubled, or skipped unseen.
    public func start(_ point: StartingPoint, microseconds: Int64) async throws -> Correction {
        try checkNeverOffloaded()
        let limit = try limit(of: point)
        guard let position = try await source.survey(table, after: nil, through: limit).bounds?.upperBound
        else {
            throw refusal(
                .cursorUnfit, "ClickHouse has no row at or before \(text(limit))",
                hint:
                    "there is nothing to leave out; the table begins with its first row: \(command("cycle"))")
        }
        try checkSettled(position, microseconds)
        try checkNothingInLake(above: limit)
        let sourceRowCount = try await source.survey(table, after: nil, through: position).rowCount
        let lakeRowCount = lake?.rowCount ?? 0
        if case .lake = point, sourceRowCount != lakeRowCount {
            throw refusal(
                .countMismatch,
                "up to \(text(position)) ClickHouse has \(sourceRowCount) rows and \(target) \(lakeRowCount)",
                hint:
                    "compare the two; then say where to begin: \(command("watermark init", " --at POSITION"))"
            )
        }
        let after = watermark.moved(
            to: position, of: table.cursor, lastBatch: nil,
            lakeUUID: lakeRowCount > 0 ? lake?.table.uuid : nil)
        return try checked(
            Correction(
                before: watermark, metadataLocation: lake?.metadataLocation, after: after,
                reason: "\(sourceRowCount) rows of ClickHouse and \(lakeRowCount) of Iceberg are up to it"))
    }

    private func checkNeverOffloaded() throws {
        guard watermark.lastBatch == nil, windows.isEmpty, lake?.table.mark.propertyBatch == nil,
            lake?.windows.isEmpty ?? true
        else {
            throw refusal(
                .ledgerDisagrees, "the table was offloaded before",
                hint: "\(command("watermark repair", " --dry-run")) tells what is known of it")
        }
    }

    private func limit(of point: StartingPoint) throws -> CursorValue {
        switch point {
        case .at(let text):
            guard let value = table.cursor.value(of: text) else {
                throw Position.unreadable(text, for: table)
            }
            return value
        case .lake:
            guard let highest = lake?.highest else {
                throw refusal(
                    .lakeTableMissing, "\(target) holds no row, or does not say which cursors its files hold",
                    hint: "say where to begin: \(command("watermark init", " --at POSITION"))")
            }
            return highest
        }
    }

    /// Rows that come later at or before the position would be skipped in silence. An integer tells no time.
    private func checkSettled(_ position: CursorValue, _ microseconds: Int64) throws {
        let settled = table.cursor.value(
            atMicroseconds: microseconds - table.definition.settle.microseconds)
        guard let settled, position > settled else { return }
        throw refusal(
            .cursorUnfit, "rows may still arrive at or before \(text(position))",
            hint: "choose at most \(text(settled)), up to where rows have settled, or try again later")
    }

    /// A row that is there would be doubled.
    private func checkNothingInLake(above limit: CursorValue) throws {
        guard let lake, lake.rowCount > 0 else { return }
        guard !lake.hasDeletes, let highest = lake.highest, highest <= limit else {
            throw refusal(
                .ledgerDisagrees,
                "\(target) may hold rows above \(text(limit)), which would be doubled",
                hint: "begin behind its newest row: \(command("watermark init", " --from-lake"))")
        }
    }
}
