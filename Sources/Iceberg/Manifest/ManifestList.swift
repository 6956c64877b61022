/// The manifests of one snapshot (Iceberg spec, "Manifest Lists").
public struct ManifestList: Hashable, Sendable {
    private typealias Fields = ManifestFields

    /// In the order of the file.
    public let manifests: [ManifestFile]

    init(_ manifests: [ManifestFile]) {
        self.manifests = manifests
    }

    /// Reads a list of any engine, also one from before an upgrade from format version 1.
    /// - Throws: `.invalidAvro` or `.invalidManifest`, which names `location`.
    public init(parsing bytes: [UInt8], location: String) throws {
        do {
            let file = try AvroFileReader(bytes)
            let columns = AvroColumns(
                file.schema, known: Fields.manifestFile, aliases: Fields.manifestFileAliases)
            let summaries = columns.position(of: Fields.partitions).flatMap {
                file.schema.fields[$0].schema.items
            }
            let summaryColumns = AvroColumns(summaries ?? AvroSchema(.null), known: Fields.summary)
            var manifests: [ManifestFile] = []
            try file.forEach { manifests.append(try Self.manifest(try columns.row($0), summaryColumns)) }
            self.manifests = manifests
        } catch let error as IcebergError {
            throw error.adding("manifest-list", location)
        }
    }

    private static func manifest(_ row: AvroColumns.Row, _ summaries: AvroColumns) throws -> ManifestFile {
        // Version 1 has neither content nor sequence numbers: data, and 0 (Iceberg spec, appendix E).
        guard let content = ManifestFile.Content(rawValue: try row.int32(Fields.manifestContent) ?? 0) else {
            throw IcebergError(.unsupported, "a manifest's content is neither data nor deletes")
        }
        return ManifestFile(
            manifestPath: try row.required(Fields.manifestPath, row.string),
            manifestLength: try row.required(Fields.manifestLength, row.integer),
            partitionSpecID: try row.required(Fields.partitionSpecID, row.int32),
            content: content,
            sequenceNumber: try row.integer(Fields.manifestSequenceNumber) ?? 0,
            minSequenceNumber: try row.integer(Fields.minSequenceNumber) ?? 0,
            addedSnapshotID: try row.required(Fields.addedSnapshotID, row.integer),
            addedFilesCount: try row.required(Fields.addedFilesCount, row.int32),
            existingFilesCount: try row.required(Fields.existingFilesCount, row.int32),
            deletedFilesCount: try row.required(Fields.deletedFilesCount, row.int32),
            addedRowsCount: try row.required(Fields.addedRowsCount, row.integer),
            existingRowsCount: try row.required(Fields.existingRowsCount, row.integer),
            deletedRowsCount: try row.required(Fields.deletedRowsCount, row.integer),
            partitions: row[Fields.partitions] == .null
                ? nil
                : try row.list(Fields.partitions) { $0 }.map { try summary(try summaries.row($0)) },
            keyMetadata: try row.bytes(Fields.manifestKeyMetadata))
    }

    private static func summary(_ row: AvroColumns.Row) throws -> FieldSummary {
        FieldSummary(
            containsNull: try row.required(Fields.containsNull, row.bool),
            containsNaN: try row.bool(Fields.containsNaN),
            lowerBound: try row.bytes(Fields.lowerBound),
            upperBound: try row.bytes(Fields.upperBound))
    }

    /// The bytes of the list's file; the same input gives the same bytes.
    func encoded(
        snapshotID: Int64, parentSnapshotID: Int64?, sequenceNumber: Int64, sync: [UInt8]
    ) throws -> [UInt8] {
        var file = AvroFileWriter(
            schema: AvroSchema(record: "manifest_file", Fields.manifestFile),
            metadata: [
                ("snapshot-id", String(snapshotID)),
                // Java spells the absent parent out.
                ("parent-snapshot-id", parentSnapshotID.map { String($0) } ?? "null"),
                ("sequence-number", String(sequenceNumber)),
                ("format-version", "2"),
                (
                    "iceberg.schema",
                    JSONText(Schema(schemaID: 0, fields: Fields.manifestFile).json).description
                ),
            ],
            codec: .deflate, sync: sync)
        for manifest in manifests { try file.append(Self.avro(manifest)) }
        return try file.finish()
    }

    private static func avro(_ manifest: ManifestFile) -> AvroValue {
        .record([
            .string(manifest.manifestPath), .long(manifest.manifestLength), .int(manifest.partitionSpecID),
            .int(manifest.content.rawValue), .long(manifest.sequenceNumber),
            .long(manifest.minSequenceNumber),
            .long(manifest.addedSnapshotID), .int(manifest.addedFilesCount),
            .int(manifest.existingFilesCount),
            .int(manifest.deletedFilesCount), .long(manifest.addedRowsCount),
            .long(manifest.existingRowsCount),
            .long(manifest.deletedRowsCount),
            manifest.partitions.map { .array($0.map(avro)) } ?? .null,
            manifest.keyMetadata.map { .bytes($0) } ?? .null,
        ])
    }

    private static func avro(_ summary: FieldSummary) -> AvroValue {
        .record([
            .boolean(summary.containsNull),
            summary.containsNaN.map { .boolean($0) } ?? .null,
            summary.lowerBound.map { .bytes($0) } ?? .null,
            summary.upperBound.map { .bytes($0) } ?? .null,
        ])
    }
}
