// The SQL that reads one column in the form Iceberg wants.
import ClickHouse
import Iceberg
import OffloadCore

/// A column of a ClickHouse table together with how it is read.
struct ColumnExpression: Sendable {
    /// The Iceberg column's name.
    let name: String
    let sourceType: ClickHouseType
    let mapping: ColumnMapping
    /// SQL of the raw value: the quoted column, or several of them zipped into one.
    let raw: String
    let policy: TableDefinition.InvalidUTF8Policy

    var column: SourceColumn {
        SourceColumn(
            name: name, sourceType: sourceType.description, type: mapping.type,
            isNullable: mapping.isNullable,
            isLossless: mapping.isLossless, note: mapping.note)
    }

    /// The value as a data file holds it, without the check that stops a copy.
    var content: String {
        guard isValid != nil, policy == .replace else { return value }
        return "CAST(\(mended(value, mapping.cast)), \(quoteLiteral(mapping.cast.description)))"
    }

    /// The value cast to what Parquet readers understand, without any check of its text.
    var value: String {
        guard Self.rebuilt(sourceType, Self.asWritten) != mapping.cast else { return raw }
        // There is no cast from wide integers to Decimal but by way of text (ClickHouse 26.9, code 70).
        let readable = Self.rebuilt(sourceType, Self.withWideIntegersAsText)
        let isWide = readable != mapping.cast && readable != Self.rebuilt(sourceType) { $0 }
        let operand = isWide ? "CAST(\(raw), \(quoteLiteral(readable.description)))" : raw
        let function = mapping.isAccurate ? "accurateCast" : "CAST"
        return "\(function)(\(operand), \(quoteLiteral(mapping.cast.description)))"
    }

    /// The value as it is copied: text checked or mended as the policy says.
    ///
    /// The check stands in the SELECT, not in the WHERE: there it could be moved ahead of the window's own condition
    /// and fail on rows that are not asked for.
    var selected: String {
        // As `binary`, text columns have no text any more; what is still text here must be valid.
        guard let isValid, policy != .replace else { return content }
        let empty = "defaultValueOfArgumentType(\(value))"
        return "if(throwIf(NOT (\(isValid)), \(quoteLiteral(Self.complaint(name)))) = 0, \(value), \(empty))"
    }

    /// SQL that is 1 for a row whose text is not UTF-8; nil if the column holds no text.
    var isInvalid: String? { isValid.map { "NOT (\($0))" } }

    /// What the server's exception says, and how it is known for ours.
    static func complaint(_ name: String) -> String { "\(complaintPrefix)\(name)" }
    static let complaintPrefix = "iceberg-offload: invalid UTF-8 in column "

    /// SQL that is 1 when all text in the value is UTF-8; nil when it is sure to be.
    private var isValid: String? {
        guard mapping.type != .binary, Self.holdsBytes(sourceType) else { return nil }
        return isValid(value, mapping.cast)
    }

    /// A type without what makes no difference to a copied value, with other leaves.
    private static func rebuilt(
        _ type: ClickHouseType, _ leaf: (ClickHouseType) -> ClickHouseType
    ) -> ClickHouseType {
        switch type {
        case .lowCardinality(let inner), .simpleAggregateFunction(_, let inner): rebuilt(inner, leaf)
        case .nullable(let inner): .nullable(rebuilt(inner, leaf))
        case .array(let inner): .array(rebuilt(inner, leaf))
        case .map(let key, let value): .map(key: rebuilt(key, leaf), value: rebuilt(value, leaf))
        case .tuple(let fields): .tuple(fields.map { .init(name: $0.name, type: rebuilt($0.type, leaf)) })
        default: leaf(type)
        }
    }

    private static func asWritten(_ type: ClickHouseType) -> ClickHouseType {
        // Four to six digits are written as microseconds, always in UTC.
        if case .dateTime64(4...6, _) = type { return .dateTime64(precision: 6, timeZone: "UTC") }
        return type
    }

    private static func withWideIntegersAsText(_ type: ClickHouseType) -> ClickHouseType {
        switch type {
        case .int128, .uint128, .int256, .uint256: .string
        default: type
        }
    }

    /// Whether bytes of the source's own, which need not be UTF-8, are among the value's text.
    private static func holdsBytes(_ type: ClickHouseType) -> Bool {
        switch type {
        case .string, .fixedString, .json, .object, .variant, .dynamic: true
        case .nullable(let inner), .lowCardinality(let inner), .array(let inner),
            .simpleAggregateFunction(_, let inner):
            holdsBytes(inner)
        case .map(let key, let value): holdsBytes(key) || holdsBytes(value)
        case .tuple(let fields), .nested(let fields): fields.contains { holdsBytes($0.type) }
        default: false
        }
    }

    private static func holdsText(_ type: ClickHouseType) -> Bool {
        switch type {
        case .string: true
        case .nullable(let inner), .array(let inner): holdsText(inner)
        case .map(let key, let value): holdsText(key) || holdsText(value)
        case .tuple(let fields): fields.contains { holdsText($0.type) }
        default: false
        }
    }

    /// SQL that is 1 when all text in a value of a `cast` type is UTF-8; nil when there is none in it.
    private func isValid(_ value: String, _ type: ClickHouseType, depth: Int = 0) -> String? {
        guard Self.holdsText(type) else { return nil }
        let x = "x\(depth)"
        switch type {
        case .string: return "isValidUTF8(\(value))"
        case .nullable(let inner):
            return isValid("assumeNotNull(\(value))", inner, depth: depth).map {
                "(isNull(\(value)) OR \($0))"
            }
        case .array(let inner):
            return isValid(x, inner, depth: depth + 1).map { "arrayAll(\(x) -> \($0), \(value))" }
        case .map(let key, let inner):
            let sides = [
                isValid("mapKeys(\(value))", .array(key), depth: depth),
                isValid("mapValues(\(value))", .array(inner), depth: depth),
            ]
            return "(\(sides.compactMap { $0 }.joined(separator: " AND ")))"
        case .tuple(let fields):
            let parts = fields.indices.compactMap {
                isValid("tupleElement(\(value), \($0 + 1))", fields[$0].type, depth: depth)
            }
            return "(\(parts.joined(separator: " AND ")))"
        default: return nil
        }
    }

    /// SQL of a value of a `cast` type with U+FFFD in place of what is not UTF-8.
    private func mended(_ value: String, _ type: ClickHouseType, depth: Int = 0) -> String {
        guard Self.holdsText(type) else { return value }
        let (x, y) = ("x\(depth)", "y\(depth)")
        switch type {
        case .string: return "toValidUTF8(\(value))"
        case .nullable(let inner): return mended(value, inner, depth: depth)
        case .array(let inner): return "arrayMap(\(x) -> \(mended(x, inner, depth: depth + 1)), \(value))"
        case .map(let key, let inner):
            let pair = "(\(mended(x, key, depth: depth + 1)), \(mended(y, inner, depth: depth + 1)))"
            return "mapApply((\(x), \(y)) -> \(pair), \(value))"
        case .tuple(let fields):
            let parts = fields.indices.map {
                mended("tupleElement(\(value), \($0 + 1))", fields[$0].type, depth: depth)
            }
            return "tuple(\(parts.joined(separator: ", ")))"
        default: return value
        }
    }
}
