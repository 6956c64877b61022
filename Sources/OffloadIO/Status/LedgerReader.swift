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
    /// `window`, or why it was changed otherwise, and by whom.
    public let reason: String
    /// Whether the position is lower than the one before it.
    public let wentBack: Bool

    public init(
        table: String, atMicroseconds: Int64, position: String?, batch: BatchID?, rowCount: Int64?,
        reason: String, wentBack: Bool = false
    ) {
        self.table = table
        self.atMicroseconds = atMicroseconds
        self.position = position
        self.batch = batch
        self.rowCount = rowCount
        self.reason = reason
        self.wentBack = wentBack
    }
}

/// Reads watermarks, their history and committed windows from PostgreSQL. Every call throws `OffloadError`.
public struct LedgerReader: Sendable {
    let client: PostgresClient

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

    /// Other tables whose windows went to the same Iceberg table.
    public func rivals(of table: TableDefinition) async throws -> [String] {
        try await LedgerFailure.translated(table.source) {
            try await client.query(
                """
                SELECT table_name FROM offload_watermarks
                WHERE target = $1 AND table_name <> $2 AND last_batch_id IS NOT NULL ORDER BY 1
                """, [.text(table.target), .text(table.source)]
            ).map { try $0.string("table_name") }
        }
    }

    /// The newest changes first, of all tables together.
    public func history(of tables: [String], newest count: Int) async throws -> [WatermarkChangeRecord] {
        try await LedgerFailure.translated(nil) {
            let rows = try await client.query(
                """
                SELECT h.table_name, \(EpochMicroseconds.of("h.created_at")) AS at, h.cursor_text,
                    h.batch_id::text AS batch, h.row_count, h.reason,
                    coalesce(h.position < p.position, h.position IS NULL AND p.position IS NOT NULL) AS went_back
                FROM (
                    SELECT * FROM offload_watermark_history
                    WHERE table_name = ANY ($1::text[]) ORDER BY id DESC LIMIT $2
                ) h LEFT JOIN LATERAL (
                    SELECT position FROM offload_watermark_history
                    WHERE table_name = h.table_name AND id < h.id ORDER BY id DESC LIMIT 1
                ) p ON true ORDER BY h.id DESC
                """, [.textArray(tables), .int(Int64(count))])
            return try rows.map { row in
                WatermarkChangeRecord(
                    table: try row.string("table_name"), atMicroseconds: try row.int64("at"),
                    position: try row.optional("cursor_text", .string),
                    batch: try row.optional("batch", .string).map(BatchID.init),
                    rowCount: try row.optional("row_count", .int64), reason: try row.string("reason"),
                    wentBack: try row.bool("went_back"))
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
