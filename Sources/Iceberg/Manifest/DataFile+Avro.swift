/// Data files as the `data_file` record of a manifest.
extension DataFile {
    private typealias Fields = ManifestFields

    /// The record's values in the order of `ManifestFields.dataFile`.
    func avro(partition fields: [NestedField]) throws -> AvroValue {
        guard partition.count == fields.count else {
            throw IcebergError(
                .invalidPartition, "a data file has another number of partition values than its spec",
                context: ["file": filePath, "spec-id": String(specID)])
        }
        return .record([
            .int(content.rawValue), .string(filePath), .string(fileFormat),
            .record(try zip(partition, fields).map { try $0?.avro(as: $1.type) ?? .null }),
            .long(recordCount), .long(fileSizeInBytes),
            Self.pairs(columnSizes) { .long($0) }, Self.pairs(valueCounts) { .long($0) },
            Self.pairs(nullValueCounts) { .long($0) }, Self.pairs(nanValueCounts) { .long($0) },
            Self.pairs(lowerBounds) { .bytes($0) }, Self.pairs(upperBounds) { .bytes($0) },
            keyMetadata.map { .bytes($0) } ?? .null,
            splitOffsets.isEmpty ? .null : .array(splitOffsets.map { .long($0) }),
            equalityIDs.isEmpty ? .null : .array(equalityIDs.map { .int($0) }),
            sortOrderID.map { .int($0) } ?? .null,
            referencedDataFile.map { .string($0) } ?? .null,
        ])
    }

    private static func pairs<Value>(_ map: [Int32: Value], _ value: (Value) -> AvroValue) -> AvroValue {
        guard !map.isEmpty else { return .null }
        return .array(map.sorted { $0.key < $1.key }.map { .record([.int($0.key), value($0.value)]) })
    }

    init(_ row: AvroColumns.Row, specID: Int32, partition: [Literal?]) throws {
        // Manifests of format version 1 know data files only, and do not say so.
        let content = try row.int32(Fields.content) ?? 0
        guard let content = Content(rawValue: content) else {
            throw IcebergError(.unsupported, "a file's content is neither data nor deletes")
        }
        self.init(
            content: content,
            filePath: try row.required(Fields.filePath, row.string),
            fileFormat: try row.required(Fields.fileFormat, row.string),
            specID: specID,
            partition: partition,
            recordCount: try row.required(Fields.recordCount, row.integer),
            fileSizeInBytes: try row.required(Fields.fileSizeInBytes, row.integer),
            columnSizes: try row.map(Fields.columnSizes, \.integer),
            valueCounts: try row.map(Fields.valueCounts, \.integer),
            nullValueCounts: try row.map(Fields.nullValueCounts, \.integer),
            nanValueCounts: try row.map(Fields.nanValueCounts, \.integer),
            lowerBounds: try row.map(Fields.lowerBounds, \.bytes),
            upperBounds: try row.map(Fields.upperBounds, \.bytes),
            keyMetadata: try row.bytes(Fields.keyMetadata),
            splitOffsets: try row.list(Fields.splitOffsets, \.integer),
            // PyIceberg writes these ids as long.
            equalityIDs: try row.list(Fields.equalityIDs) { $0.integer.flatMap { Int32(exactly: $0) } },
            sortOrderID: try row.int32(Fields.sortOrderID),
            referencedDataFile: try row.string(Fields.referencedDataFile))
    }
}
