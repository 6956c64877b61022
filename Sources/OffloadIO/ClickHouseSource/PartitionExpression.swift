// Iceberg's partition transforms as ClickHouse computes them.
import ClickHouse
import Iceberg
import OffloadCore

/// One field of a partition spec over a column of the source.
struct PartitionExpression {
    let field: PartitionField
    /// SQL of the partition value, in a type that reads back exactly from text.
    let sql: String
    /// The ClickHouse type of `sql`, without Nullable.
    let sqlType: String
    let resultType: DataType

    /// - Throws: `partitionMismatch` for a transform that ClickHouse cannot compute.
    init(_ field: PartitionField, column: ColumnExpression, type: DataType) throws {
        self.field = field
        guard let resultType = field.transform.resultType(for: type) else {
            throw Self.unsupported(field, column)
        }
        self.resultType = resultType
        let value = Self.inUTC(column.value, type)
        switch (field.transform, type) {
        case (.void, _): (sql, sqlType) = ("CAST(NULL, 'Nullable(String)')", "String")
        case (.identity, _): (sql, sqlType) = try Self.identity(value, type, field, column)
        case (.year, _): (sql, sqlType) = ("toInt32(toYear(\(value)) - 1970)", "Int32")
        case (.month, _):
            (sql, sqlType) = ("toInt32((toYear(\(value)) - 1970) * 12 + toMonth(\(value)) - 1)", "Int32")
        case (.day, _): (sql, sqlType) = ("toInt32(toDate32(\(value)))", "Int32")
        case (.hour, _):
            // intDiv rounds towards zero; hours before 1970 must round down.
            let micro = "toUnixTimestamp64Micro(\(value))"
            (sql, sqlType) = (
                "toInt32(intDiv(\(micro) - positiveModulo(\(micro), 3600000000), 3600000000))", "Int32"
            )
        // ClickHouse has Iceberg's own functions since 25.4; an older server answers "unknown function".
        case (.bucket(let count), _): (sql, sqlType) = ("toInt32(icebergBucket(\(count), \(value)))", "Int32")
        case (.truncate(let width), .decimal(let precision, _)) where precision > 18:
            (sql, sqlType) = try Self.identity(
                Self.truncated(value, width, type), type, field, column)
        case (.truncate(let width), _):
            (sql, sqlType) = try Self.identity("icebergTruncate(\(width), \(value))", type, field, column)
        case (.unknown, _): throw Self.unsupported(field, column)
        }
    }

    /// The value behind the server's text; nil is null.
    func literal(of text: String?) throws -> Literal? {
        guard let text else { return nil }
        if let literal = Self.parse(text, as: resultType) { return literal }
        throw OffloadError(
            .partitionMismatch, "ClickHouse gave a partition value that is no \(resultType) (\(field.name))")
    }

    /// SQL that picks the rows of one partition; `parameter` is the name to pass `text` under.
    func condition(parameter: String, isNull: Bool) -> String {
        isNull ? "isNull(\(sql))" : "\(sql) = CAST({\(parameter):String}, \(quoteLiteral(sqlType)))"
    }

    /// A partition value as the text that `condition` compares with.
    static func text(of literal: Literal) -> String {
        switch literal {
        case .boolean(let value): value ? "true" : "false"
        case .int(let value), .date(let value): String(value)
        case .long(let value), .time(let value), .timestamp(let value), .timestamptz(let value): String(value)
        case .float(let value): String(value)
        case .double(let value): String(value)
        case .string(let value): value
        case .decimal, .uuid: literal.description
        case .fixed(let bytes), .binary(let bytes):
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
        }
    }

    /// Iceberg's days are UTC's, while a ClickHouse column may have a time zone of its own.
    private static func inUTC(_ value: String, _ type: DataType) -> String {
        type == .timestamptz || type == .timestamp ? "toTimeZone(\(value), 'UTC')" : value
    }

    /// A decimal of more than 18 digits, which icebergTruncate does not take (26.9): the unscaled value, rounded down.
    private static func truncated(_ value: String, _ width: some BinaryInteger, _ type: DataType) -> String {
        guard case .decimal(let precision, let scale) = type else { return value }
        let unscaled = "reinterpret(\(value), 'Int128')"
        let remainder = "((\(unscaled) % \(width) + \(width)) % \(width))"
        return "reinterpret(\(unscaled) - \(remainder), 'Decimal(\(precision), \(scale))')"
    }

    private static func identity(
        _ value: String, _ type: DataType, _ field: PartitionField, _ column: ColumnExpression
    ) throws -> (String, String) {
        switch type {
        case .boolean: ("CAST(\(value), '\(column.mapping.isNullable ? "Nullable(Bool)" : "Bool")')", "Bool")
        case .int: ("toInt32(\(value))", "Int32")
        case .long: ("toInt64(\(value))", "Int64")
        case .date: ("toInt32(\(value))", "Int32")
        case .timestamp, .timestamptz: ("toUnixTimestamp64Micro(\(value))", "Int64")
        case .decimal(let precision, let scale): (value, "Decimal(\(precision), \(scale))")
        case .string: (value, "String")
        case .uuid: (value, "UUID")
        case .fixed, .binary: ("hex(\(value))", "String")
        default: throw unsupported(field, column)
        }
    }

    private static func parse(_ text: String, as type: DataType) -> Literal? {
        switch type {
        case .boolean: text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : nil
        case .int: Int32(text).map(Literal.int)
        case .long: Int64(text).map(Literal.long)
        case .date: Int32(text).map(Literal.date)
        case .timestamp: Int64(text).map(Literal.timestamp)
        case .timestamptz: Int64(text).map(Literal.timestamptz)
        case .string: .string(text)
        case .decimal(_, let scale): decimal(text, scale)
        case .uuid: bytes(text.replacing("-", with: "")).map(Literal.uuid)
        case .fixed: bytes(text).map(Literal.fixed)
        case .binary: bytes(text).map(Literal.binary)
        default: nil
        }
    }

    /// ClickHouse drops trailing zeros of a decimal's fraction.
    private static func decimal(_ text: String, _ scale: Int) -> Literal? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        guard parts.count <= 2, fraction.count <= scale else { return nil }
        let digits = parts[0] + fraction + String(repeating: "0", count: scale - fraction.count)
        return Int128(digits).map { .decimal(unscaled: $0, scale: scale) }
    }

    private static func bytes(_ hex: String) -> [UInt8]? {
        let digits = Array(hex.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var result: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
            else {
                return nil
            }
            result.append(byte)
        }
        return result
    }

    private static func unsupported(_ field: PartitionField, _ column: ColumnExpression) -> OffloadError {
        OffloadError(
            .partitionMismatch,
            "the partition field `\(field.name)` (\(field.transform)) cannot be computed of \(column.sourceType)",
            hint: "partition by another column or transform")
    }
}
