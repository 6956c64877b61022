// The Iceberg table that a source table becomes when there is none yet.
import Iceberg
import OffloadCore

/// Schema, partition spec, sort order and properties of a table to create.
struct NewTable {
    let table: SourceTable
    /// Absolute URI of the table's folder.
    let location: String

    func metadata(uuid: String, milliseconds: Int64) throws -> TableMetadata {
        // Every column is optional: a column that becomes Nullable in ClickHouse, or is dropped there, must not stop
        // the table (docs/decisions/0004).
        let schema = Schema.assigningFreshIDs(
            to: table.columns.map { NestedField(id: 0, name: $0.name, isRequired: false, type: $0.type) })
        let spec = try PartitionSpec(
            dividing: schema,
            by: table.definition.partitionBy.map { ($0.column, Transform($0.transform)) })
        return try TableMetadata.create(
            uuid: uuid, location: location, schema: schema, spec: spec, sortOrder: try sortOrder(in: schema),
            properties: [
                "write.parquet.compression-codec": "zstd",
                // One small file a cycle would pile up for ever: 96 a day, each larger than the one before.
                "write.metadata.delete-after-commit.enabled": "true",
                "write.metadata.previous-versions-max": "100",
                Schema.nameMappingProperty: schema.nameMapping,
            ], timestamp: milliseconds)
    }

    private func sortOrder(in schema: Schema) throws -> SortOrder {
        let names = table.definition.sortBy
        guard !names.isEmpty else { return .unsorted }
        return SortOrder(
            orderID: 1,
            fields: try names.map { name in
                guard let field = schema.field(named: name) else {
                    throw OffloadError(
                        .schemaMismatch, "there is no column `\(name)` to sort by", table: table.name,
                        hint: "mend `sort_by` of this table")
                }
                return SortField(
                    sourceID: field.id, transform: .identity, direction: .ascending, nullOrder: .first)
            })
    }
}
