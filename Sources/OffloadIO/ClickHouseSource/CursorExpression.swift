// The cursor column in SQL: its values as exact text, its ticks, and conditions that the primary key can serve.
import ClickHouse
import OffloadCore

struct CursorExpression: Sendable {
    let cursor: Cursor
    /// The quoted column.
    let sql: String
    /// The type under which values are passed, the column's own, so that its index is used.
    private let parameterType: String

    /// - Throws: `cursorUnfit` for a column whose values do not tell new rows from old ones.
    init(_ definition: TableDefinition, type: ClickHouseType) throws {
        sql = quoteIdentifier(definition.cursor)
        let kind: Cursor.Kind
        let plain: ClickHouseType = if case .lowCardinality(let inner) = type { inner } else { type }
        switch plain {
        case .dateTime: (kind, parameterType) = (.time(digits: 0), "DateTime('UTC')")
        case .dateTime64(let digits, _):
            (kind, parameterType) = (.time(digits: digits), "DateTime64(\(digits), 'UTC')")
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64:
            (kind, parameterType) = (.integer, plain.description)
        default:
            throw OffloadError(
                .cursorUnfit,
                "the cursor `\(definition.cursor)` is \(type): its order does not tell new rows from old",
                table: definition.source,
                hint: "choose a DateTime, DateTime64 or integer column that is not Nullable")
        }
        cursor = Cursor(column: definition.cursor, kind: kind)
    }

    /// A value as text that reads back exactly.
    func text(_ expression: String) -> String {
        switch cursor.kind {
        case .integer: "toString(\(expression))"
        case .time: "toString(toTimeZone(\(expression), 'UTC'))"
        }
    }

    /// A value as a whole number of ticks.
    var ticks: String {
        switch cursor.kind {
        case .integer: "toInt128(\(sql))"
        // The stored integer itself: no conversion that could overflow or round.
        case .time: "toInt128(reinterpretAsInt64(\(sql)))"
        }
    }

    func condition(_ comparison: String, parameter: String) -> String {
        "\(sql) \(comparison) {\(parameter):\(parameterType)}"
    }
}
