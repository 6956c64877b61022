// Setting a watermark right by hand: under the table's lease, and in one transaction with the table's mark.
import FoundationEssentials
import Iceberg
import OffloadCore
import Postgres

extension PostgresLedger {
    /// Takes the table's lease for a person: as `begin`, but the table's state stays as it is.
    public func hold(_ table: TableDefinition) async throws -> TurnOffer {
        try await taking(table) { token, watermark, _ in
            Turn(table: table.source, token: token, watermark: watermark, strays: [])
        }
    }

    /// Gives the lease back; nothing else changes.
    public func release(_ turn: Turn) async throws {
        try await LedgerFailure.translated(turn.table) {
            try await leases.release(LeaseTable.name(ofTable: turn.table), token: turn.token, on: client)
        }
    }

    /// Makes a change that was proven, unless what it was proven from has moved since.
    ///
    /// - Parameter reason: who made it and why, for the watermark's history.
    /// - Throws: `commitConflict` if anything has moved; `leaseLost`. Nothing is changed then.
    public func apply(_ correction: Correction, to table: TableDefinition, reason: String, in turn: Turn)
        async throws
    {
        let rewrite = try await rewrite(correction)
        do {
            try await fenced(turn) { transaction in
                try await check(correction, table, in: transaction)
                try await strike(correction, in: transaction)
                try await adopt(correction, in: turn, transaction)
                try await move(correction, reason, in: transaction)
                guard let rewrite, let old = correction.metadataLocation else { return }
                try await files.put(rewrite.metadata.serialized, at: rewrite.location)
                guard
                    try await catalog.move(
                        try TableName(table.target), from: old, to: rewrite.location, in: transaction)
                else { throw moved(turn.table) }
            }
        } catch let error as OffloadError where error.code != .commitUnknown {
            if let rewrite { try? await files.remove(rewrite.location) }
            throw error
        }
    }

    /// The table's metadata with the mark that the change wants; nil: it keeps the one it has.
    private func rewrite(_ correction: Correction) async throws -> (
        metadata: TableMetadata, location: String
    )? {
        guard let mark = correction.mark, let location = correction.metadataLocation else { return nil }
        let old = try await files.metadata(at: location)
        let metadata = try old.setting(
            properties: try SnapshotMark.change(of: mark, to: correction.after, in: old),
            previousMetadataLocation: location, timestampMilliseconds: files.nowMilliseconds())
        return (
            metadata, metadata.metadataLocation(after: location, uuid: UUID.fresh().uuidString.lowercased())
        )
    }

    private func check(
        _ correction: Correction, _ table: TableDefinition, in transaction: PostgresTransaction
    ) async throws {
        let watermark = try await WatermarkRow.locked(table.source, in: transaction).value
        let location = try await catalog.lockedLocation(of: try TableName(table.target), in: transaction)
        guard watermark.stands(as: correction.before), location == correction.metadataLocation else {
            throw moved(table.source)
        }
    }

    private func moved(_ table: String) -> OffloadError {
        OffloadError(
            .commitConflict, "the watermark or the Iceberg table moved meanwhile; nothing was changed",
            table: table, isRetryable: true, hint: "type the same command again: it looks anew")
    }

    private func strike(_ correction: Correction, in transaction: PostgresTransaction) async throws {
        guard !correction.struck.isEmpty else { return }
        _ = try await transaction.query(
            """
            UPDATE offload_batches SET status = 'abandoned'
            WHERE status = 'committed' AND batch_id = ANY ($1::text[]::uuid[])
            """, [.textArray(correction.struck.map(\.batch.text))])
        _ = try await transaction.query(
            """
            UPDATE offload_watermarks SET last_offload_max_sequence = coalesce(
                (SELECT max(sequence_max) FROM offload_batches WHERE table_name = $1 AND status = 'committed'), 0)
            WHERE table_name = $1
            """, [.text(correction.after.table)])
    }

    /// A batch that the ledger's backup knows only as staged must never be swept: its files are the table's.
    private func adopt(_ correction: Correction, in turn: Turn, _ transaction: PostgresTransaction)
        async throws
    {
        for window in correction.adopted {
            _ = try await transaction.query(
                """
                INSERT INTO offload_batches
                    (batch_id, table_name, token, status, low, high, row_count, snapshot_id, metadata_folder, committed_at)
                VALUES ($1::uuid, $2, $3, 'committed', $4, $5, $6, $7, '', clock_timestamp())
                ON CONFLICT (batch_id) DO UPDATE SET status = 'committed', low = excluded.low, high = excluded.high,
                    row_count = excluded.row_count, snapshot_id = excluded.snapshot_id,
                    committed_at = excluded.committed_at
                """,
                [
                    .text(window.batch.text), .text(turn.table), .int(turn.token), .init(window.window.low),
                    .init(window.window.high), .int(window.window.rowCount), .init(window.snapshotID),
                ])
        }
    }

    private func move(_ correction: Correction, _ reason: String, in transaction: PostgresTransaction)
        async throws
    {
        let change = WatermarkChange(
            table: correction.after.table, cursor: correction.after.cursor,
            position: correction.after.position,
            batch: correction.after.lastBatch?.id, rowCount: nil, sequenceMax: nil, lakeUUID: nil,
            reason: reason)
        try await change.apply(in: transaction)
        // Windows only ever set these; a rewind may take them away.
        _ = try await transaction.query(
            """
            UPDATE offload_watermarks SET lake_table_uuid = $2::uuid,
                last_offload_timestamp = CASE WHEN position IS NULL THEN 'epoch' ELSE last_offload_timestamp END
            WHERE table_name = $1
            """, [.text(correction.after.table), .init(correction.after.lakeUUID)])
    }
}
