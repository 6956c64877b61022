/// Writes the manifests of one snapshot, in format version 2 and as Java lays them out.
struct ManifestWriter {
    let snapshotID: Int64
    /// The number that the snapshot commits with.
    let sequenceNumber: Int64
    /// The table's current schema, whatever older schema the files were written with.
    let schema: Schema
    /// Ends the blocks of the Avro files; the same bytes make the same file.
    let sync: [UInt8]

    /// - Throws: `.invalidPartition` when the schema lacks a source column of the spec, or values do not fit it.
    func write(
        _ entries: [ManifestEntry], spec: PartitionSpec, to location: String
    ) throws -> (file: NewFile, row: ManifestFile) {
        let partition = try spec.partitionType(in: schema)
        let fields = ManifestFields.entry(partition)
        var file = AvroFileWriter(
            schema: AvroSchema(record: "manifest_entry", fields), metadata: header(spec, fields),
            codec: .deflate,
            sync: sync)
        for entry in entries { try file.append(try Self.avro(entry, partition)) }
        let bytes = try file.finish()
        let row = row(of: entries, partition, specID: spec.specID, location: location, byteCount: bytes.count)
        return (NewFile(location: location, bytes: bytes), row)
    }

    private func header(_ spec: PartitionSpec, _ fields: [NestedField]) -> [(String, String)] {
        [
            ("schema", JSONText(schema.json).description),
            ("schema-id", String(schema.schemaID)),
            ("partition-spec", JSONText(spec.fieldsJSON).description),
            ("partition-spec-id", String(spec.specID)),
            ("format-version", "2"),
            ("content", "data"),
            ("iceberg.schema", JSONText(Schema(schemaID: 0, fields: fields).json).description),
        ]
    }

    private static func avro(_ entry: ManifestEntry, _ partition: [NestedField]) throws -> AvroValue {
        .record([
            .int(entry.status.rawValue),
            entry.snapshotID.map { .long($0) } ?? .null,
            entry.sequenceNumber.map { .long($0) } ?? .null,
            entry.fileSequenceNumber.map { .long($0) } ?? .null,
            try entry.dataFile.avro(partition: partition),
        ])
    }

    private func row(
        of entries: [ManifestEntry], _ partition: [NestedField], specID: Int32, location: String,
        byteCount: Int
    ) -> ManifestFile {
        func count(_ status: ManifestEntry.Status) -> (files: Int32, rows: Int64) {
            entries.reduce((0, 0)) { sum, entry in
                entry.status == status ? (sum.0 + 1, sum.1 &+ entry.dataFile.recordCount) : sum
            }
        }
        let (added, existing, deleted) = (count(.added), count(.existing), count(.deleted))
        let numbers = entries.filter(\.isLive).map { $0.sequenceNumber ?? sequenceNumber }
        return ManifestFile(
            manifestPath: location, manifestLength: Int64(byteCount), partitionSpecID: specID, content: .data,
            sequenceNumber: sequenceNumber, minSequenceNumber: numbers.min() ?? sequenceNumber,
            addedSnapshotID: snapshotID, addedFilesCount: added.files, existingFilesCount: existing.files,
            deletedFilesCount: deleted.files, addedRowsCount: added.rows, existingRowsCount: existing.rows,
            deletedRowsCount: deleted.rows,
            partitions: partition.indices.map { position in
                FieldSummary(of: entries.lazy.map { $0.dataFile.partition[position] })
            })
    }
}

/// A file of a commit that is still to be written.
public struct NewFile: Hashable, Sendable {
    /// Absolute URI.
    public let location: String
    public let bytes: [UInt8]
}
