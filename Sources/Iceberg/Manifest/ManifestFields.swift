/// The fields of manifests and manifest lists of format version 2, in the order and by the ids of the Iceberg spec.
enum ManifestFields {
    static let status = required(0, "status", .int)
    static let snapshotID = optional(1, "snapshot_id", .long)
    static let sequenceNumber = optional(3, "sequence_number", .long)
    static let fileSequenceNumber = optional(4, "file_sequence_number", .long)

    static let content = required(134, "content", .int)
    static let filePath = required(100, "file_path", .string)
    static let fileFormat = required(101, "file_format", .string)
    static let recordCount = required(103, "record_count", .long)
    static let fileSizeInBytes = required(104, "file_size_in_bytes", .long)
    static let columnSizes = optional(108, "column_sizes", map(117, 118, .long))
    static let valueCounts = optional(109, "value_counts", map(119, 120, .long))
    static let nullValueCounts = optional(110, "null_value_counts", map(121, 122, .long))
    static let nanValueCounts = optional(137, "nan_value_counts", map(138, 139, .long))
    static let lowerBounds = optional(125, "lower_bounds", map(126, 127, .binary))
    static let upperBounds = optional(128, "upper_bounds", map(129, 130, .binary))
    static let keyMetadata = optional(131, "key_metadata", .binary)
    static let splitOffsets = optional(132, "split_offsets", list(133, .long))
    static let equalityIDs = optional(135, "equality_ids", list(136, .int))
    static let sortOrderID = optional(140, "sort_order_id", .int)
    static let referencedDataFile = optional(143, "referenced_data_file", .string)

    /// Fields of format version 1 that version 2 readers ignore and writers must not write.
    static let retired = [
        required(105, "block_size_in_bytes", .long), optional(106, "file_ordinal", .int),
        optional(107, "sort_columns", list(112, .int)),
        optional(111, "distinct_counts", map(123, 124, .long)),
    ]

    static func partition(_ fields: [NestedField]) -> NestedField {
        required(102, "partition", .struct(fields))
    }

    static func dataFile(_ partition: [NestedField]) -> NestedField {
        required(
            2, "data_file",
            .struct([
                content, filePath, fileFormat, self.partition(partition), recordCount, fileSizeInBytes,
                columnSizes,
                valueCounts, nullValueCounts, nanValueCounts, lowerBounds, upperBounds, keyMetadata,
                splitOffsets,
                equalityIDs, sortOrderID, referencedDataFile,
            ]))
    }

    static func entry(_ partition: [NestedField]) -> [NestedField] {
        [status, snapshotID, sequenceNumber, fileSequenceNumber, dataFile(partition)]
    }

    static let manifestPath = required(500, "manifest_path", .string)
    static let manifestLength = required(501, "manifest_length", .long)
    static let partitionSpecID = required(502, "partition_spec_id", .int)
    static let manifestContent = required(517, "content", .int)
    static let manifestSequenceNumber = required(515, "sequence_number", .long)
    static let minSequenceNumber = required(516, "min_sequence_number", .long)
    static let addedSnapshotID = required(503, "added_snapshot_id", .long)
    static let addedFilesCount = required(504, "added_files_count", .int)
    static let existingFilesCount = required(505, "existing_files_count", .int)
    static let deletedFilesCount = required(506, "deleted_files_count", .int)
    static let addedRowsCount = required(512, "added_rows_count", .long)
    static let existingRowsCount = required(513, "existing_rows_count", .long)
    static let deletedRowsCount = required(514, "deleted_rows_count", .long)
    static let partitions = optional(507, "partitions", list(508, .struct(summary)))
    static let manifestKeyMetadata = optional(519, "key_metadata", .binary)

    static let containsNull = required(509, "contains_null", .boolean)
    static let containsNaN = optional(518, "contains_nan", .boolean)
    static let lowerBound = optional(510, "lower_bound", .binary)
    static let upperBound = optional(511, "upper_bound", .binary)
    static let summary = [containsNull, containsNaN, lowerBound, upperBound]

    static let manifestFile = [
        manifestPath, manifestLength, partitionSpecID, manifestContent, manifestSequenceNumber,
        minSequenceNumber,
        addedSnapshotID, addedFilesCount, existingFilesCount, deletedFilesCount, addedRowsCount,
        existingRowsCount,
        deletedRowsCount, partitions, manifestKeyMetadata,
    ]

    /// Names of the counts in lists that Java wrote before 2020.
    static let manifestFileAliases: [String: Int32] = [
        "added_data_files_count": 504, "existing_data_files_count": 505, "deleted_data_files_count": 506,
    ]

    private static func required(_ id: Int32, _ name: String, _ type: DataType) -> NestedField {
        NestedField(id: id, name: name, isRequired: true, type: type)
    }

    private static func optional(_ id: Int32, _ name: String, _ type: DataType) -> NestedField {
        NestedField(id: id, name: name, isRequired: false, type: type)
    }

    private static func map(_ keyID: Int32, _ valueID: Int32, _ value: DataType) -> DataType {
        .map(keyID: keyID, key: .int, valueID: valueID, value: value, isValueRequired: true)
    }

    private static func list(_ elementID: Int32, _ element: DataType) -> DataType {
        .list(elementID: elementID, element: element, isElementRequired: true)
    }
}
