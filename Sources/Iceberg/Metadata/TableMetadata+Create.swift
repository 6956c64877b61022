/// The first metadata of a new table.
extension TableMetadata {
    /// A table without data.
    /// - Parameters:
    ///   - location: an absolute URI with its scheme.
    ///   - schema: with fresh ids (`Schema.assigningFreshIDs`).
    ///   - timestamp: milliseconds from 1970-01-01T00:00:00Z.
    /// - Throws: `.invalidPartition` when the spec does not fit the schema; `.invalidSchema` for a sort order that does not.
    public static func create(
        uuid: String, location: String, schema: Schema, spec: PartitionSpec, sortOrder: SortOrder = .unsorted,
        properties: [String: String] = [:], timestamp: Int64
    ) throws -> TableMetadata {
        guard location.contains(":/") else {
            throw IcebergError(
                .invalidMetadata, "a table location is an absolute URI with its scheme",
                context: ["location": location])
        }
        _ = try spec.partitionType(in: schema)
        for field in sortOrder.fields where schema.field(id: field.sourceID) == nil {
            throw IcebergError(.invalidSchema, "the sort order names a field that the schema lacks")
        }
        let sortOrders = sortOrder.orderID == 0 ? [.unsorted] : [.unsorted, sortOrder]
        let sortedProperties = properties.sorted { $0.key < $1.key }.map {
            ($0.key, JSONValue.string($0.value))
        }
        // The order of Java's TableMetadataParser.
        let root: JSONValue = [
            "format-version": .int(formatVersion),
            "table-uuid": .string(uuid),
            "location": .string(withoutTrailingSlash(location)),
            "last-sequence-number": 0,
            "last-updated-ms": .int(timestamp),
            "last-column-id": .int(schema.highestFieldID),
            "current-schema-id": .int(schema.schemaID),
            "schemas": [schema.json],
            "default-spec-id": .int(spec.specID),
            "partition-specs": [spec.json],
            "last-partition-id": .int(spec.lastFieldID),
            "default-sort-order-id": .int(sortOrder.orderID),
            "sort-orders": .array(sortOrders.map(\.json)),
            "properties": .object(sortedProperties),
            "current-snapshot-id": -1,
            "refs": [:],
            "snapshots": [],
            "statistics": [],
            "partition-statistics": [],
            "snapshot-log": [],
            "metadata-log": [],
        ]
        return try TableMetadata(text: JSONText(root))
    }
}
