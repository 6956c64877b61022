// Where a plan begins: the watermark, read with today's cursor and today's clock.

/// The lower, exclusive end of what is new.
public enum Position {
    /// The watermark in ticks of the table's cursor, or just below `start` when there is no watermark yet.
    ///
    /// - Throws: `cursorUnfit` when the watermark belongs to another column or cannot be said exactly in its new unit.
    public static func decide(_ watermark: Watermark, for table: SourceTable) throws -> CursorValue? {
        guard let position = watermark.position else {
            guard let start = table.definition.start else { return nil }
            guard let first = table.cursor.value(of: start) else { throw unreadable(start, for: table) }
            return CursorValue(ticks: first.ticks - 1)
        }
        guard let cursor = watermark.cursor else {
            throw OffloadError(
                .ledgerDisagrees, "the watermark has a position, but no column that it is a value of",
                table: table.name,
                hint:
                    "offload_watermarks was edited by hand: `iceberg-offload watermark repair --table \(table.name)`"
            )
        }
        guard cursor.column == table.cursor.column else {
            throw OffloadError(
                .cursorUnfit,
                "the watermark is a value of \(cursor.column), but the configured cursor is \(table.cursor.column)",
                table: table.name, hint: "set `cursor: \(cursor.column)` again for this table")
        }
        if cursor.kind == table.cursor.kind { return position }
        // A watermark says the same instant in finer ticks; in coarser ones only if no digit is lost.
        guard let same = table.cursor.value(of: cursor.text(position)) else {
            throw OffloadError(
                .cursorUnfit,
                "the watermark \(cursor.text(position)) has more digits than the column \(cursor.column) has now",
                table: table.name, hint: "give the column its former precision back")
        }
        return same
    }

    /// - Throws: `clockBehind` if rows were offloaded that, by the clocks of now, do not exist yet.
    static func checkClock(_ position: CursorValue?, of table: SourceTable, microseconds now: Int64) throws {
        guard let position, let instant = table.cursor.microseconds(position), instant > now else { return }
        throw OffloadError(
            .clockBehind,
            "the clock is behind the watermark \(table.cursor.text(position)) by \((instant - now) / 1_000_000) s",
            table: table.name,
            hint: "compare the clocks of this host and of ClickHouse: `iceberg-offload doctor`")
    }

    static func unreadable(_ text: String, for table: SourceTable) -> OffloadError {
        OffloadError(
            .cursorUnfit, "`\(text)` is no value of the cursor \(table.cursor.column)", table: table.name,
            hint: table.cursor.kind == .integer
                ? "the cursor is an integer column: write a whole number"
                : "write an instant in UTC, such as 2026-01-01T00:00:00Z, no finer than the column")
    }
}
