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

/// A table with the columns `<cursor>`, `id` and `key`, and such as are added later and stay empty.
public struct SimulatedTable: Sendable {
    /// As the source declares it today.
    public var cursor: Cursor
    /// Ascending by cursor.
    public var rows: [SimulatedRow]
    public var laterColumns: [String] = []
    /// The cursor whose ticks the rows are written in: as fine as the column will ever be.
    private let rowCursor: Cursor

    /// - Parameter finest: the decimal places that a time cursor may have one day; nil: those of today.
    public init(cursor: Cursor, rows: [SimulatedRow] = [], finest: Int? = nil) {
        self.cursor = cursor
        self.rows = rows.sorted { $0.cursor < $1.cursor }
        rowCursor = finest.map { Cursor(column: cursor.column, kind: .time(digits: $0)) } ?? cursor
    }

    mutating func insert(_ new: [SimulatedRow]) {
        for row in new { rows.insert(row, at: rows[...].endOfRows(through: row.cursor)) }
    }

    /// The rows in `(low, high]`, in ticks of `cursor`; nil: no limit.
    func rows(after low: CursorValue?, through high: CursorValue?, of cursor: Cursor) -> ArraySlice<
        SimulatedRow
    > {
        let begin = low.map { rows[...].endOfRows(through: inRowTicks($0, of: cursor)) } ?? rows.startIndex
        let end = high.map { rows[...].endOfRows(through: inRowTicks($0, of: cursor)) } ?? rows.endIndex
        return rows[min(begin, end)..<end]
    }

    /// A value of the cursor as it was described, in the ticks of the rows.
    public func inRowTicks(_ value: CursorValue, of cursor: Cursor) -> CursorValue {
        CursorValue(ticks: value.ticks * scale(of: cursor))
    }

    /// A row's cursor in the ticks of the cursor as it was described.
    ///
    /// - Throws: `sourceRefused` if it was described before the column became finer, and digits would be lost.
    func inTicks(_ value: CursorValue, of cursor: Cursor) throws -> CursorValue {
        let (quotient, remainder) = value.ticks.quotientAndRemainder(dividingBy: scale(of: cursor))
        guard remainder == 0 else {
            throw OffloadError(.sourceRefused, "the cursor has become finer", isRetryable: true)
        }
        return CursorValue(ticks: quotient)
    }

    /// Row ticks in one tick of a cursor.
    private func scale(of cursor: Cursor) -> Int128 {
        guard case .time(let fine) = rowCursor.kind, case .time(let digits) = cursor.kind, fine != digits
        else { return 1 }
        return (digits..<fine).reduce(1) { product, _ in product * 10 }
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
            ] + laterColumns.map { Self.column($0, "String", .string) }, cursor: cursor)
    }

    /// A value as Iceberg holds it; nil for a column that does not exist.
    func literal(_ column: String, of row: SimulatedRow) -> Literal? {
        switch column {
        case "id": .long(row.id)
        case "key": .string(row.key)
        case cursor.column:
            rowCursor.microseconds(row.cursor).map(Literal.timestamptz)
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

extension ArraySlice<SimulatedRow> {
    /// Where the rows up to and including a cursor end.
    fileprivate func endOfRows(through cursor: CursorValue) -> Int {
        var range = startIndex..<endIndex
        while !range.isEmpty {
            let middle = (range.lowerBound + range.upperBound) / 2
            range =
                self[middle].cursor <= cursor
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }
}

extension SimulatedRow {
    /// A line of a data file.
    var encoded: String { "\(cursor.ticks) \(id) \(key)\n" }

    /// A hash of all that the row holds (SplitMix64's finaliser over each part).
    var contentHash: UInt64 {
        func mixed(_ value: UInt64) -> UInt64 {
            var value = value &+ 0x9E37_79B9_7F4A_7C15
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
        var hash = mixed(UInt64(bitPattern: id))
        hash = mixed(hash ^ UInt64(truncatingIfNeeded: cursor.ticks))
        for byte in key.utf8 { hash = mixed(hash ^ UInt64(byte)) }
        return hash
    }

    /// The lines of a data file.
    ///
    /// - Throws: `sourceIncomplete` for anything but whole lines.
    static func rows(decoding bytes: ArraySlice<UInt8>) throws -> [SimulatedRow] {
        try bytes.split(separator: UInt8(ascii: "\n")).map { line in
            let parts = line.split(
                separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false
            ).map { String(decoding: $0, as: UTF8.self) }
            guard parts.count == 3, let ticks = Int128(parts[0]), let id = Int64(parts[1]) else {
                throw OffloadError(
                    .sourceIncomplete, "a data file ends in the middle of a row", isRetryable: true)
            }
            return SimulatedRow(cursor: ticks, id: id, key: parts[2])
        }
    }
}
