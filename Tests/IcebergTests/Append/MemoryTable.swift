// A table in memory: a dictionary of files and the pointer of a catalog.
@testable import Iceberg

struct MemoryTable {
    private(set) var files: [String: [UInt8]] = [:]
    private(set) var metadata: TableMetadata
    private(set) var metadataLocation: String
    /// Locations read by the last append.
    private(set) var reads: [String] = []
    /// What the table's first files, which are not in memory, are read with.
    private let readBase: (String) throws -> [UInt8]

    private var commitsCount: Int64 = 0

    /// A table of others, which is not written to.
    init(_ table: SparkTable) throws {
        metadata = try table.metadata
        metadataLocation = try table.metadataLocation
        readBase = SparkTable.read
    }

    /// A new table of one long column, partitioned by its bucket of four.
    init(properties: [String: String] = [:]) throws {
        let schema = Schema(
            schemaID: 0, fields: [NestedField(id: 1, name: "n", isRequired: true, type: .long)])
        metadata = try TableMetadata.create(
            uuid: "11111111-2222-4333-8444-555555555555", location: "mem:/t", schema: schema,
            spec: try PartitionSpec(dividing: schema, by: [("n", .bucket(4))]), properties: properties,
            timestamp: 1_000)
        metadataLocation = metadata.metadataLocation(after: nil, uuid: "first")
        files[metadataLocation] = metadata.serialized
        readBase = { throw IcebergError(.invalidMetadata, "no such file", context: ["location": $0]) }
    }

    func read(_ location: String) throws -> [UInt8] {
        try files[location] ?? readBase(location)
    }

    /// A file of ten rows in a bucket, or in another partition.
    func file(_ name: String, _ partition: [Literal?] = [.int(1)], specID: Int32 = 0) -> DataFile {
        DataFile(
            filePath: "\(metadata.dataFolder)/\(name).parquet", specID: specID, partition: partition,
            recordCount: 10, fileSizeInBytes: 1_000, lowerBounds: [1: Literal.long(0).encoded])
    }

    /// Commits as the program does: files in their order, then the pointer.
    @discardableResult
    mutating func append(
        _ added: [DataFile], summary: [String: String] = [:], properties: [String: String] = [:]
    ) async throws -> Commit {
        commitsCount += 1
        let append = Append(
            metadata: metadata, files: added, summary: summary, properties: properties,
            snapshotID: 1_000 + commitsCount,
            commitUUID: "00000000-0000-4000-8000-\(100_000_000_000 + commitsCount)",
            timestampMilliseconds: 2_000 + commitsCount)
        var reads: [String] = []
        let commit = try await append.commit(metadataLocation: metadataLocation) { location in
            reads.append(location)
            return try self.read(location)
        }
        self.reads = reads
        for file in commit.newFiles { write(file.bytes, to: file.location) }
        metadata = try TableMetadata(parsing: try read(commit.metadataLocation))
        metadataLocation = commit.metadataLocation
        return commit
    }

    mutating func write(_ bytes: [UInt8], to location: String) {
        files[location] = bytes
    }

    /// Changes the metadata as another engine would.
    mutating func evolve(_ members: [(String, JSONValue)]) throws {
        let object = try JSONObject(JSONText(parsing: metadata.serialized))
        metadata = try TableMetadata(parsing: Array(object.setting(members).text.bytes))
    }

    /// The current manifests.
    var manifests: [ManifestFile] {
        get throws {
            guard let location = try metadata.currentSnapshot?.manifestList else { return [] }
            return try ManifestList(parsing: try read(location), location: location).manifests
        }
    }

    func entries(of row: ManifestFile) throws -> [ManifestEntry] {
        let partition =
            try metadata.spec(id: row.partitionSpecID)?.partitionType(in: metadata.currentSchema) ?? []
        return try Manifest(parsing: try read(row.manifestPath), row: row, partition: partition).entries
    }

    /// Every live entry of the current snapshot.
    var liveEntries: [ManifestEntry] {
        get throws { try manifests.flatMap { try entries(of: $0) }.filter(\.isLive) }
    }
}
