// What an Iceberg table proves of our windows: its mark, its snapshots and its files, read at one moment.
import OffloadCore

extension WarehouseLake {
    /// Nil: there is no such table. Costs reading all its manifests, as `liveFiles` does.
    ///
    /// - Throws: what reading the table's metadata throws.
    public func evidence(of table: SourceTable) async throws -> LakeEvidence? {
        try await translated(table.name) {
            let name = try TableName(table.definition.target)
            guard let location = try await catalog.location(of: name, on: client) else { return nil }
            let metadata = try await files.metadata(at: location)
            let live = try LiveFiles(metadata: metadata, warehouse: self, table: table)
            let contents = try await live.contents()
            return LakeEvidence(
                table: live.lake, metadataLocation: location,
                windows: try SnapshotMark.windows(in: metadata),
                knownBatches: try SnapshotMark.batches(in: metadata), files: contents.files,
                hasDeletes: contents.hasDeletes)
        }
    }
}
