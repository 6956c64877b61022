// The one way a watermark changes: the row, and a line of its history.
import OffloadCore
import Postgres

/// A new position, applied inside the transaction that proves it.
struct WatermarkChange {
    let table: String
    /// Nil where there is no position.
    let cursor: Cursor?
    let position: CursorValue?
    /// The last window that is committed by now; nil: there is none.
    let batch: BatchID?
    /// Rows of the window behind it; nil where no window is.
    let rowCount: Int64?
    let sequenceMax: Int64?
    /// The Iceberg table the rows went to; nil leaves it as it is.
    let lakeUUID: String?
    let reason: String

    func apply(in transaction: PostgresTransaction) async throws {
        let digits: Int64? = if case .time(let digits) = cursor?.kind { Int64(digits) } else { nil }
        let text = position.flatMap { position in cursor?.text(position) }
        let instant = position.flatMap { position in cursor?.microseconds(position) }
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
                .text(table), .init(position), .init(cursor?.column), .init(digits), .init(batch?.text),
                .init(instant), .init(sequenceMax), .init(lakeUUID),
            ])
        _ = try await transaction.query(
            """
            INSERT INTO offload_watermark_history (table_name, position, cursor_text, batch_id, row_count, reason)
            VALUES ($1, $2, $3, $4::uuid, $5::bigint, $6)
            """,
            [
                .text(table), .init(position), .init(text), .init(batch?.text), .init(rowCount),
                .text(reason),
            ])
    }
}
