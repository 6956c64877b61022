/// A statement's parameter, in libpq's text format; the server infers its SQL type from where it stands.
import Foundation

/// One value for `$1`, `$2`, … Where the place does not tell the type, write a cast: `$1::bigint`.
///
/// Instants travel as microseconds since 1970 (see `EpochMicroseconds`), so that no session's time zone can change them.
public enum PostgresValue: Sendable, Equatable {
    case null
    case text(String)
    case int(Int64)
    case double(Double)
    case bool(Bool)
    case uuid(UUID)
    case bytes([UInt8])
    case textArray([String])

    public init(_ text: String?) { self = text.map(Self.text) ?? .null }
    public init(_ int: Int64?) { self = int.map(Self.int) ?? .null }
    public init(_ double: Double?) { self = double.map(Self.double) ?? .null }
    public init(_ uuid: UUID?) { self = uuid.map(Self.uuid) ?? .null }

    /// What goes over the wire; nil is SQL's NULL.
    var wireText: String? {
        switch self {
        case .null: nil
        case .text(let text): text
        case .int(let int): String(int)
        case .double(let double): String(double)
        case .bool(let bool): bool ? "true" : "false"
        case .uuid(let uuid): uuid.uuidString.lowercased()
        case .bytes(let bytes): PostgresHex.encode(bytes)
        case .textArray(let texts): PostgresTextArray.encode(texts)
        }
    }
}

extension PostgresValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
}

/// SQL that turns `timestamptz` into microseconds since 1970-01-01T00:00Z and back, exactly, in any session time zone.
public enum EpochMicroseconds {
    /// A `bigint` from a `timestamptz` expression; `extract` is exact from PostgreSQL 14 on, where it gives `numeric`.
    public static func of(_ expression: String) -> String {
        "(extract(epoch from \(expression)) * 1000000)::bigint"
    }

    /// A `timestamptz` from a `bigint` expression; exact below 2^53, the year 2255, as intervals multiply in double.
    public static func timestamp(_ expression: String) -> String {
        "('epoch'::timestamptz + (\(expression))::bigint * interval '1 microsecond')"
    }
}
