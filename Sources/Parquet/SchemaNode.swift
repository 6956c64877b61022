/// One field of the file's schema, with the fields below it.

public struct SchemaNode: Equatable, Sendable {
    public enum Repetition: Int32, Sendable {
        case required = 0
        case optional = 1
        case repeated = 2
    }

    /// As the file has it.
    public let name: String

    /// The names from the root down, the root left out. The levels inside a list or map always bear the names of
    /// the Parquet specification ("list", "element", "key_value", "key", "value"), whatever the file calls them.
    public let path: [String]
    public let repetition: Repetition

    /// Nil for a group.
    public let physicalType: PhysicalType?
    public internal(set) var logicalType: LogicalType?
    public internal(set) var children: [SchemaNode]

    /// How many of the fields from the root to here may be null or repeated (Dremel's definition level).
    public let definitionLevelMax: Int

    /// True inside a list or map.
    public let isRepeated: Bool

    /// False for the root and for the repeated group inside a list or map, which Iceberg does not number
    /// (Iceberg spec, "Parquet").
    let isNumbered: Bool

    /// The names from the root down as the file has them: what `path_in_schema` of a column chunk must say.
    let namesInFile: [String]

    /// The element as it stands in the file, `num_children` included; the truth for everything that is written back.
    var element: ThriftStruct

    /// Thrift field 9; nil if the field has none.
    public var fieldID: Int32? { element[9]?.int32 }

    /// The columns at or below this field, in the order of the file's column chunks.
    public var leaves: [SchemaNode] {
        physicalType == nil ? children.flatMap(\.leaves) : [self]
    }

    /// This element and all below it, depth first, as the footer lists them.
    var flattened: [ThriftStruct] {
        [element] + children.flatMap(\.flattened)
    }
}
