// The ledger for people who look: takes no lock, changes nothing.
import OffloadCore
import Postgres

/// One line of a watermark's history.
public struct WatermarkChangeRecord: Sendable, Hashable {
    public let table: String
    public let atMicroseconds: Int64
    /// The position it changed to, as the cursor's text; nil: to none.
    public let position: String?
    /// The window behind the change; nil where there is none.
    public let batch: BatchID?
    /// Rows of the window; nil where no window is behind the change.
    public let rowCount: Int64?
    /// `window`, or why it was repaired.
    public let reason: String

    public init(
        table: String, atMicroseconds: Int64, position: String?, batch: BatchID?, rowCount: Int64?,
        reason: String
    ) {
        self.table = table
        self.atMicroseconds = atMicroseconds
        self.position = position
        self.batch = batch
        self.rowCount = rowCount
        self.reason = reason
    }
}

/// Reads watermarks, their history and committed windows from PostgreSQL. Every call throws `OffloadError`.
public struct LedgerReader: Sendable {
    private let client: PostgresClient

    public init(client: PostgresClient) {
        self.client = client
    }

    /// Where a table stands; a watermark without a position if it never had a turn.
    public func watermark(of table: String) async throws -> Watermark {
        try await LedgerFailure.translated(table) {
            let rows = try await client.query(WatermarkRow.select, [.text(table)])
            return try rows.first.map { try WatermarkRow($0, table: table).value }
                ?? Watermark(
                    table: table, cursor: nil, position: nil, lastBatch: nil, lakeUUID: nil, observation: nil)
        }
    }

    /// The newest changes first, of all tables together.
    public func history(of tables: [String], newest count: Int) async throws -> [WatermarkChangeRecord] {
        try await LedgerFailure.translated(nil) {
            let rows = try await client.query(
                """
                SELECT table_name, \(EpochMicroseconds.of("created_at")) AS at, cursor_text, batch_id::text AS batch,
                    row_count, reason
                FROM offload_watermark_history WHERE table_name = ANY ($1::text[]) ORDER BY id DESC LIMIT $2
                """, [.textArray(tables), .int(Int64(count))])
            return try rows.map { row in
                WatermarkChangeRecord(
                    table: try row.string("table_name"), atMicroseconds: try row.int64("at"),
                    position: try row.optional("cursor_text", .string),
                    batch: try row.optional("batch", .string).map(BatchID.init),
                    rowCount: try row.optional("row_count", .int64), reason: try row.string("reason"))
            }
        }
    }

    /// Every committed window of a table, ascending. They stay in memory: some hundred bytes each.
    public func windows(of table: String) async throws -> [CommittedWindow] {
        try await LedgerFailure.translated(table) {
            let rows = try await client.query(
                """
                SELECT batch_id::text AS batch, low::text, high::text, row_count, snapshot_id,
                    content_hash::text, content_fields::text[] FROM offload_batches
                WHERE table_name = $1 AND status = 'committed' ORDER BY offload_batches.high
                """, [.text(table)])
            return try rows.compactMap { row in
                guard let high = try row.cursorValue("high") else { return nil }
                return CommittedWindow(
                    batch: BatchID(try row.string("batch")), low: try row.cursorValue("low"), high: high,
                    rowCount: try row.optional("row_count", .int64) ?? 0,
                    snapshotID: try row.optional("snapshot_id", .int64), content: try row.contentReceipt())
            }
        }
    }
}
