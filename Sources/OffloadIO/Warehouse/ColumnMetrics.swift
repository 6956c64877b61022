// What a manifest says of a file's columns, made from the Parquet footer.
import Iceberg
import Parquet

/// Sizes, counts and bounds by field id, as Iceberg's `ParquetMetrics` gives them: nothing but sizes inside lists and
/// maps; strings and binaries cut to 16; no bounds where they are not exact.
struct ColumnMetrics {
    private(set) var columnSizes: [Int32: Int64] = [:]
    private(set) var valueCounts: [Int32: Int64] = [:]
    private(set) var nullValueCounts: [Int32: Int64] = [:]
    private(set) var lowerBounds: [Int32: [UInt8]] = [:]
    private(set) var upperBounds: [Int32: [UInt8]] = [:]

    /// - Parameter schema: the fields of the file, with the ids that the footer was annotated with.
    init(of statistics: [ColumnStatistics], schema: Schema) {
        let types = Dictionary(schema.nodes.map { ($0.field.id, $0.field.type) }) { first, _ in first }
        for column in statistics {
            guard let id = column.fieldID, let type = types[id] else { continue }
            columnSizes[id] = column.compressedSize
            guard !column.isRepeated else { continue }
            // Value and null counts go together: readers take a lone null count equal to the rows for "all null".
            if let nullCount = column.nullCount {
                valueCounts[id] = column.valueCount
                nullValueCounts[id] = nullCount
            }
            guard let bounds = column.bounds else { continue }
            lowerBounds[id] = Self.bound(bounds.minimum, column, type, isLower: true)
            upperBounds[id] = Self.bound(bounds.maximum, column, type, isLower: false)
        }
    }

    /// A Parquet PLAIN value as an Iceberg single value; nil: no bound.
    private static func bound(
        _ value: [UInt8], _ column: ColumnStatistics, _ type: DataType, isLower: Bool
    ) -> [UInt8]? {
        let truncation = BoundTruncation()
        switch type {
        case .string:
            // Java's planner fails on a bound that is no UTF-8.
            guard let text = String(validating: value, as: UTF8.self) else { return nil }
            return isLower
                ? truncation.lower(.string(text)).encoded : truncation.upper(.string(text))?.encoded
        case .binary:
            return isLower
                ? truncation.lower(.binary(value)).encoded : truncation.upper(.binary(value))?.encoded
        case .decimal(_, let scale):
            return unscaled(value, column.physicalType).map {
                Literal.decimal(unscaled: $0, scale: scale).encoded
            }
        case .long where value.count == 4:
            return Literal.long(Int64(littleEndian(value))).encoded
        case .boolean, .int, .long, .date, .time, .timestamp, .timestamptz, .fixed:
            return value
        default:
            // Floats know no exact bounds (NaN, -0.0), and engines disagree on the order of UUIDs.
            return nil
        }
    }

    private static func littleEndian(_ bytes: [UInt8]) -> Int32 {
        Int32(bitPattern: bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }

    /// Decimals are big-endian in byte arrays and little-endian in integers (Parquet LogicalTypes.md, "DECIMAL").
    private static func unscaled(_ bytes: [UInt8], _ type: PhysicalType?) -> Int128? {
        guard bytes.count <= 16, !bytes.isEmpty else { return nil }
        let isInteger = type == .int32 || type == .int64
        let ordered = isInteger ? bytes.reversed() : bytes
        let start: Int128 = (ordered.first ?? 0) & 0x80 == 0 ? 0 : -1
        return ordered.reduce(start) { $0 << 8 | Int128($1) }
    }
}
