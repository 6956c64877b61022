// The one way a watermark changes: the row, and a line of its history.
import OffloadCore
import Postgres

/// A new position, applied inside the transaction that proves it.
struct WatermarkChange {
    let table: String
    let cursor: Cursor
    let position: CursorValue
    let batch: BatchID
    /// Rows of the window behind it; nil where no window is.
    let rowCount: Int64?
    let sequenceMax: Int64?
    /// The Iceberg table the rows went to; nil leaves it as it is.
    let lakeUUID: String?
    let reason: String

    func apply(in transaction: PostgresTransaction) async throws {
        let digits: Int64? = if case .time(let digits) = cursor.kind { Int64(digits) } else { nil }
        _ = try await transaction.query(
            """
            UPDATE offload_watermarks SET
                position = $2, cursor_column = $3, cursor_digits = $4::smallint, last_batch_id = $5::uuid,
                last_offload_timestamp = coalesce(\(EpochMicroseconds.timestamp("$6")), now()),
                last_offload_max_sequence = greatest(last_offload_max_sequence, $7::bigint),
                lake_table_uuid = coalesce($8::uuid, lake_table_uuid), updated_at = now()
            WHERE table_name = $1
            """,
            [
                .text(table), .init(position), .text(cursor.column), .init(digits), .text(batch.text),
                .init(cursor.microseconds(position)), .init(sequenceMax), .init(lakeUUID),
            ])
        _ = try await transaction.query(
            """
            INSERT INTO offload_watermark_history (table_name, position, cursor_text, batch_id, row_count, reason)
            VALUES ($1, $2, $3, $4::uuid, $5::bigint, $6)
            """,
            [
                .text(table), .init(position), .text(cursor.text(position)), .text(batch.text),
                .init(rowCount),
                .text(reason),
            ])
    }
}
