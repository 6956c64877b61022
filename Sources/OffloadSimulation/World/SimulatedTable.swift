// A source table in memory: rows with a cursor value, an identity and a key to partition by.
import Iceberg
import OffloadCore

/// One row, the same in the source and in the lake, so that a checker can compare the two as multisets.
public struct SimulatedRow: Sendable, Hashable {
    public let cursor: CursorValue
    public let id: Int64
    public let key: String

    public init(cursor: Int128, id: Int64, key: String = "a") {
        self.cursor = CursorValue(ticks: cursor)
        self.id = id
        self.key = key
    }
}

/// A table with the columns `<cursor>`, `id` and `key`.
public struct SimulatedTable: Sendable {
    public let cursor: Cursor
    public var rows: [SimulatedRow]

    public init(cursor: Cursor, rows: [SimulatedRow] = []) {
        self.cursor = cursor
        self.rows = rows
    }

    /// The table as the source describes it.
    ///
    /// - Throws: `sourceColumnMissing` if the configured cursor is none of its columns.
    func described(as definition: TableDefinition) throws -> SourceTable {
        guard definition.cursor == cursor.column else {
            throw OffloadError(
                .sourceColumnMissing, "there is no column \(definition.cursor)", table: definition.source)
        }
        return SourceTable(
            definition: definition,
            columns: [
                Self.column(cursor.column, cursorType.source, cursorType.lake),
                Self.column("id", "Int64", .long), Self.column("key", "String", .string),
            ], cursor: cursor)
    }

    /// A value as Iceberg holds it; nil for a column that does not exist.
    func literal(_ column: String, of row: SimulatedRow) -> Literal? {
        switch column {
        case "id": .long(row.id)
        case "key": .string(row.key)
        case cursor.column:
            cursor.microseconds(row.cursor).map(Literal.timestamptz)
                ?? .long(Int64(clamping: row.cursor.ticks))
        default: nil
        }
    }

    private var cursorType: (source: String, lake: DataType) {
        switch cursor.kind {
        case .integer: ("Int64", .long)
        case .time(let digits): ("DateTime64(\(digits), 'UTC')", .timestamptz)
        }
    }

    private static func column(_ name: String, _ sourceType: String, _ type: DataType) -> SourceColumn {
        SourceColumn(
            name: name, sourceType: sourceType, type: type, isNullable: false, isLossless: true, note: nil)
    }
}

extension SimulatedRow {
    /// A line of a data file.
    var encoded: String { "\(cursor.ticks) \(id) \(key)\n" }

    /// FNV-1a, of all that the row holds.
    var contentHash: UInt64 {
        encoded.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// - Throws: `sourceIncomplete` for anything but a whole line.
    init(decoding line: Substring) throws {
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let ticks = Int128(parts[0]), let id = Int64(parts[1]) else {
            throw OffloadError(
                .sourceIncomplete, "a data file ends in the middle of a row", isRetryable: true)
        }
        self.init(cursor: ticks, id: id, key: String(parts[2]))
    }
}
