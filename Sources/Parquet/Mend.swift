/// Changes to a column's annotation that leave its bytes as they are.

public enum Mend: String, Sendable {
    /// INT32 without INT_8, INT_16, UINT_8 or UINT_16, which Spark's vectorised reader refuses
    /// (apache/iceberg-python #2791).
    case dropIntegerWidth
    /// BYTE_ARRAY as STRING instead of ENUM, JSON or nothing.
    case asString
    /// BYTE_ARRAY without its STRING annotation, for a column that Iceberg has as binary.
    case asBinary
    /// A timestamp without zone; ClickHouse marks every one as UTC.
    case localTimestamp
}

extension Mend {
    /// `unfitMend` if the column is not of a type this is meant for.
    func apply(to node: inout SchemaNode) throws {
        switch (self, node.physicalType, node.logicalType) {
        case (.dropIntegerWidth, .int32, .integer(let width, let isSigned)) where width < 32 || isSigned:
            node.element.setAnnotation(converted: nil, logical: nil)
        case (.dropIntegerWidth, .int32, nil):
            break
        case (.asString, .byteArray, .enumeration), (.asString, .byteArray, .json),
            (.asString, .byteArray, .string), (.asString, .byteArray, nil):
            node.element.setAnnotation(converted: 0, logical: .union(1))
        case (.asBinary, .byteArray, .string), (.asBinary, .byteArray, nil):
            node.element.setAnnotation(converted: nil, logical: nil)
        case (.localTimestamp, _, .timestamp(let unit, _)):
            // The converted type stays, for readers that know no other (LogicalTypes.md, "Timestamp").
            node.element[10] = .structure(.union(8, .localTimestamp(unit)))
        default:
            throw ParquetError(
                .unfitMend, "the column's type cannot be mended so",
                ["column": node.columnName, "mend": rawValue])
        }
        node.logicalType = try LogicalType(element: node.element)
    }
}

extension ThriftStruct {
    fileprivate mutating func setAnnotation(converted: Int32?, logical: ThriftStruct?) {
        self[6] = converted.map(ThriftValue.int32)
        self[10] = logical.map(ThriftValue.structure)
    }

    /// parquet.thrift, `TimestampType`.
    fileprivate static func localTimestamp(_ unit: LogicalType.TimeUnit) -> ThriftStruct {
        ThriftStruct(ascending: [
            ThriftField(id: 1, value: .bool(false)),
            ThriftField(id: 2, value: .structure(.union(unit.rawValue))),
        ])
    }
}
