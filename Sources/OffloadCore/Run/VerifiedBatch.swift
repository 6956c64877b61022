// StagedBatch to VerifiedBatch: the source's own facts of the window must equal what the files hold.
import Iceberg

/// Proof that a staged batch holds exactly its window's rows, each file in its one partition. Only `Verifier` makes it.
public struct VerifiedBatch: Sendable {
    public let staged: StagedBatch
    /// The highest value of the `sequence` column in the window; nil if none is configured.
    public let sequenceMax: Int64?
    /// What the rows hold; nil if the table is verified by count.
    public let content: ContentReceipt?

    fileprivate init(staged: StagedBatch, sequenceMax: Int64?, content: ContentReceipt?) {
        self.staged = staged
        self.sequenceMax = sequenceMax
        self.content = content
    }
}

/// Compares what was staged with what the source says.
struct Verifier {
    let doors: Doors

    /// - Throws: `countMismatch` if any number differs: rows changed during the copy, or the source sent only a part;
    ///   `contentMismatch` if the rows are as many, but others.
    func verify(_ batch: StagedBatch, of table: SourceTable, for lake: LakeTable) async throws
        -> VerifiedBatch
    {
        for (slice, file) in zip(batch.slices, batch.files) {
            guard slice.rowCount == file.recordCount else {
                throw mismatch(batch, table, "one file", expected: slice.rowCount, found: file.recordCount)
            }
            try checkPartition(of: file, slice: slice, in: lake, table: table)
        }
        let columns = table.definition.verification == .hash ? lake.columns : []
        let after = try await doors.source.count(batch.window, of: table, hashing: columns)
        guard after.rowCount == batch.rowCount else {
            throw mismatch(batch, table, "the window", expected: after.rowCount, found: batch.rowCount)
        }
        let content = after.contentHash.map { hash in
            ContentReceipt(hash: hash, fieldIDs: columns.map(\.field.id).sorted())
        }
        if let content { try await check(batch, holds: content, of: table, for: lake) }
        return VerifiedBatch(staged: batch, sequenceMax: after.sequenceMax, content: content)
    }

    /// Has the finished files decoded: a file may look right, and count right, and yet hold other rows.
    private func check(
        _ batch: StagedBatch, holds content: ContentReceipt, of table: SourceTable, for lake: LakeTable
    ) async throws {
        let reader = FileDigester(doors: doors, table: table, lake: lake)
        var found = RowDigest.nothing
        for file in batch.files {
            let digest = try await reader.digest(file.filePath, over: content.fieldIDs)
            guard digest.rowCount == file.recordCount else {
                throw mismatch(
                    batch, table, "a finished file", expected: file.recordCount, found: digest.rowCount)
            }
            found = found + digest
        }
        guard found.contentHash == content.hash else {
            throw OffloadError(
                .contentMismatch,
                "the finished files hold as many rows as ClickHouse, but others; nothing was committed",
                table: table.name, context: ["batch": batch.trace.id.text], isRetryable: true,
                hint: "rows changed during the copy; if it recurs, report this with the ClickHouse version")
        }
    }

    /// The file's own statistics must lie in the partition it was written for. Statistics of strings may be cut short
    /// and bucket numbers follow no order, so only exact bounds under order-preserving transforms can speak.
    private func checkPartition(
        of file: DataFile, slice: PartitionSlice, in lake: LakeTable, table: SourceTable
    ) throws {
        for (field, value) in zip(lake.spec.fields, slice.values) {
            guard let value, field.transform.isOrderPreserving,
                let column = lake.schema.field(id: field.sourceID),
                column.type != .string, column.type != .binary
            else { continue }
            for bound in [file.lowerBounds[field.sourceID], file.upperBounds[field.sourceID]] {
                guard let bound, let literal = try? Literal(decoding: bound, as: column.type) else {
                    continue
                }
                guard field.transform.apply(literal) == value else {
                    throw OffloadError(
                        .partitionMismatch,
                        "a data file holds rows of another partition than \(field.name) says",
                        table: table.name, context: ["file": file.filePath, "partition": "\(value)"],
                        hint:
                            "nothing was committed; report this with the ClickHouse version and the column's type"
                    )
                }
            }
        }
    }

    private func mismatch(
        _ batch: StagedBatch, _ table: SourceTable, _ what: String, expected: Int64, found: Int64
    ) -> OffloadError {
        OffloadError(
            .countMismatch,
            "\(what) has \(found) rows where ClickHouse counts \(expected); nothing was committed",
            table: table.name, context: ["batch": batch.trace.id.text], isRetryable: true,
            hint:
                "rows arrived or vanished behind the settle time: raise `settle` for this table if it recurs")
    }
}
