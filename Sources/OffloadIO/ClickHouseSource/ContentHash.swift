// The SQL that hashes rows by their Iceberg fields: the same text over a table of the source and over a data file.
import ClickHouse
import Iceberg

/// Rows whose columns are named as `fields`.
///
/// A value is cast to the widest type of its kind first, so that an Iceberg promotion changes no hash, and hashed by its
/// bits. NULL, an empty list and an empty map are 0: that is also how a field that a file does not have is read.
struct ContentHash {
    let fields: [NestedField]

    /// The wrapping sum of all rows' hashes. A row is mixed once more before it is added: sums of sums would not see
    /// values that changed places between rows.
    var sum: String {
        "sumWithOverflow(cityHash64(\(Self.sum(of: fields.map { ($0, quoteIdentifier($0.name)) }))))"
    }

    /// The columns for reading a data file.
    var structure: String {
        fields.map { "\(quoteIdentifier($0.name)) \(Self.readType($0.type))" }.joined(separator: ", ")
    }

    /// Each field's hash times an odd number of its own, so that values which change places make another sum.
    private static func sum(of fields: [(field: NestedField, value: String)], depth: Int = 0) -> String {
        guard fields.count > 1 else {
            return fields.first.map { "\(factor($0.field.id)) * \(hash(of: $0.value, $0.field.type, depth))" }
                ?? "toUInt64(0)"
        }
        // By halves: as one long chain, a wide table would be beyond ClickHouse's max_ast_depth.
        let half = fields.count / 2
        let sides = [Array(fields[..<half]), Array(fields[half...])]
        return "(\(sides.map { sum(of: $0, depth: depth) }.joined(separator: " + ")))"
    }

    private static func hash(of value: String, _ type: DataType, _ depth: Int) -> String {
        let (x, y, n) = ("x\(depth)", "y\(depth)", "n\(depth)")
        switch type {
        case .struct(let fields):
            let values = fields.indices.map { (fields[$0], "tupleElement(\(value), \($0 + 1))") }
            return sum(of: values, depth: depth)
        case .list(_, let element, _):
            let item = hash(of: x, element, depth + 1)
            return "arraySum((\(x), \(n)) -> cityHash64(\(item), \(n)), \(value), arrayEnumerate(\(value)))"
        // A sum again: the order of a map's entries means nothing.
        case .map(_, let key, _, let inner, _):
            let entry = "cityHash64(\(hash(of: x, key, depth + 1)), \(hash(of: y, inner, depth + 1)))"
            return "arraySum((\(x), \(y)) -> \(entry), mapKeys(\(value)), mapValues(\(value)))"
        default:
            let widest = quoteLiteral(widest(type).description)
            return "if(isNull(\(value)), 0, cityHash64(CAST(assumeNotNull(\(value)), \(widest))))"
        }
    }

    /// The type that every value of a kind of type fits.
    private static func widest(_ type: DataType) -> ClickHouseType {
        switch type {
        case .int, .long, .time: .int64
        case .float, .double: .float64
        case .decimal(_, let scale): .decimal(precision: 38, scale: scale)
        default: scalar(type)
        }
    }

    /// Nullable wherever ClickHouse lets it be: a file may have NULL where the source has not.
    private static func readType(_ type: DataType) -> ClickHouseType {
        switch type {
        case .struct(let fields): .tuple(fields.map { .init(name: $0.name, type: readType($0.type)) })
        case .list(_, let element, _): .array(readType(element))
        case .map(_, let key, _, let value, _): .map(key: scalar(key), value: readType(value))
        default: .nullable(scalar(type))
        }
    }

    private static func scalar(_ type: DataType) -> ClickHouseType {
        switch type {
        case .boolean: .bool
        case .int: .int32
        case .long, .time: .int64
        case .float: .float32
        case .double: .float64
        case .decimal(let precision, let scale): .decimal(precision: precision, scale: scale)
        case .date: .date32
        case .timestamp, .timestamptz: .dateTime64(precision: 6, timeZone: "UTC")
        case .uuid: .uuid
        case .fixed(let size): .fixedString(size: size)
        case .string, .binary, .struct, .list, .map: .string
        }
    }

    /// SplitMix64's finisher over the id.
    private static func factor(_ id: Int32) -> UInt64 {
        var z = UInt64(bitPattern: Int64(id)) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return (z ^ (z >> 31)) | 1
    }
}
