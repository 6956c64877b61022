/// What the writer says of the values of one column chunk (parquet.thrift, `Statistics`).

struct ChunkStatistics: Equatable, Sendable {
    private(set) var structure: ThriftStruct
    let nullCount: Int64?

    /// Nil if either end is missing or not exact. The deprecated `min` and `max` (ids 2 and 1) are never read: their
    /// order was left open (parquet.thrift).
    private(set) var bounds: ValueBounds?

    init(_ structure: ThriftStruct) throws {
        self.structure = structure
        nullCount = try structure.optionalCount(3, "null_count")
        let isMaximumExact = try structure.optional(7, "is_max_value_exact", \.bool) ?? true
        let isMinimumExact = try structure.optional(8, "is_min_value_exact", \.bool) ?? true
        if isMaximumExact, isMinimumExact,
            let minimum = try structure.optional(6, "min_value", \.bytes),
            let maximum = try structure.optional(5, "max_value", \.bytes)
        {
            bounds = ValueBounds(minimum: minimum, maximum: maximum)
        }
    }

    mutating func stripBounds() {
        bounds = nil
        for id: Int16 in [1, 2, 5, 6, 7, 8] { structure[id] = nil }
    }
}

/// The smallest and the largest value, as Parquet's plain encoding has them (strings without a length).
public struct ValueBounds: Equatable, Sendable {
    public let minimum: [UInt8]
    public let maximum: [UInt8]
}
