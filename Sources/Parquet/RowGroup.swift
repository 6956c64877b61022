/// A horizontal slice of the file: one chunk for every leaf column.

struct RowGroup: Equatable, Sendable {
    /// What the footer says of the row group, apart from its columns.
    private var fields: ThriftStruct
    let rowCount: Int64
    var columns: [ColumnChunk]

    init(_ structure: ThriftStruct) throws {
        fields = structure
        fields[1] = nil
        rowCount = try structure.requiredCount(3, "num_rows")
        columns = try structure.requiredList(1, "columns", of: \.structure).map(ColumnChunk.init)
    }

    /// As the footer has it.
    var structure: ThriftStruct {
        var structure = fields
        structure[1] = .list(ThriftList(of: columns.map(\.structure)))
        return structure
    }

    /// The columns must be the schema's leaves in the schema's order, and a column that does not repeat has one
    /// value, null or not, for every row.
    func check(against leaves: [SchemaNode]) throws {
        guard columns.count == leaves.count else {
            throw ParquetError(
                .malformed, "a row group does not have one chunk for every column",
                ["chunks": String(columns.count), "columns": String(leaves.count)])
        }
        for (column, leaf) in zip(columns, leaves) {
            guard column.pathInSchema == leaf.namesInFile else {
                throw ParquetError(
                    .malformed, "a column chunk is not in the schema's order", ["column": leaf.columnName])
            }
            guard leaf.isRepeated || column.valueCount == rowCount else {
                throw ParquetError(
                    .malformed, "a column does not have as many values as its row group has rows",
                    [
                        "column": leaf.columnName, "rows": String(rowCount),
                        "values": String(column.valueCount),
                    ])
            }
        }
    }
}
