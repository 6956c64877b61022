// The door to where rows come from.
import Iceberg

/// What the source says of the configured tables at one moment.
public struct SourceDescription: Sendable {
    /// The source's own clock, microseconds since 1970.
    public let microseconds: Int64
    /// Each configured table by name, or why it cannot be offloaded.
    public let tables: [String: Result<SourceTable, OffloadError>]

    public init(microseconds: Int64, tables: [String: Result<SourceTable, OffloadError>]) {
        self.microseconds = microseconds
        self.tables = tables
    }

    /// One configured table.
    ///
    /// - Throws: why it cannot be offloaded.
    public func table(_ name: String) throws -> SourceTable {
        guard let table = tables[name] else {
            throw OffloadError(.internalFault, "the source did not describe it", table: name)
        }
        return try table.get()
    }
}

/// A server that holds tables with a cursor column. Every call throws `OffloadError`.
public protocol Source: Sendable {
    /// Looks at all tables at once. A table that cannot be offloaded is a failure of its own, not of the call.
    func describe(_ definitions: [TableDefinition]) async throws -> SourceDescription

    /// Counts the rows in `(low, ceiling]`; a nil `ceiling` is no limit. Costs a scan of the cursor in that range.
    func survey(_ table: SourceTable, after low: CursorValue?, through ceiling: CursorValue?) async throws
        -> Survey

    /// Whether the table has any row at all.
    func hasRows(_ table: SourceTable) async throws -> Bool

    /// Counts `(low, high]` in at most about `binCount` bins of equal width per partition, in ascending order.
    func histogram(
        _ table: SourceTable, for lake: LakeTable, after low: CursorValue?,
        through bounds: ClosedRange<CursorValue>,
        binCount: Int
    ) async throws -> [Bin]

    /// Counts a window's rows by Iceberg partition.
    func split(_ window: Window, of table: SourceTable, for lake: LakeTable) async throws -> [PartitionSlice]

    /// Streams one slice as a Parquet file. `label` names the query on the server, unique per call.
    func copy(
        _ slice: PartitionSlice, of window: Window, of table: SourceTable, for lake: LakeTable, label: String,
        into draft: any DataFileDraft
    ) async throws

    /// Counts a window's rows again, apart from any copy.
    ///
    /// - Parameter columns: hashed in the form that `copy` writes them in, which costs reading them; none: only counts.
    func count(_ window: Window, of table: SourceTable, hashing columns: [LakeColumn]) async throws
        -> WindowCount

    /// Decodes a finished data file as any reader would, to count its rows and to hash some of its fields. Costs
    /// sending the file there, and memory of the source's for the rows of one file.
    func digest(_ file: any DataFileContent, of table: SourceTable, hashing fields: [NestedField])
        async throws
        -> RowDigest
}
