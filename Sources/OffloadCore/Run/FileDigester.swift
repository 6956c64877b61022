// A finished data file, read back by the source's own decoder.
import Iceberg

/// Counts and hashes the rows of data files, one file at a time.
public struct FileDigester: Sendable {
    private let doors: Doors
    private let table: SourceTable
    private let lake: LakeTable

    public init(doors: Doors, table: SourceTable, lake: LakeTable) {
        self.doors = doors
        self.table = table
        self.lake = lake
    }

    /// - Parameter fieldIDs: the columns to hash; those that the file does not have count as nothing.
    /// - Throws: what opening, sending or decoding the file throws.
    public func digest(_ location: String, over fieldIDs: [Int32]) async throws -> RowDigest {
        let content = try await doors.lake.content(of: location, in: lake)
        let fields = content.fields.filter { fieldIDs.contains($0.id) }
        return try await doors.source.digest(content, of: table, hashing: fields)
    }

    /// Whether the table still has all of these columns; a hash over others cannot be computed again.
    public func hasFields(_ fieldIDs: [Int32]) -> Bool {
        Set(fieldIDs).isSubset(of: lake.schema.fields.map(\.id))
    }
}
