// The commit: table pointer, watermark, ledger and history move in one PostgreSQL transaction, or none of them does.
import Iceberg
import OffloadCore
import Postgres

extension PostgresLedger {
    /// Locks, checks, writes the metadata, moves the pointer, advances the watermark, commits (docs/decisions/0001).
    ///
    /// While the locks are held (some milliseconds) nobody else can move the table's pointer, so there is no lost race
    /// whose metadata file would have to be cleaned up, and no retry.
    public func commit(
        _ batch: VerifiedBatch, of table: SourceTable, to lake: LakeTable, in turn: Turn
    ) async -> CommitOutcome {
        do {
            let commit = try await LedgerFailure.translated(table.name) {
                try await client.transaction { try await write(batch, of: table, to: lake, in: turn, $0) }
            }
            await removeDropped(commit)
            return .committed(
                CommitReceipt(
                    batch: batch.staged.trace.id, snapshotID: commit.snapshot.snapshotID,
                    rowCount: batch.staged.rowCount, byteCount: batch.staged.byteCount,
                    fileCount: batch.staged.files.count, contentHash: batch.content?.hash))
        } catch {
            let failure = OffloadError.wrapping(error, table: table.name)
            return failure.code == .commitUnknown ? .unknown(failure) : .refused(failure)
        }
    }

    private func write(
        _ batch: VerifiedBatch, of table: SourceTable, to lake: LakeTable, in turn: Turn,
        _ transaction: PostgresTransaction
    ) async throws -> Commit {
        let staged = batch.staged
        let watermark = try await WatermarkRow.locked(table.name, in: transaction).value
        try await leases.check(LeaseTable.name(ofTable: table.name), token: turn.token, in: transaction)
        try checkPosition(watermark, staged, table)
        let name = try TableName(lake.name)
        guard let location = try await catalog.lockedLocation(of: name, in: transaction) else {
            throw OffloadError(
                .lakeTableMissing, "the Iceberg table \(lake.name) was dropped while rows were copied",
                table: table.name, hint: "nothing was committed; restore the table, or remove its watermark")
        }
        let commit = try await append(
            staged, behind: watermark, table, lake, turn, at: location)
        try await files.put(commit)
        guard try await catalog.move(name, from: location, to: commit.metadataLocation, in: transaction)
        else {
            throw OffloadError(
                .commitConflict, "the pointer of \(lake.name) moved although it was locked",
                table: table.name,
                isRetryable: true)
        }
        try await advance(batch, of: table, to: lake, commit, in: transaction)
        return commit
    }

    /// The window must begin where the watermark stands, said in the ticks that the cursor has today.
    private func checkPosition(_ watermark: Watermark, _ staged: StagedBatch, _ table: SourceTable) throws {
        guard try Position.decide(watermark, for: table) == staged.window.low else {
            throw OffloadError(
                .commitConflict, "the watermark moved while the window was copied; nothing was committed",
                table: table.name,
                hint: "see who moved it: iceberg-offload watermark history --table \(table.name)")
        }
    }

    private func append(
        _ staged: StagedBatch, behind watermark: Watermark, _ table: SourceTable, _ lake: LakeTable,
        _ turn: Turn,
        at location: String
    ) async throws -> Commit {
        let metadata = try await files.metadata(at: location)
        guard metadata.tableUUID == lake.uuid else {
            throw OffloadError(
                .lakeTableReplaced, "the Iceberg table \(lake.name) was replaced while rows were copied",
                table: table.name, hint: "nothing was committed; the next cycle looks at the new table")
        }
        try Reconciliation.require(watermark, lake, mark: SnapshotMark.read(from: metadata))
        let mark = SnapshotMark(
            batch: staged.trace.id, previous: watermark.lastBatch?.id, low: staged.window.low,
            high: staged.window.high, kind: table.cursor.kind,
            sequenceNumber: metadata.lastSequenceNumber &+ 1, token: turn.token)
        var generator = SystemRandomNumberGenerator()
        let append = Append(
            metadata: metadata, files: staged.files, summary: mark.summary, properties: mark.properties,
            snapshotID: metadata.freshSnapshotID(using: &generator), commitUUID: staged.trace.id.text,
            timestampMilliseconds: files.nowMilliseconds())
        return try await append.commit(metadataLocation: location) { try await files.get($0) }
    }

    private func advance(
        _ batch: VerifiedBatch, of table: SourceTable, to lake: LakeTable, _ commit: Commit,
        in transaction: PostgresTransaction
    ) async throws {
        let staged = batch.staged
        let id = PostgresValue.text(staged.trace.id.text)
        let change = WatermarkChange(
            table: table.name, cursor: table.cursor, position: staged.window.high, batch: staged.trace.id,
            rowCount: staged.rowCount, sequenceMax: batch.sequenceMax, lakeUUID: lake.uuid, reason: "window")
        try await change.apply(in: transaction)
        let updated = try await transaction.query(
            """
            UPDATE offload_batches SET status = 'committed', row_count = $2, byte_count = $3, sequence_max = $4,
                snapshot_id = $5, metadata_location = $6, content_hash = $7::numeric,
                content_fields = $8::text[]::int[], committed_at = clock_timestamp()
            WHERE batch_id = $1::uuid AND status = 'staged'
            """,
            [
                id, .int(staged.rowCount), .int(staged.byteCount), .init(batch.sequenceMax),
                .int(commit.snapshot.snapshotID), .text(commit.metadataLocation),
                .init(batch.content.map { String($0.hash) }),
                batch.content.map { .textArray($0.fieldIDs.map { String($0) }) } ?? .null,
            ])
        guard updated.affectedRowCount == 1 else {
            throw OffloadError(
                .commitConflict, "the batch was struck off while it was copied; nothing was committed",
                table: table.name, isRetryable: true)
        }
        _ = try await transaction.query(
            """
            UPDATE offload_files f SET row_count = s.row_count::bigint, byte_count = s.byte_count::bigint
            FROM unnest($2::text[], $3::text[], $4::text[]) AS s (location, row_count, byte_count)
            WHERE f.batch_id = $1::uuid AND f.location = s.location
            """,
            [
                id, .textArray(staged.files.map(\.filePath)),
                .textArray(staged.files.map { String($0.recordCount) }),
                .textArray(staged.files.map { String($0.fileSizeInBytes) }),
            ])
    }

    /// Tidies up old metadata files where the table asks for it. The commit stands whether this works or not.
    private func removeDropped(_ commit: Commit) async {
        for location in commit.droppedMetadataLocations { try? await files.remove(location) }
    }
}
