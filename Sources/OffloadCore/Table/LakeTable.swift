// An Iceberg table that is open for appends.
import Iceberg

/// The mark of our newest commit, as the Iceberg table itself remembers it: the second witness beside the ledger.
public struct LakeMark: Sendable, Hashable {
    /// The batch named in the table's properties, which outlive snapshot expiry; nil: we never committed here.
    public let propertyBatch: BatchID?
    /// The window's upper end named beside it, in ticks of `propertyKind`.
    public let propertyPosition: CursorValue?
    /// The cursor's kind when it was written; nil: not written.
    public let propertyKind: Cursor.Kind?
    /// The batch before it, as its own mark says.
    public let propertyPreviousBatch: BatchID?
    /// The batch of the nearest ancestor of `main` that carries a mark; nil: none of those still known does.
    public let mainBatch: BatchID?
    /// Whether a snapshot with `propertyBatch` is still among the table's snapshots, on `main` or not.
    public let isPropertyBatchKnown: Bool
    /// Whether the head of `main` was committed before `propertyBatch`, by the table's sequence numbers.
    public let isMainOlder: Bool

    public init(
        propertyBatch: BatchID?, propertyPosition: CursorValue?, propertyKind: Cursor.Kind?,
        propertyPreviousBatch: BatchID?, mainBatch: BatchID?, isPropertyBatchKnown: Bool, isMainOlder: Bool
    ) {
        self.propertyBatch = propertyBatch
        self.propertyPosition = propertyPosition
        self.propertyKind = propertyKind
        self.propertyPreviousBatch = propertyPreviousBatch
        self.mainBatch = mainBatch
        self.isPropertyBatchKnown = isPropertyBatchKnown
        self.isMainOlder = isMainOlder
    }
}

/// A source column and the field of the Iceberg table it goes to.
public struct LakeColumn: Sendable, Hashable {
    public let source: SourceColumn
    /// With the table's own field ids; may be wider than the source's type, and may have been renamed.
    public let field: NestedField

    public init(source: SourceColumn, field: NestedField) {
        self.source = source
        self.field = field
    }
}

/// An Iceberg table whose schema fits the source's, and what an append has to know of it.
public struct LakeTable: Sendable {
    /// `namespace.table`.
    public let name: String
    /// Never changes in a table's life; another one under the same name means the table was dropped and made anew.
    public let uuid: String
    /// Where new data files go; no `/` at the end.
    public let dataFolder: String
    /// Where new metadata files go; no `/` at the end.
    public let metadataFolder: String
    public let schema: Schema
    public let spec: PartitionSpec
    public let sortOrder: SortOrder
    /// The columns that an append writes, in the source's order.
    public let columns: [LakeColumn]
    public let mark: LakeMark

    public init(
        name: String, uuid: String, dataFolder: String, metadataFolder: String, schema: Schema,
        spec: PartitionSpec,
        sortOrder: SortOrder, columns: [LakeColumn], mark: LakeMark
    ) {
        self.name = name
        self.uuid = uuid
        self.dataFolder = dataFolder
        self.metadataFolder = metadataFolder
        self.schema = schema
        self.spec = spec
        self.sortOrder = sortOrder
        self.columns = columns
        self.mark = mark
    }
    /// `<data>/<partition>/<batch>-<number>.parquet`: the batch's name makes every attempt's files its own.
    func dataFileLocation(of values: [Literal?], batch: BatchID, number: Int) -> String {
        let folder = values.isEmpty ? "" : spec.path(for: values) + "/"
        return "\(dataFolder)/\(folder)\(batch)-\(number).parquet"
    }
}
