/// A change of a table that is ready to be written: files first, then the catalog's pointer.
public struct Commit: Sendable {
    /// Manifests, manifest list and metadata, in the order in which they must be written: none refers to a later one.
    public let newFiles: [NewFile]
    /// The table once the commit stands.
    public let metadata: TableMetadata
    /// What the catalog's pointer is to say; the last of `newFiles`.
    public let metadataLocation: String
    public let snapshot: Snapshot
    /// Old metadata files that the table's properties want deleted once the commit stands; empty by Iceberg's default.
    public let droppedMetadataLocations: [String]

    init(
        adding snapshot: Snapshot, to base: TableMetadata, at baseLocation: String,
        properties: [String: String],
        uuid: String, files: [NewFile]
    ) throws {
        metadata = try base.adding(
            snapshot: snapshot, properties: properties, previousMetadataLocation: baseLocation)
        metadataLocation = metadata.metadataLocation(after: baseLocation, uuid: uuid)
        newFiles = files + [NewFile(location: metadataLocation, bytes: metadata.serialized)]
        // The metadata may have raised the snapshot's time.
        self.snapshot = try metadata.currentSnapshot ?? snapshot
        droppedMetadataLocations =
            metadata.deletesMetadataAfterCommit ? metadata.droppedMetadataFiles(since: base) : []
    }
}
