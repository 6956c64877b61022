/// A manifest that some engine wrote: its entries, with everything they inherit spelled out.
public struct Manifest: Sendable {
    public let entries: [ManifestEntry]
    /// Whether `entries` hold all that the file holds: false when a field unknown to us has a value, which writing the
    /// entries anew would lose.
    public let isComplete: Bool

    /// Reads a manifest of Java, PyIceberg and others, of format version 2 or from before an upgrade from version 1.
    /// - Parameters:
    ///   - row: its row in the manifest list, which its entries inherit from.
    ///   - partition: the partition tuple of the row's spec (`PartitionSpec.partitionType(in:)`).
    /// - Throws: `.invalidAvro` or `.invalidManifest`, which names the manifest.
    public init(parsing bytes: [UInt8], row: ManifestFile, partition: [NestedField]) throws {
        do {
            let file = try AvroFileReader(bytes)
            let columns = try Columns(file.schema, partition: partition)
            var entries: [ManifestEntry] = []
            var isComplete = true
            try file.forEach { value in
                let (entry, holdsAll) = try columns.entry(value, specID: row.partitionSpecID)
                entries.append(try entry.inheriting(from: row))
                isComplete = isComplete && holdsAll
            }
            self.entries = entries
            self.isComplete = isComplete
        } catch let error as IcebergError {
            throw error.adding("manifest", row.manifestPath)
        }
    }

    /// Where a manifest's writer put the fields of its three nested records.
    private struct Columns {
        private typealias Fields = ManifestFields

        private let partitionFields: [NestedField]
        private let partitionField: NestedField
        private let fileField: NestedField
        private let entry: AvroColumns
        private let file: AvroColumns
        private let partition: AvroColumns
        /// Unknown fields of a data file that carry meaning.
        private let unknownPositions: [Int]

        init(_ schema: AvroSchema, partition fields: [NestedField]) throws {
            partitionFields = fields
            partitionField = Fields.partition(fields)
            fileField = Fields.dataFile(fields)
            entry = AvroColumns(schema, known: Fields.entry(fields))
            guard let position = entry.position(of: fileField) else {
                throw IcebergError(.invalidManifest, "an Avro file of something else than manifest entries")
            }
            let fileSchema = schema.fields[position].schema
            file = AvroColumns(fileSchema, known: fileField.type.children)
            let retired = AvroColumns(fileSchema, known: Fields.retired)
            unknownPositions = file.unknownPositions.filter { retired.unknownPositions.contains($0) }
            let tuple = file.position(of: partitionField).map { fileSchema.fields[$0].schema }
            partition = AvroColumns(tuple ?? AvroSchema(.null), known: fields)
        }

        func entry(_ value: AvroValue, specID: Int32) throws -> (entry: ManifestEntry, holdsAll: Bool) {
            let row = try entry.row(value)
            let fileRow = try file.row(row[fileField])
            let tuple = fileRow[partitionField]
            let tupleRow = try partition.row(tuple == .null ? .record([]) : tuple)
            guard let status = ManifestEntry.Status(rawValue: try row.required(Fields.status, row.int32))
            else {
                throw IcebergError(.invalidManifest, "a manifest entry has an unknown status")
            }
            let entry = ManifestEntry(
                status: status,
                snapshotID: try row.integer(Fields.snapshotID),
                sequenceNumber: try row.integer(Fields.sequenceNumber),
                fileSequenceNumber: try row.integer(Fields.fileSequenceNumber),
                dataFile: try DataFile(
                    fileRow, specID: specID,
                    partition: partitionFields.map { try Literal(tupleRow[$0], as: $0.type) }))
            let holdsAll =
                Self.isNull(row, at: self.entry.unknownPositions)
                && Self.isNull(fileRow, at: unknownPositions)
                && Self.isNull(tupleRow, at: partition.unknownPositions)
            return (entry, holdsAll)
        }

        private static func isNull(_ row: AvroColumns.Row, at positions: [Int]) -> Bool {
            positions.allSatisfy { row.values[$0] == .null }
        }
    }
}
