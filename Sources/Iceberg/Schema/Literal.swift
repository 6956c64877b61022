/// One value of a primitive Iceberg type: a partition value or a column bound.
public enum Literal: Sendable {
    case boolean(Bool)
    case int(Int32)
    case long(Int64)
    case float(Float)
    case double(Double)
    case decimal(unscaled: Int128, scale: Int)
    /// Days from 1970-01-01.
    case date(Int32)
    /// Microseconds from midnight.
    case time(Int64)
    /// Microseconds from 1970-01-01T00:00:00.
    case timestamp(Int64)
    /// Microseconds from 1970-01-01T00:00:00Z.
    case timestamptz(Int64)
    case string(String)
    /// 16 bytes, most significant first.
    case uuid([UInt8])
    case fixed([UInt8])
    case binary([UInt8])
}

/// The order in which Iceberg compares values of one type; values of different types stand in the order of the cases.
extension Literal: Comparable, Hashable {
    public static func < (left: Literal, right: Literal) -> Bool {
        switch (left, right) {
        case (.boolean(let left), .boolean(let right)): !left && right
        case (.int(let left), .int(let right)), (.date(let left), .date(let right)): left < right
        case (.long(let left), .long(let right)), (.time(let left), .time(let right)),
            (.timestamp(let left), .timestamp(let right)), (.timestamptz(let left), .timestamptz(let right)):
            left < right
        // Spec "Sorting": -NaN < -Infinity < ... < -0 < 0 < ... < Infinity < NaN, which is IEEE 754's total order.
        case (.float(let left), .float(let right)): !right.isTotallyOrdered(belowOrEqualTo: left)
        case (.double(let left), .double(let right)): !right.isTotallyOrdered(belowOrEqualTo: left)
        case (.decimal(let left, let leftScale), .decimal(let right, let rightScale)):
            (leftScale, left) < (rightScale, right)
        // By unsigned bytes; Swift's own String order would treat canonically equal texts as one.
        case (.string(let left), .string(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.uuid(let left), .uuid(let right)), (.fixed(let left), .fixed(let right)),
            (.binary(let left), .binary(let right)):
            left.lexicographicallyPrecedes(right)
        default: left.rank < right.rank
        }
    }

    /// Same type and same bytes, so that NaN equals itself and texts differ when their bytes do.
    public static func == (left: Literal, right: Literal) -> Bool {
        !(left < right) && !(right < left)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(rank)
        hasher.combine(encoded)
    }

    private var rank: Int {
        switch self {
        case .boolean: 0
        case .int: 1
        case .long: 2
        case .float: 3
        case .double: 4
        case .decimal: 5
        case .date: 6
        case .time: 7
        case .timestamp: 8
        case .timestamptz: 9
        case .string: 10
        case .uuid: 11
        case .fixed: 12
        case .binary: 13
        }
    }
}
