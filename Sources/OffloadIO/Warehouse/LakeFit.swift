// Whether the source's columns fit an existing Iceberg table, and which field each of them goes to.
import Iceberg
import OffloadCore

/// Matches a source table with a table's metadata, by name first, then by the table's name mapping.
struct LakeFit {
    let table: SourceTable
    let metadata: TableMetadata

    /// - Throws: `schemaMismatch` naming the column and both types.
    func lakeTable() throws -> LakeTable {
        let columns = try table.columns.map { LakeColumn(source: $0, field: try field(for: $0)) }
        let written = Set(columns.map(\.field.id))
        for field in metadata.currentSchema.fields where field.isRequired && !written.contains(field.id) {
            throw mismatch(
                "the Iceberg table requires the column `\(field.name)`, which the source does not give",
                hint: "make it optional in Iceberg, or add it to the source")
        }
        for field in metadata.defaultSpec.fields
        where field.transform != .void && !written.contains(field.sourceID) {
            throw mismatch(
                "the Iceberg table is partitioned by a column that the source does not give (\(field.name))",
                hint: "do not exclude the column, or change the table's partition spec")
        }
        return LakeTable(
            name: table.definition.target, uuid: metadata.tableUUID, dataFolder: metadata.dataFolder,
            metadataFolder: metadata.metadataFolder, schema: metadata.currentSchema,
            spec: metadata.defaultSpec,
            sortOrder: usableSortOrder(written), columns: columns, mark: try SnapshotMark.read(from: metadata)
        )
    }

    private func field(for column: SourceColumn) throws -> NestedField {
        guard
            let field = metadata.currentSchema.fields.first(where: { $0.name == column.name })
                ?? mapped(column)
        else {
            throw mismatch(
                "the Iceberg table has no column `\(column.name)`",
                hint:
                    "add it in Iceberg as \(column.type), or set `columns: {\(column.name): {exclude: true}}`"
            )
        }
        guard Self.takes(field.type, column.type) else {
            throw mismatch(
                "the column `\(column.name)` is \(column.sourceType) and becomes \(column.type), but the Iceberg table"
                    + " has \(field.type)",
                hint: "set `columns: {\(column.name): {as: …}}`, or change the type in Iceberg")
        }
        guard !field.isRequired || !column.isNullable else {
            throw mismatch(
                "the column `\(column.name)` is Nullable, but required in the Iceberg table",
                hint: "make it optional in Iceberg")
        }
        return field
    }

    /// A field that was renamed in Iceberg keeps its former names in the table's name mapping.
    private func mapped(_ column: SourceColumn) -> NestedField? {
        guard let text = metadata.properties[Schema.nameMappingProperty],
            let mapping = try? JSONText(parsing: Array(text.utf8)).elements
        else { return nil }
        let entry = mapping.first { entry in
            (try? entry.elements("names").contains { try $0.string == column.name }) ?? false
        }
        guard let id = try? entry?.int32("field-id") else { return nil }
        return metadata.currentSchema.fields.first { $0.id == id }
    }

    /// Whether values of one type may stand in files of a column of another: equal, or a promotion of the spec
    /// ("Schema Evolution"), whatever the ids inside.
    static func takes(_ wide: DataType, _ narrow: DataType) -> Bool {
        switch (wide, narrow) {
        case (.long, .int), (.double, .float): return true
        case (.decimal(let widePrecision, let wideScale), .decimal(let precision, let scale)):
            return wideScale == scale && widePrecision >= precision
        case (.list(_, let wideElement, _), .list(_, let element, _)): return takes(wideElement, element)
        case (.map(_, let wideKey, _, let wideValue, _), .map(_, let key, _, let value, _)):
            return takes(wideKey, key) && takes(wideValue, value)
        case (.struct(let wideFields), .struct(let fields)):
            return wideFields.count == fields.count
                && zip(wideFields, fields).allSatisfy { $0.name == $1.name && takes($0.type, $1.type) }
        default: return wide == narrow
        }
    }

    /// The table's sort order as far as ORDER BY of columns can keep it; anything finer is not claimed.
    private func usableSortOrder(_ written: Set<Int32>) -> SortOrder {
        let order = metadata.defaultSortOrder
        let isKept = order.fields.allSatisfy { $0.transform == .identity && written.contains($0.sourceID) }
        return isKept ? order : .unsorted
    }

    private func mismatch(_ message: String, hint: String) -> OffloadError {
        OffloadError(
            .schemaMismatch, "\(message) (\(table.definition.target)); nothing was moved", table: table.name,
            hint: hint)
    }
}
