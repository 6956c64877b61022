/// The types of Iceberg format version 2 (spec "Schemas and Data Types").
public indirect enum DataType: Sendable, Hashable {
    case boolean, int, long, float, double
    /// Precision 1...38.
    case decimal(precision: Int, scale: Int)
    case date
    /// Microseconds from midnight.
    case time
    /// Microseconds from 1970-01-01T00:00:00, without a zone.
    case timestamp
    /// Microseconds from 1970-01-01T00:00:00Z.
    case timestamptz
    case string, uuid
    /// Length in bytes.
    case fixed(Int)
    case binary
    case `struct`([NestedField])
    case list(elementID: Int32, element: DataType, isElementRequired: Bool)
    case map(keyID: Int32, key: DataType, valueID: Int32, value: DataType, isValueRequired: Bool)

    public var isPrimitive: Bool {
        switch self {
        case .struct, .list, .map: false
        default: true
        }
    }

    /// The fields one level below: a struct's own, a list's `element`, a map's `key` and `value`.
    public var children: [NestedField] {
        switch self {
        case .struct(let fields): fields
        case .list(let id, let element, let isRequired):
            [NestedField(id: id, name: "element", isRequired: isRequired, type: element)]
        case .map(let keyID, let key, let valueID, let value, let isValueRequired):
            [
                NestedField(id: keyID, name: "key", isRequired: true, type: key),
                NestedField(id: valueID, name: "value", isRequired: isValueRequired, type: value),
            ]
        default: []
        }
    }
}

/// A named and numbered field of a struct.
public struct NestedField: Sendable, Hashable {
    public var id: Int32
    public var name: String
    public var isRequired: Bool
    public var type: DataType
    public var doc: String?

    public init(id: Int32, name: String, isRequired: Bool, type: DataType, doc: String? = nil) {
        self.id = id
        self.name = name
        self.isRequired = isRequired
        self.type = type
        self.doc = doc
    }
}

/// Primitive types by the name that schemas use: `long`, `decimal(9, 2)`, `fixed[16]`.
extension DataType: CustomStringConvertible {
    public var description: String {
        switch self {
        case .boolean: "boolean"
        case .int: "int"
        case .long: "long"
        case .float: "float"
        case .double: "double"
        case .decimal(let precision, let scale): "decimal(\(precision), \(scale))"
        case .date: "date"
        case .time: "time"
        case .timestamp: "timestamp"
        case .timestamptz: "timestamptz"
        case .string: "string"
        case .uuid: "uuid"
        case .fixed(let length): "fixed[\(length)]"
        case .binary: "binary"
        case .struct(let fields):
            "struct<\(fields.map { "\($0.name): \($0.type)" }.joined(separator: ", "))>"
        case .list(_, let element, _): "list<\(element)>"
        case .map(_, let key, _, let value, _): "map<\(key), \(value)>"
        }
    }

    private static let unparameterised: [String: DataType] = Dictionary(
        uniqueKeysWithValues: [
            .boolean, .int, .long, .float, .double, .date, .time, .timestamp, .timestamptz, .string, .uuid,
            .binary,
        ].map { ($0.description, $0) })

    /// - Throws: `.unsupported` for a name that format version 2 does not know, such as version 3's `timestamp_ns`.
    public init(primitive name: String) throws {
        if let type = Self.unparameterised[name] {
            self = type
        } else if let length = Self.arguments(of: name, between: "fixed[", and: "]"), length.count == 1 {
            self = .fixed(length[0])
        } else if let sizes = Self.arguments(of: name, between: "decimal(", and: ")"), sizes.count == 2,
            1...38 ~= sizes[0], sizes[1] <= sizes[0]
        {
            self = .decimal(precision: sizes[0], scale: sizes[1])
        } else {
            throw IcebergError(
                .unsupported, "the type is not one of Iceberg format version 2", context: ["type": name])
        }
    }

    private static func arguments(of name: String, between open: String, and close: String) -> [Int]? {
        guard name.hasPrefix(open), name.hasSuffix(close) else { return nil }
        let numbers = name.dropFirst(open.count).dropLast(close.count).split(separator: ",")
        let values = numbers.compactMap { UInt16($0.drop { $0 == " " }.prefix { $0 != " " }) }
        return values.count == numbers.count ? values.map(Int.init) : nil
    }
}
