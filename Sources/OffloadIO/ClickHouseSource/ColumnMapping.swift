// Which Iceberg type a ClickHouse type becomes, and which ClickHouse type the values are cast to on the way.
import ClickHouse
import Iceberg

/// The mapping of one ClickHouse type, lossless wherever Iceberg has a type for it.
///
/// Values are cast by ClickHouse itself (`CAST(column AS cast)`), element by element inside arrays, maps and tuples.
struct ColumnMapping {
    let type: DataType
    /// The ClickHouse type that Parquet and Iceberg readers agree on.
    let cast: ClickHouseType
    var isNullable = false
    var isLossless = true
    var note: String?
    /// Whether a value that does not fit `cast` stops the table; by default all of them fit.
    var isAccurate = false

    /// Why a type has no mapping.
    struct Unmapped: Error {
        let reason: String
    }

    /// What the server's version decides.
    struct Server {
        /// The Parquet writer knows UUID since 26.4 (ClickHouse #99521); before, it refuses the whole query.
        let writesUUID: Bool
    }

    /// - Throws: `Unmapped` for types without values to copy, such as an aggregate function's state.
    init(_ source: ClickHouseType, on server: Server) throws {
        switch source {
        case .nullable(let inner), .lowCardinality(.nullable(let inner)):
            self = try ColumnMapping(inner, on: server)
            self = ColumnMapping(
                type: type, cast: .nullable(cast), isNullable: true, isLossless: isLossless, note: note)
        case .lowCardinality(let inner), .simpleAggregateFunction(_, let inner):
            self = try ColumnMapping(inner, on: server)
        case .array(let element):
            let inner = try ColumnMapping(element, on: server)
            self.init(
                type: .list(elementID: 0, element: inner.type, isElementRequired: false),
                cast: .array(inner.cast),
                isLossless: inner.isLossless, note: inner.note)
        case .map(let key, let value):
            let (keys, values) = (try ColumnMapping(key, on: server), try ColumnMapping(value, on: server))
            self.init(
                type: .map(keyID: 0, key: keys.type, valueID: 0, value: values.type, isValueRequired: false),
                cast: .map(key: keys.cast, value: values.cast),
                isLossless: keys.isLossless && values.isLossless,
                note: keys.note ?? values.note)
        case .tuple(let fields): self = try Self.structure(fields, on: server)
        case .nested(let fields):
            let inner = try Self.structure(fields, on: server)
            self.init(
                type: .list(elementID: 0, element: inner.type, isElementRequired: false),
                cast: .array(inner.cast),
                isLossless: inner.isLossless, note: inner.note)
        default: self = try Self.scalar(source, on: server)
        }
    }

    private init(
        type: DataType, cast: ClickHouseType, isNullable: Bool = false, isLossless: Bool = true,
        note: String? = nil
    ) {
        self.type = type
        self.cast = cast
        self.isNullable = isNullable
        self.isLossless = isLossless
        self.note = note
    }

    private static func structure(_ fields: [ClickHouseType.Field], on server: Server) throws -> ColumnMapping
    {
        guard !fields.isEmpty else { throw Unmapped(reason: "an empty tuple has no columns") }
        let inner = try fields.map { try ColumnMapping($0.type, on: server) }
        // Unnamed elements get the names that Spark gives them.
        let names = fields.indices.map { fields[$0].name ?? "_\($0 + 1)" }
        return ColumnMapping(
            type: .struct(
                zip(names, inner).map { NestedField(id: 0, name: $0, isRequired: false, type: $1.type) }),
            cast: .tuple(zip(names, inner).map { .init(name: $0, type: $1.cast) }),
            isLossless: inner.allSatisfy(\.isLossless), note: inner.compactMap(\.note).first)
    }

