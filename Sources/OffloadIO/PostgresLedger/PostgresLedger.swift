// The real ledger: watermarks, leases and windows in PostgreSQL, beside the Iceberg catalog.
import OffloadCore
import Postgres

/// Every write carries the turn's token and is refused when a newer turn has begun (docs/decisions/0002).
public struct PostgresLedger: Ledger {
    public struct Configuration: Sendable {
        /// Who we are in the lease table.
        public var holder: Holder
        /// How long a lease lives without being prolonged (default 60 s).
        public var leaseLife: Duration = .seconds(60)
        /// The Iceberg catalog's name as its readers configure it; a part of the catalog's key.
        public var catalogName: String

        public init(holder: Holder, catalogName: String) {
            self.holder = holder
            self.catalogName = catalogName
        }
    }

    let configuration: Configuration
    let client: PostgresClient
    let catalog: SQLCatalog
    let files: WarehouseFiles
    let leases: LeaseTable

    public init(_ configuration: Configuration, client: PostgresClient, files: WarehouseFiles) {
        self.configuration = configuration
        self.client = client
        self.files = files
        catalog = SQLCatalog(name: configuration.catalogName)
        leases = LeaseTable(holder: configuration.holder, life: configuration.leaseLife)
    }

    public func begin(_ table: TableDefinition) async throws -> TurnOffer {
        try await taking(table) { token, watermark, transaction in
            _ = try await transaction.query(
                """
                UPDATE offload_watermarks SET status = 'running', target = $2, updated_at = now()
                WHERE table_name = $1
                """, [.text(table.source), .text(table.target)])
            return Turn(
                table: table.source, token: token, watermark: watermark,
                strays: try await strays(of: table.source, in: transaction))
        }
    }

    /// Takes a table's lease; the turn is made in the same transaction.
    func taking(
        _ table: TableDefinition,
        _ turn: @escaping @Sendable (_ token: Int64, Watermark, PostgresTransaction) async throws -> Turn
    ) async throws -> TurnOffer {
        let lease = LeaseTable.name(ofTable: table.source)
        let offer: TurnOffer = try await LedgerFailure.translated(table.source) {
            try await client.transaction { transaction in
                try await addWatermark(of: table, in: transaction)
                // Waits for a commit that is on its way: what we read after it is settled.
                let watermark = try await WatermarkRow.locked(table.source, in: transaction)
                try watermark.checkTarget(table)
                switch try await leases.take(lease, in: transaction) {
                case .taken(let token):
                    return .granted(try await turn(token, watermark.value, transaction))
                case .held(let holder):
                    return .busy(holder: holder)
                }
            }
        }
        leases.heard(lease)
        return offer
    }

    /// The row that everything about a table is locked by.
    private func addWatermark(of table: TableDefinition, in transaction: PostgresTransaction) async throws {
        _ = try await transaction.query(
            """
            INSERT INTO offload_watermarks (table_name, target, last_offload_timestamp, last_offload_max_sequence)
            VALUES ($1, $2, 'epoch', 0) ON CONFLICT DO NOTHING
            """, [.text(table.source), .text(table.target)])
    }

    public func renew(_ turn: Turn) async throws -> Bool {
        try await LedgerFailure.translated(turn.table) {
            try await leases.renew(LeaseTable.name(ofTable: turn.table), token: turn.token, on: client)
        }
    }

    public func open(_ intent: BatchIntent, in turn: Turn) async throws {
        try await fenced(turn) { transaction in
            let id = PostgresValue.text(intent.trace.id.text)
            _ = try await transaction.query(
                """
                INSERT INTO offload_batches (batch_id, table_name, token, status, low, high, metadata_folder)
                VALUES ($1::uuid, $2, $3, 'staged', $4, $5, $6)
                """,
                [
                    id, .text(turn.table), .int(turn.token), .init(intent.window.low),
                    .init(intent.window.high),
                    .text(intent.trace.metadataFolder),
                ])
            _ = try await transaction.query(
                "INSERT INTO offload_files (batch_id, location) SELECT $1::uuid, unnest($2::text[])",
                [id, .textArray(intent.trace.dataFiles)])
        }
    }

    public func receipt(of batch: BatchID, in turn: Turn) async throws -> CommitReceipt? {
        try await LedgerFailure.translated(turn.table) {
            try await client.transaction { transaction in
                // The lock is what makes "no" final: a commit still on its way holds it until it is decided.
                _ = try await WatermarkRow.locked(turn.table, in: transaction)
                let rows = try await transaction.query(
                    """
                    SELECT snapshot_id, row_count, byte_count, content_hash::text, content_fields::text[],
                        (SELECT count(*) FROM offload_files f WHERE f.batch_id = b.batch_id) AS file_count
                    FROM offload_batches b WHERE batch_id = $1::uuid AND status = 'committed'
                    """, [.text(batch.text)])
                return try rows.first.map {
                    CommitReceipt(
                        batch: batch, snapshotID: try $0.int64("snapshot_id"),
                        rowCount: try $0.int64("row_count"),
                        byteCount: try $0.int64("byte_count"), fileCount: Int(try $0.int64("file_count")),
                        contentHash: try $0.contentReceipt()?.hash)
                }
            }
        }
    }

