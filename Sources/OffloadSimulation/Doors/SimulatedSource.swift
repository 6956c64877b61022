// The source's door in memory: counts, splits and copies rows as ClickHouse does.
import Iceberg
import OffloadCore

struct SimulatedSource: Source {
    let world: SimulatedWorld

    func describe(_ definitions: [TableDefinition]) async throws -> SourceDescription {
        world.withState { state in
            var tables: [String: Result<SourceTable, OffloadError>] = [:]
            for definition in definitions {
                tables[definition.source] = Result {
                    try find(definition.source, state).described(as: definition)
                }
                .mapError { .wrapping($0, table: definition.source) }
            }
            return SourceDescription(microseconds: world.microseconds, tables: tables)
        }
    }

    func survey(
        _ table: SourceTable, after low: CursorValue?, through ceiling: CursorValue?
    ) async throws -> Survey {
        try world.withState { state in
            let content = try find(table.name, state)
            let new = content.rows(after: low, through: ceiling, of: table.cursor)
            let boundary = low.map { low in
                content.rows(
                    after: CursorValue(ticks: low.ticks - 1), through: low, of: table.cursor
                ).count { $0.cursor == content.inRowTicks(low, of: table.cursor) }
            }
            return Survey(
                rowCount: Int64(new.count), bounds: try Self.bounds(new, content, table.cursor),
                boundaryRowCount: boundary.map(Int64.init))
        }
    }

    func hasRows(_ table: SourceTable) async throws -> Bool {
        try world.withState { try !find(table.name, $0).rows.isEmpty }
    }

    func histogram(
        _ table: SourceTable, for lake: LakeTable, after low: CursorValue?,
        through bounds: ClosedRange<CursorValue>, binCount: Int
    ) async throws -> [Bin] {
        struct Key: Hashable {
            let partition: [Literal?]
            let bin: Int128
        }
        // The partition as far as the cursor alone decides it.
        let fields = lake.spec.fields.filter {
            $0.transform.isOrderPreserving && lake.schema.field(id: $0.sourceID)?.name == table.cursor.column
        }
        return try world.withState { state in
            let content = try find(table.name, state)
            let lowest = content.inRowTicks(bounds.lowerBound, of: table.cursor).ticks
            let highest = content.inRowTicks(bounds.upperBound, of: table.cursor).ticks
            let width = (highest - lowest) / Int128(max(1, binCount)) + 1
            let rows = content.rows(after: low, through: bounds.upperBound, of: table.cursor)
            let bins = Dictionary(grouping: rows) { row in
                Key(
                    partition: Self.values(of: row, fields, content, lake),
                    bin: (row.cursor.ticks - lowest) / width)
            }
            return try bins.compactMap { key, rows in
                try Self.bounds(rows[...], content, table.cursor).map {
                    Bin(
                        rowCount: Int64(rows.count), lowest: $0.lowerBound, highest: $0.upperBound,
                        partition: "\(key.partition)")
                }
            }.sorted { $0.lowest < $1.lowest }
        }
    }

    func split(_ window: Window, of table: SourceTable, for lake: LakeTable) async throws -> [PartitionSlice]
    {
        try world.withState { state in
            let content = try find(table.name, state)
            let parts = Dictionary(grouping: Self.rows(of: content, in: window, table)) {
                Self.values(of: $0, lake.spec.fields, content, lake)
            }
            return parts.map { PartitionSlice(values: $0, rowCount: Int64($1.count)) }
                .sorted { "\($0.values)" < "\($1.values)" }
        }
    }

    func copy(
        _ slice: PartitionSlice, of window: Window, of table: SourceTable, for lake: LakeTable, label: String,
        into draft: any DataFileDraft
    ) async throws {
        let (content, withheldCount) = try world.withState { state in
            defer { state.withheldRowCount = 0 }
            return (try find(table.name, state), state.withheldRowCount)
        }
        let rows = Self.rows(of: content, in: window, table).filter {
            Self.values(of: $0, lake.spec.fields, content, lake) == slice.values
        }
        for row in rows.dropLast(withheldCount) {
            try Array(row.encoded.utf8).withUnsafeBytes { try draft.write($0) }
        }
    }

    func count(
        _ window: Window, of table: SourceTable, hashing columns: [LakeColumn]
    ) async throws -> WindowCount {
        try world.withState { state in
            let rows = Self.rows(of: try find(table.name, state), in: window, table)
            return WindowCount(
                rowCount: Int64(rows.count),
                sequenceMax: table.definition.sequence == nil ? nil : rows.map(\.id).max(),
                contentHash: columns.isEmpty ? nil : rows.reduce(0) { $0 &+ $1.contentHash })
        }
    }

    func digest(
        _ file: any DataFileContent, of table: SourceTable, hashing fields: [NestedField]
    ) async throws -> RowDigest {
        var bytes = [UInt8](repeating: 0, count: Int(file.byteCount))
        let count = try bytes.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
        let rows = try SimulatedRow.rows(decoding: bytes.prefix(count))
        return RowDigest(rowCount: Int64(rows.count), contentHash: rows.reduce(0) { $0 &+ $1.contentHash })
    }

    private func find(_ table: String, _ state: SimulatedWorld.State) throws -> SimulatedTable {
        guard let found = state.tables[table] else {
            throw OffloadError(.sourceTableMissing, "there is no table \(table)", table: table)
        }
        return found
    }

    private static func rows(
        of content: SimulatedTable, in window: Window, _ table: SourceTable
    ) -> ArraySlice<SimulatedRow> {
        content.rows(after: window.low, through: window.high, of: table.cursor)
    }

    private static func values(
        of row: SimulatedRow, _ fields: [PartitionField], _ table: SimulatedTable, _ lake: LakeTable
    ) -> [Literal?] {
        fields.map { field in
            lake.schema.fields.first { $0.id == field.sourceID }.flatMap { table.literal($0.name, of: row) }
                .flatMap(field.transform.apply)
        }
    }

    /// - Parameter rows: ascending by cursor.
    private static func bounds(
        _ rows: ArraySlice<SimulatedRow>, _ content: SimulatedTable, _ cursor: Cursor
    ) throws -> ClosedRange<CursorValue>? {
        guard let first = rows.first, let last = rows.last else { return nil }
        return try content.inTicks(first.cursor, of: cursor)...content.inTicks(last.cursor, of: cursor)
    }
}
