// A row of offload_watermarks, read under its lock.
import OffloadCore
import Postgres

/// The watermark together with the target it belongs to.
struct WatermarkRow {
    let value: Watermark
    let target: String

    /// Locks the row until the transaction ends, so that no commit can be on its way while it is read.
    static func locked(_ table: String, in transaction: PostgresTransaction) async throws -> WatermarkRow {
        _ = try await transaction.query(
            "SELECT 1 FROM offload_watermarks WHERE table_name = $1 FOR UPDATE", [.text(table)])
        // A statement of its own: under READ COMMITTED it sees what was committed while the lock was waited for.
        let rows = try await transaction.query(select, [.text(table)])
        guard let row = rows.first else {
            throw OffloadError(
                .ledgerDisagrees, "the watermark's row has vanished", table: table,
                hint: "restore offload_watermarks from a backup")
        }
        return try WatermarkRow(row, table: table)
    }

    static let select = """
        SELECT w.target, w.cursor_column, w.cursor_digits, w.position::text, w.last_batch_id::text,
            w.lake_table_uuid::text, w.observed_position::text,
            extract(epoch FROM clock_timestamp() - w.observed_at)::float8 AS observed_age, b.high::text
        FROM offload_watermarks w
        LEFT JOIN offload_batches b ON b.batch_id = w.last_batch_id AND b.status = 'committed'
        WHERE w.table_name = $1
        """

    init(_ row: PostgresRow, table: String) throws {
        target = try row.string("target")
        let digits = try row.optional("cursor_digits", .int64)
        let cursor = try row.optional("cursor_column", .string).map {
            Cursor(column: $0, kind: digits.map { .time(digits: Int($0)) } ?? .integer)
        }
        let batch = try row.optional("last_batch_id", .string)
        let high = try row.cursorValue("high")
        let age = try row.optional("observed_age", .double)
        let observed = try row.cursorValue("observed_position")
        value = Watermark(
            table: table, cursor: cursor, position: try row.cursorValue("position"),
            lastBatch: batch.flatMap { id in high.map { .init(id: BatchID(id), high: $0) } },
            lakeUUID: try row.optional("lake_table_uuid", .string),
            observation: observed.flatMap { position in
                age.map { .init(position: position, age: .seconds($0)) }
            })
    }

    /// A watermark says what is in one Iceberg table; it says nothing of another.
    func checkTarget(_ table: TableDefinition) throws {
        guard target != table.target, value.lastBatch != nil else { return }
        throw OffloadError(
            .ledgerDisagrees, "the watermark belongs to the Iceberg table \(target), not to \(table.target)",
            table: table.source, hint: "set `target: \(target)` again for this table")
    }
}

extension PostgresRow {
    /// A batch's `content_hash` and `content_fields`, as text.
    func contentReceipt() throws -> ContentReceipt? {
        guard let hash = try optional("content_hash", .string).flatMap({ UInt64($0) }) else { return nil }
        return ContentReceipt(
            hash: hash, fieldIDs: try optional("content_fields", .textArray)?.compactMap { Int32($0) } ?? [])
    }

    /// A `numeric` column, selected as text, as ticks of a cursor.
    func cursorValue(_ column: String) throws -> CursorValue? {
        try optional(column, .string).flatMap { Int128($0) }.map(CursorValue.init(ticks:))
    }
}

extension PostgresValue {
    /// A cursor value for a `numeric` column.
    init(_ value: CursorValue?) {
        self = value.map { .text(String($0.ticks)) } ?? .null
    }
}