    public func strikeOff(_ batch: BatchID, in turn: Turn) async throws {
        try await LedgerFailure.translated(turn.table) {
            _ = try await client.query(
                "UPDATE offload_batches SET status = 'abandoned' WHERE batch_id = $1::uuid AND status = 'staged'",
                [.text(batch.text)])
        }
    }

    public func observe(_ position: CursorValue, in turn: Turn) async throws {
        try await fenced(turn) { transaction in
            _ = try await transaction.query(
                """
                UPDATE offload_watermarks SET observed_position = $2, observed_at = clock_timestamp()
                WHERE table_name = $1
                """, [.text(turn.table), .init(position)])
        }
    }

    public func repair(
        to position: CursorValue, batch: BatchID, cursor: Cursor, reason: String, in turn: Turn
    ) async throws {
        try await fenced(turn) { transaction in
            // The ledger may have forgotten the batch, or know it only as staged: a sweep must never take its files.
            _ = try await transaction.query(
                """
                INSERT INTO offload_batches
                    (batch_id, table_name, token, status, low, high, row_count, metadata_folder, committed_at)
                SELECT $1::uuid, table_name, $3, 'committed', position, $4, $5::bigint, '', clock_timestamp()
                FROM offload_watermarks WHERE table_name = $2
                ON CONFLICT (batch_id) DO UPDATE SET status = 'committed',
                    row_count = coalesce(offload_batches.row_count, excluded.row_count)
                """,
                [
                    .text(batch.text), .text(turn.table), .int(turn.token), .init(position),
                    .init(try await rowCount(of: batch, for: turn.table, in: transaction)),
                ])
            let change = WatermarkChange(
                table: turn.table, cursor: cursor, position: position, batch: batch, rowCount: nil,
                sequenceMax: nil,
                lakeUUID: nil, reason: "repair: \(reason)")
            try await change.apply(in: transaction)
        }
    }

    public func end(_ turn: Turn, _ result: TurnResult) async throws {
        let name = LeaseTable.name(ofTable: turn.table)
        leases.rest(name, token: turn.token)
        try await LedgerFailure.translated(turn.table) {
            try await client.transaction { transaction in
                // First the watermark here too: whoever begins holds it and waits for the lease.
                _ = try await WatermarkRow.locked(turn.table, in: transaction)
                guard try await leases.release(name, token: turn.token, in: transaction) else { return }
                switch result {
                case .success(let rowCount, let seconds):
                    _ = try await transaction.query(
                        """
                        UPDATE offload_watermarks SET status = 'success', last_offload_row_count = $2,
                            last_run_duration_seconds = round($3::float8)::int, last_successful_run = now(),
                            failure_count = 0, last_error_message = NULL, updated_at = now()
                        WHERE table_name = $1
                        """, [.text(turn.table), .int(rowCount), .double(seconds)])
                case .failure(let message, let rowCount, let seconds):
                    _ = try await transaction.query(
                        """
                        UPDATE offload_watermarks SET status = 'failed', last_offload_row_count = $2,
                            last_run_duration_seconds = round($3::float8)::int, failure_count = failure_count + 1,
                            last_error_message = left($4, 1000), updated_at = now()
                        WHERE table_name = $1
                        """, [.text(turn.table), .int(rowCount), .double(seconds), .text(message)])
                }
            }
        }
    }

    /// Runs a write that a turn may only make while its lease is its own.
    func fenced(
        _ turn: Turn, _ body: @escaping @Sendable (PostgresTransaction) async throws -> Void
    ) async throws {
        try await LedgerFailure.translated(turn.table) {
            try await client.transaction { transaction in
                // First the watermark, then the lease, as everywhere: two orders would be a deadlock.
                _ = try await WatermarkRow.locked(turn.table, in: transaction)
                try await leases.check(
                    LeaseTable.name(ofTable: turn.table), token: turn.token, in: transaction)
                try await body(transaction)
            }
        }
    }

    /// How many rows a batch added, as the Iceberg table remembers it; nil: its snapshot is gone.
    private func rowCount(
        of batch: BatchID, for table: String, in transaction: PostgresTransaction
    ) async throws -> Int64? {
        let target = try await WatermarkRow.locked(table, in: transaction).target
        guard let location = try await catalog.lockedLocation(of: try TableName(target), in: transaction)
        else {
            return nil
        }
        return try SnapshotMark.rowCount(of: batch, in: try await files.metadata(at: location))
    }

    private func strays(of table: String, in transaction: PostgresTransaction) async throws -> [BatchTrace] {
        let rows = try await transaction.query(
            """
            SELECT b.batch_id, b.metadata_folder, array_agg(f.location ORDER BY f.location) AS locations
            FROM offload_batches b JOIN offload_files f USING (batch_id)
            WHERE b.table_name = $1 AND b.status = 'staged' GROUP BY b.batch_id, b.metadata_folder
            """, [.text(table)])
        return try rows.map {
            BatchTrace(
                id: BatchID(try $0.string("batch_id")), metadataFolder: try $0.string("metadata_folder"),
                dataFiles: try $0.textArray("locations"))
        }
    }
}
