/// An append of data files to a table's `main` branch, as a value: it says which files to write, and does no I/O.
///
/// A failed attempt is never retried with the same value: load the table anew, and take a fresh UUID and snapshot id,
/// so that no attempt overwrites another's files.
public struct Append: Sendable {
    /// Reads the whole file at a location.
    public typealias Reader = (_ location: String) async throws -> [UInt8]

    /// The table as it is before the append.
    public var metadata: TableMetadata
    /// At least one; each carries the spec it was divided by, which need not be the table's default any more.
    public var files: [DataFile]
    /// Entries of the snapshot's summary beside Iceberg's own, which win where the names are the same.
    public var summary: [String: String]
    /// Table properties to set in the same commit.
    public var properties: [String: String]
    /// Fresh (`TableMetadata.freshSnapshotID`).
    public var snapshotID: Int64
    /// Names the commit's files; fresh for every attempt.
    public var commitUUID: String
    /// Now, in milliseconds from 1970-01-01T00:00:00Z.
    public var timestampMilliseconds: Int64

    public init(
        metadata: TableMetadata, files: [DataFile], summary: [String: String] = [:],
        properties: [String: String] = [:], snapshotID: Int64, commitUUID: String,
        timestampMilliseconds: Int64
    ) {
        self.metadata = metadata
        self.files = files
        self.summary = summary
        self.properties = properties
        self.snapshotID = snapshotID
        self.commitUUID = commitUUID
        self.timestampMilliseconds = timestampMilliseconds
    }

    /// What to write, and the table afterwards.
    ///
    /// Reads the current manifest list, and about every hundredth time the manifests that are due to be merged.
    /// - Parameter metadataLocation: where `metadata` was read from.
    /// - Throws: `.invalidPartition` for files that do not fit their spec; `.conflict` for a snapshot id in use; errors of
    ///   reading manifests; whatever `read` throws.
    public func commit(metadataLocation: String, read: Reader) async throws -> Commit {
        try checkFiles()
        let parent = try metadata.currentSnapshot
        let parentManifests = try await manifests(of: parent, read)
        let writer = ManifestWriter(
            snapshotID: snapshotID, sequenceNumber: try nextSequenceNumber, schema: metadata.currentSchema,
            sync: sync)

        var merge = ManifestMerge(metadata: metadata, writer: writer, commitUUID: commitUUID)
        for specID in Set(files.map(\.specID)).sorted(by: >) {
            try merge.add(files.filter { $0.specID == specID }, specID: specID)
        }
        let manifests = try await merge.manifests(with: parentManifests, read)

        let listLocation = "\(metadata.metadataFolder)/snap-\(snapshotID)-1-\(commitUUID).avro"
        let list = try ManifestList(manifests).encoded(
            snapshotID: snapshotID, parentSnapshotID: parent?.snapshotID,
            sequenceNumber: writer.sequenceNumber,
            sync: sync)
        let snapshot = Snapshot(
            snapshotID: snapshotID, parentSnapshotID: parent?.snapshotID,
            sequenceNumber: writer.sequenceNumber,
            timestampMilliseconds: timestampMilliseconds, manifestList: listLocation,
            summary: summary.merging(
                AppendSummary(files: files, manifests: manifests, parent: parent).entries
            ) { $1 },
            schemaID: metadata.currentSchema.schemaID)
        return try Commit(
            adding: snapshot, to: metadata, at: metadataLocation, properties: properties, uuid: commitUUID,
            files: merge.files(in: manifests) + [NewFile(location: listLocation, bytes: list)])
    }

    private func checkFiles() throws {
        guard !files.isEmpty else {
            throw IcebergError(.unsupported, "an append needs at least one file")
        }
        guard Set(files.map(\.filePath)).count == files.count else {
            throw IcebergError(.invalidManifest, "an append names the same file twice")
        }
        for file in files where file.content != .data {
            throw IcebergError(
                .unsupported, "an append takes data files only", context: ["file": file.filePath])
        }
    }

    private func manifests(of snapshot: Snapshot?, _ read: Reader) async throws -> [ManifestFile] {
        guard let location = snapshot?.manifestList else { return [] }
        return try ManifestList(parsing: try await read(location), location: location).manifests
    }

    private var nextSequenceNumber: Int64 {
        get throws {
            let (next, overflow) = metadata.lastSequenceNumber.addingReportingOverflow(1)
            guard !overflow else {
                throw IcebergError(.invalidMetadata, "the table has used up its sequence numbers")
            }
            return next
        }
    }

    /// Avro asks for 16 bytes that are unlikely to stand in the data; the commit's own name is.
    private var sync: [UInt8] {
        let name = Array(
            commitUUID.utf8.filter { $0 != UInt8(ascii: "-") }.suffix(AvroFileReader.syncByteCount))
        return [UInt8](repeating: 0, count: AvroFileReader.syncByteCount - name.count) + name
    }
}
