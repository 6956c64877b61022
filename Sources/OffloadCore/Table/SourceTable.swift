// A table of the source as it is right now, in Iceberg's terms.
import Iceberg

/// One column that will be offloaded.
public struct SourceColumn: Sendable, Hashable {
    public let name: String
    /// The type as the source names it, e.g. `LowCardinality(Nullable(String))`.
    public let sourceType: String
    /// The Iceberg type it becomes. Nested field ids in it are placeholders until the Iceberg table has given its own.
    public let type: DataType
    /// Whether the source may hold NULL in it.
    public let isNullable: Bool
    /// Whether every value of the source type has its own, equal value in the Iceberg type.
    public let isLossless: Bool
    /// What a reader should know of the mapping, e.g. `microseconds: digits 7 to 9 are cut`; nil: nothing.
    public let note: String?

    public init(
        name: String, sourceType: String, type: DataType, isNullable: Bool, isLossless: Bool, note: String?
    ) {
        self.name = name
        self.sourceType = sourceType
        self.type = type
        self.isNullable = isNullable
        self.isLossless = isLossless
        self.note = note
    }
}

/// A configured table that the source has, with the columns to offload.
public struct SourceTable: Sendable {
    public let definition: TableDefinition
    public let columns: [SourceColumn]
    public let cursor: Cursor

    public var name: String { definition.source }

    public init(definition: TableDefinition, columns: [SourceColumn], cursor: Cursor) {
        self.definition = definition
        self.columns = columns
        self.cursor = cursor
    }
}