    private static func scalar(_ source: ClickHouseType, on server: Server) throws -> ColumnMapping {
        switch source {
        case .bool: return ColumnMapping(type: .boolean, cast: .bool)
        case .int8, .int16, .int32, .uint8, .uint16: return ColumnMapping(type: .int, cast: source)
        // Iceberg's Java reader takes UINT_32 for signed (apache/iceberg #14547).
        case .int64, .uint32: return ColumnMapping(type: .long, cast: .int64)
        // As a long the upper half of the range would be negative.
        case .uint64:
            return ColumnMapping(
                type: .decimal(precision: 20, scale: 0), cast: .decimal(precision: 20, scale: 0))
        case .int128, .uint128:
            return ColumnMapping(
                type: .decimal(precision: 38, scale: 0), cast: .decimal(precision: 38, scale: 0),
                note: "a value of more than 38 digits stops the table")
        case .int256, .uint256: return text("more digits than an Iceberg decimal holds")
        case .float32, .bfloat16: return ColumnMapping(type: .float, cast: .float32)
        case .float64: return ColumnMapping(type: .double, cast: .float64)
        case .decimal(let precision, let scale):
            guard precision <= 38 else { return text("more digits than an Iceberg decimal holds") }
            return ColumnMapping(type: .decimal(precision: precision, scale: scale), cast: source)
        case .string: return ColumnMapping(type: .string, cast: .string)
        case .fixedString(let size): return ColumnMapping(type: .fixed(size), cast: source)
        // Before 24.12 a Date was written as a UINT_16.
        case .date, .date32: return ColumnMapping(type: .date, cast: .date32)
        case .dateTime: return ColumnMapping(type: .timestamptz, cast: microseconds)
        case .dateTime64(let digits, _):
            return ColumnMapping(
                type: .timestamptz, cast: microseconds, isLossless: digits <= 6,
                note: digits <= 6 ? nil : "Iceberg v2 has microseconds: digits 7 to \(digits) are cut off")
        case .uuid where server.writesUUID: return ColumnMapping(type: .uuid, cast: .uuid)
        case .uuid, .ipv4, .ipv6, .enum8, .enum16, .time, .time64: return text(nil)
        case .interval: return ColumnMapping(type: .long, cast: .int64)
        case .json, .object: return text("as JSON text")
        case .variant, .dynamic, .geometry:
            return ColumnMapping(
                type: .string, cast: .nullable(.string), isNullable: true,
                note: "as text; the type itself is lost")
        case .nothing: return ColumnMapping(type: .string, cast: .string)
        case .point:
            return try ColumnMapping(
                .tuple([.init(name: "x", type: .float64), .init(name: "y", type: .float64)]), on: server)
        case .ring, .lineString: return try ColumnMapping(.array(.point), on: server)
        case .polygon, .multiLineString: return try ColumnMapping(.array(.ring), on: server)
        case .multiPolygon: return try ColumnMapping(.array(.polygon), on: server)
        case .aggregateFunction:
            throw Unmapped(reason: "the state of an aggregate function has no value of its own")
        default: throw Unmapped(reason: "the type is not known")
        }
    }

    private static let microseconds = ClickHouseType.dateTime64(precision: 6, timeZone: "UTC")

    private static func text(_ note: String?) -> ColumnMapping {
        ColumnMapping(type: .string, cast: .string, note: note)
    }
}

extension ColumnMapping {
    /// The mapping that `columns: {name: {as: type}}` asks for.
    init(_ source: ClickHouseType, as typeName: String) throws {
        var inner = source
        var isNullable = false
        while true {
            if case .nullable(let type) = inner {
                (inner, isNullable) = (type, true)
            } else if case .lowCardinality(let type) = inner {
                inner = type
            } else {
                break
            }
        }
        let type = try DataType(primitive: typeName)
        let cast: ClickHouseType
        switch type {
        case .string, .binary: cast = .string
        case .int: cast = .int32
        case .long: cast = .int64
        case .float: cast = .float32
        case .double: cast = .float64
        case .boolean: cast = .bool
        case .date: cast = .date32
        case .timestamp, .timestamptz: cast = Self.microseconds
        case .decimal(let precision, let scale): cast = .decimal(precision: precision, scale: scale)
        case .uuid: cast = .uuid
        case .fixed(let size): cast = .fixedString(size: size)
        default: throw Unmapped(reason: "`as: \(typeName)` is not offered")
        }
        let keepsAll: Bool
        switch (type, inner) {
        // A FixedString loses the zero bytes at its end on the way to a String.
        case (.string, .fixedString), (.binary, .fixedString): keepsAll = false
        case (.string, _), (.binary, .string): keepsAll = true
        default: keepsAll = false
        }
        self.init(
            type: type, cast: isNullable ? .nullable(cast) : cast, isNullable: isNullable,
            isLossless: keepsAll,
            note: "as the configuration says")
        isAccurate = true
    }
}
