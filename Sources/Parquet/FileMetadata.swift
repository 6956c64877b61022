/// The footer of a Parquet file: read, annotated and written anew without touching a row.

public struct FileMetadata: Equatable, Sendable {
    /// What the footer says of the file, apart from the schema and the row groups.
    private var fields: ThriftStruct
    public let rowCount: Int64

    /// The name and release of the writer; nil if it left none.
    public let createdBy: String?

    /// The root, whose children are the top-level columns.
    public internal(set) var schema: SchemaNode
    var rowGroups: [RowGroup]

    /// Reads a footer: the bytes between the last page or index and the length at the end of the file.
    ///
    /// Throws `ParquetError`: `malformed` for bytes that contradict the format or each other, `unsupported` for what
    /// is refused on purpose. Costs a few milliseconds for 200 kB.
    public init(parsing bytes: [UInt8]) throws {
        fields = try ThriftReader.parse(bytes)
        guard fields[8] == nil else { throw ParquetError(.unsupported, "the file is encrypted") }
        _ = try fields.required(1, "version", \.int32)
        _ = try fields.optionalList(5, "key_value_metadata", of: \.structure)
        rowCount = try fields.requiredCount(3, "num_rows")
        createdBy = try fields.optional(6, "created_by", \.string)
        schema = try SchemaReader.parse(try fields.requiredList(2, "schema", of: \.structure))
        rowGroups = try fields.requiredList(4, "row_groups", of: \.structure).map(RowGroup.init)
        fields[2] = nil
        fields[4] = nil
        try checkRowGroups()
    }

    /// The footer's bytes; those that were parsed, as long as nothing was changed.
    public func serialized() -> [UInt8] {
        var structure = fields
        structure[2] = .list(ThriftList(of: schema.flattened))
        structure[4] = .list(ThriftList(of: rowGroups.map(\.structure)))
        return ThriftWriter.serialize(structure)
    }

    public var rowGroupCount: Int { rowGroups.count }

    /// Nil if the writer was not ClickHouse.
    public var writerVersion: WriterVersion? { createdBy.flatMap(WriterVersion.init(createdBy:)) }

    /// The value of the first such key; nil if there is none.
    public func keyValue(_ key: String) -> String? {
        keyValues.first { $0[1]?.string == key }?[2]?.string
    }

    /// Sets a pair of the file's own metadata, such as `iceberg.schema`, instead of any that has this key.
    public mutating func setKeyValue(_ key: String, _ value: String) {
        let pair = ThriftStruct(ascending: [
            ThriftField(id: 1, value: .binary(Array(key.utf8))),
            ThriftField(id: 2, value: .binary(Array(value.utf8))),
        ])
        let others = keyValues.filter { $0[1]?.string != key }
        fields[5] = .list(ThriftList(of: others + [pair]))
    }

    /// Where the row groups start, in bytes and ascending: the manifest's `split_offsets`.
    public var splitOffsets: [Int64] {
        rowGroups.compactMap(\.columns.first?.start).sorted()
    }

    /// Sizes, counts and bounds of every leaf column, in the order of the schema.
    ///
    /// Throws `malformed` for counts and bounds that cannot be true. Take them before `stripBounds` or after: bounds
    /// that are not sound are left out in either case.
    public func columnStatistics() throws -> [ColumnStatistics] {
        let trust = StatisticsTrust(writer: writerVersion)
        return try schema.leaves.enumerated().map { index, leaf in
            try ColumnStatistics(
                leaf, chunks: rowGroups.map { $0.columns[index] },
                boundsAreSound: hasTypeOrder(index) && trust.verdict(on: leaf) == .sound)
        }
    }

    private var keyValues: [ThriftStruct] {
        fields[5]?.elements?.compactMap(\.structure) ?? []
    }

    /// Without a `ColumnOrder` bounds have no defined order (parquet.thrift, `FileMetaData.column_orders`).
    private func hasTypeOrder(_ index: Int) -> Bool {
        guard let orders = fields[7]?.elements, index < orders.count else { return false }
        return orders[index].structure?[1] != nil
    }

    private func checkRowGroups() throws {
        let leaves = schema.leaves
        var total: Int64 = 0
        for rowGroup in rowGroups {
            let (sum, overflow) = total.addingReportingOverflow(rowGroup.rowCount)
            guard !overflow else { throw ParquetError(.malformed, "the row groups' row counts overflow") }
            total = sum
            try rowGroup.check(against: leaves)
        }
        guard total == rowCount else {
            throw ParquetError(
                .malformed, "the row groups do not have as many rows as the file",
                ["file": String(rowCount), "row_groups": String(total)])
        }
    }
}
