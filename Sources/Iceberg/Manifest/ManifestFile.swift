/// One row of a manifest list: a manifest, and what is known without opening it (Iceberg spec, "Manifest Lists").
public struct ManifestFile: Hashable, Sendable {
    /// Whether a manifest lists data files or delete files; never both.
    public enum Content: Int32, Sendable {
        case data = 0
        case deletes = 1
    }

    public var manifestPath: String
    /// Exact length of the manifest in bytes.
    public var manifestLength: Int64
    public var partitionSpecID: Int32
    public var content: Content
    /// Sequence number of the commit that wrote the manifest; 0 in tables that were once of format version 1.
    public var sequenceNumber: Int64
    /// The lowest data sequence number of a live file.
    public var minSequenceNumber: Int64
    public var addedSnapshotID: Int64
    public var addedFilesCount: Int32
    public var existingFilesCount: Int32
    public var deletedFilesCount: Int32
    public var addedRowsCount: Int64
    public var existingRowsCount: Int64
    public var deletedRowsCount: Int64
    /// One summary for each partition field; nil when the writer gave none.
    public var partitions: [FieldSummary]?
    /// nil unless the manifest is encrypted.
    public var keyMetadata: [UInt8]?

    public init(
        manifestPath: String, manifestLength: Int64, partitionSpecID: Int32, content: Content,
        sequenceNumber: Int64, minSequenceNumber: Int64, addedSnapshotID: Int64, addedFilesCount: Int32,
        existingFilesCount: Int32, deletedFilesCount: Int32, addedRowsCount: Int64, existingRowsCount: Int64,
        deletedRowsCount: Int64, partitions: [FieldSummary]?, keyMetadata: [UInt8]? = nil
    ) {
        self.manifestPath = manifestPath
        self.manifestLength = manifestLength
        self.partitionSpecID = partitionSpecID
        self.content = content
        self.sequenceNumber = sequenceNumber
        self.minSequenceNumber = minSequenceNumber
        self.addedSnapshotID = addedSnapshotID
        self.addedFilesCount = addedFilesCount
        self.existingFilesCount = existingFilesCount
        self.deletedFilesCount = deletedFilesCount
        self.addedRowsCount = addedRowsCount
        self.existingRowsCount = existingRowsCount
        self.deletedRowsCount = deletedRowsCount
        self.partitions = partitions
        self.keyMetadata = keyMetadata
    }

    var hasLiveFiles: Bool { addedFilesCount > 0 || existingFilesCount > 0 }

    var liveFilesCount: Int64 { Int64(addedFilesCount) + Int64(existingFilesCount) }

    var liveRowsCount: Int64 { addedRowsCount &+ existingRowsCount }
}
