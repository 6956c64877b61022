/// The order of a column's plain-encoded values (parquet.thrift, `ColumnOrder.TYPE_ORDER`).

enum ValueOrder: Equatable {
    case littleEndian(byteCount: Int, isSigned: Bool)
    case bytes(byteCount: Int?)
    case bigEndianSigned(byteCount: Int?)

    /// Nil where Parquet leaves the order open, or where no bounds are ever taken (floats).
    init?(_ leaf: SchemaNode) {
        let isUnsigned = if case .integer(_, isSigned: false)? = leaf.logicalType { true } else { false }
        let isDecimal = if case .decimal? = leaf.logicalType { true } else { false }
        if leaf.logicalType == .interval || leaf.logicalType == .float16 { return nil }
        switch leaf.physicalType {
        case .boolean: self = .bytes(byteCount: 1)
        case .int32: self = .littleEndian(byteCount: 4, isSigned: !isUnsigned)
        case .int64: self = .littleEndian(byteCount: 8, isSigned: !isUnsigned)
        case .byteArray: self = isDecimal ? .bigEndianSigned(byteCount: nil) : .bytes(byteCount: nil)
        case .fixedLengthByteArray(let length):
            self = isDecimal ? .bigEndianSigned(byteCount: length) : .bytes(byteCount: length)
        case .int96, .float, .double, nil: return nil
        }
    }

    /// False if the bytes cannot be a value of the column.
    func admits(_ value: [UInt8]) -> Bool {
        switch self {
        case .littleEndian(let byteCount, _): value.count == byteCount
        case .bytes(let byteCount): byteCount.map { $0 == value.count } ?? true
        case .bigEndianSigned(let byteCount): byteCount.map { $0 == value.count } ?? !value.isEmpty
        }
    }

    /// Both values must be admitted.
    func isLess(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        switch self {
        case .littleEndian(_, let isSigned):
            // From the highest byte down this is big endian.
            Self.isLessBigEndian(left.reversed(), right.reversed(), isSigned: isSigned)
        case .bytes:
            left.lexicographicallyPrecedes(right)
        case .bigEndianSigned:
            Self.isLessBigEndian(left, right, isSigned: true)
        }
    }

    /// Values of different length are widened by their sign first.
    private static func isLessBigEndian(_ left: [UInt8], _ right: [UInt8], isSigned: Bool) -> Bool {
        let count = max(left.count, right.count)
        return widened(left, to: count, isSigned).lexicographicallyPrecedes(
            widened(right, to: count, isSigned))
    }

    /// With the sign bit flipped, two's complement orders as unsigned bytes do.
    private static func widened(_ value: [UInt8], to count: Int, _ isSigned: Bool) -> [UInt8] {
        guard isSigned, let first = value.first else { return value }
        let sign: UInt8 = first & 0x80 == 0 ? 0 : 0xFF
        var wide = Array(repeating: sign, count: count - value.count) + value
        wide[0] ^= 0x80
        return wide
    }
}
