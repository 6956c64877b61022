/// Single values as bytes (spec appendix D, "Binary single-value serialization"): bounds in manifests.
extension Literal {
    public var encoded: [UInt8] {
        switch self {
        case .boolean(let value): [value ? 1 : 0]
        case .int(let value), .date(let value): Self.littleEndian(value)
        case .long(let value), .time(let value), .timestamp(let value), .timestamptz(let value):
            Self.littleEndian(value)
        case .float(let value): Self.littleEndian(value.bitPattern)
        case .double(let value): Self.littleEndian(value.bitPattern)
        case .decimal(let unscaled, _): Self.minimalBigEndian(unscaled)
        case .string(let value): Array(value.utf8)
        case .uuid(let bytes), .fixed(let bytes), .binary(let bytes): bytes
        }
    }

    /// - Throws: `.invalidValue` when the bytes cannot be a value of the type.
    public init(decoding bytes: [UInt8], as type: DataType) throws {
        guard let value = Self.decode(bytes, as: type) else {
            throw IcebergError(
                .invalidValue, "\(bytes.count) bytes are no value of type \(type)",
                context: ["bytes": Self.hexadecimal(bytes.prefix(40))])
        }
        self = value
    }

    private static func decode(_ bytes: [UInt8], as type: DataType) -> Literal? {
        switch type {
        case .boolean: bytes.count == 1 ? .boolean(bytes[0] != 0) : nil
        case .int: integer(bytes).map(Literal.int)
        case .date: integer(bytes).map(Literal.date)
        // A bound written before int became long, or float double, keeps its four bytes (spec "Schema Evolution").
        case .long: integer(bytes).map(Literal.long) ?? (integer(bytes) as Int32?).map { .long(Int64($0)) }
        case .float: integer(bytes).map { .float(Float(bitPattern: $0)) }
        case .double:
            integer(bytes).map { .double(Double(bitPattern: $0)) }
                ?? integer(bytes).map { .double(Double(Float(bitPattern: $0))) }
        case .decimal(_, let scale): bigEndian(bytes).map { .decimal(unscaled: $0, scale: scale) }
        case .time: integer(bytes).map(Literal.time)
        case .timestamp: integer(bytes).map(Literal.timestamp)
        case .timestamptz: integer(bytes).map(Literal.timestamptz)
        case .string: String(validating: bytes, as: UTF8.self).map(Literal.string)
        case .uuid: bytes.count == 16 ? .uuid(bytes) : nil
        case .fixed(let length): bytes.count == length ? .fixed(bytes) : nil
        case .binary: .binary(bytes)
        case .struct, .list, .map: nil
        }
    }

    private static func littleEndian<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian, Array.init)
    }

    private static func integer<Integer: FixedWidthInteger>(_ bytes: [UInt8]) -> Integer? {
        guard bytes.count == Integer.bitWidth / 8 else { return nil }
        return bytes.reversed().reduce(0) { $0 << 8 | Integer(truncatingIfNeeded: $1) }
    }

    /// Two's complement with as few bytes as keep the sign: -1.50 with scale 2 is FF6A.
    static func minimalBigEndian(_ value: Int128) -> [UInt8] {
        let bytes = withUnsafeBytes(of: value.bigEndian, Array.init)
        let sign: UInt8 = value < 0 ? 0xFF : 0x00
        let padding = zip(bytes, bytes.dropFirst()).prefix { $0 == sign && ($1 ^ sign) < 0x80 }.count
        return Array(bytes.dropFirst(padding))
    }

    private static func bigEndian(_ bytes: [UInt8]) -> Int128? {
        guard let first = bytes.first, bytes.count <= 16 else { return nil }
        return bytes.reduce(first < 0x80 ? 0 : -1) { $0 << 8 | Int128($1) }
    }
}
