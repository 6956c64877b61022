/// The type of a column, as ClickHouse writes it in `system.columns` and DESCRIBE.

/// Aliases are read as what they stand for: `Decimal64(4)` is `.decimal(precision: 18, scale: 4)`.
public indirect enum ClickHouseType: Sendable, Hashable {
    case bool
    case int8, int16, int32, int64, int128, int256
    case uint8, uint16, uint32, uint64, uint128, uint256
    case float32, float64, bfloat16
    case decimal(precision: Int, scale: Int)
    case string
    /// `size` in bytes.
    case fixedString(size: Int)
    case date, date32
    /// Whole seconds; `timeZone` nil means the server's.
    case dateTime(timeZone: String?)
    /// `precision` is the number of decimal places of a second, 0 to 9.
    case dateTime64(precision: Int, timeZone: String?)
    case time
    case time64(precision: Int)
    /// `unit` as in `IntervalSecond`: `Second`.
    case interval(unit: String)
    case uuid, ipv4, ipv6
    case enum8([EnumValue])
    case enum16([EnumValue])
    case array(ClickHouseType)
    case tuple([Field])
    case map(key: ClickHouseType, value: ClickHouseType)
    case nested([Field])
    case nullable(ClickHouseType)
    case lowCardinality(ClickHouseType)
    case simpleAggregateFunction(function: String, ClickHouseType)
    /// What stands between the parentheses: version, function with parameters, argument types.
    case aggregateFunction(String)
    case variant([ClickHouseType])
    /// `arguments` as written, typed paths, SKIP rules and limits; nil when there are no parentheses.
    case json(arguments: String?)
    /// The old JSON type, with its schema.
    case object(schema: String)
    /// `typeCountMax` nil means the server's default.
    case dynamic(typeCountMax: Int?)
    case point, multiPoint, ring, lineString, multiLineString, polygon, multiPolygon, geometry
    case nothing
    /// A type that this list does not know, as written.
    case unknown(String)

    /// One element of a tuple or nested table; only a tuple's may lack a name.
    public struct Field: Sendable, Hashable {
        public let name: String?
        public let type: ClickHouseType

        public init(name: String?, type: ClickHouseType) {
            self.name = name
            self.type = type
        }
    }

    public struct EnumValue: Sendable, Hashable {
        public let name: String
        public let number: Int

        public init(name: String, number: Int) {
            self.name = name
            self.number = number
        }
    }

    /// Reads a type's text; one of up to 1 MiB and 64 levels.
    /// - Throws: `ClickHouseError` `malformedText` with the position.
    public init(_ text: String) throws(ClickHouseError) {
        self = try TypeParser.parse(text)
    }

    /// The types that are a bare word.
    static let plain: [String: ClickHouseType] = [
        "Bool": .bool,
        "Int8": .int8, "Int16": .int16, "Int32": .int32, "Int64": .int64, "Int128": .int128,
        "Int256": .int256,
        "UInt8": .uint8, "UInt16": .uint16, "UInt32": .uint32, "UInt64": .uint64, "UInt128": .uint128,
        "UInt256": .uint256,
        "Float32": .float32, "Float64": .float64, "BFloat16": .bfloat16,
        "String": .string, "UUID": .uuid, "IPv4": .ipv4, "IPv6": .ipv6,
        "Date": .date, "Date32": .date32, "Time": .time,
        "Point": .point, "MultiPoint": .multiPoint, "Ring": .ring, "LineString": .lineString,
        "MultiLineString": .multiLineString,
        "Polygon": .polygon, "MultiPolygon": .multiPolygon, "Geometry": .geometry,
        "Nothing": .nothing,
    ]
    static let plainNames = Dictionary(uniqueKeysWithValues: plain.map { ($0.value, $0.key) })
}

extension ClickHouseType: CustomStringConvertible {
    /// The type as ClickHouse writes it; reads back as the same value.
    public var description: String {
        switch self {
        case .decimal(let precision, let scale): "Decimal(\(precision), \(scale))"
        case .fixedString(let size): "FixedString(\(size))"
        case .dateTime(nil): "DateTime"
        case .dateTime(let timeZone?): "DateTime(\(quoteLiteral(timeZone)))"
        case .dateTime64(let precision, nil): "DateTime64(\(precision))"
        case .dateTime64(let precision, let timeZone?): "DateTime64(\(precision), \(quoteLiteral(timeZone)))"
        case .time64(let precision): "Time64(\(precision))"
        case .interval(let unit): "Interval\(unit)"
        case .enum8(let values): "Enum8(\(list(values)))"
        case .enum16(let values): "Enum16(\(list(values)))"
        case .array(let element): "Array(\(element))"
        case .tuple(let fields): "Tuple(\(list(fields)))"
        case .map(let key, let value): "Map(\(key), \(value))"
        case .nested(let fields): "Nested(\(list(fields)))"
        case .nullable(let type): "Nullable(\(type))"
        case .lowCardinality(let type): "LowCardinality(\(type))"
        case .simpleAggregateFunction(let function, let type): "SimpleAggregateFunction(\(function), \(type))"
        case .aggregateFunction(let arguments): "AggregateFunction(\(arguments))"
        case .variant(let types): "Variant(\(list(types)))"
        case .json(nil): "JSON"
        case .json(let arguments?): "JSON(\(arguments))"
        case .object(let schema): "Object(\(quoteLiteral(schema)))"
        case .dynamic(nil): "Dynamic"
        case .dynamic(let typeCountMax?): "Dynamic(max_types=\(typeCountMax))"
        case .unknown(let text): text
        default: Self.plainNames[self] ?? ""
        }
    }

    private func list(_ items: [some CustomStringConvertible]) -> String {
        items.map(\.description).joined(separator: ", ")
    }
}

extension ClickHouseType.Field: CustomStringConvertible {
    public var description: String {
        name.map { "\(quoteIdentifier($0)) \(type)" } ?? type.description
    }
}

extension ClickHouseType.EnumValue: CustomStringConvertible {
    public var description: String { "\(quoteLiteral(name)) = \(number)" }
}
