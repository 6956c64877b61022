/// Partition values in manifests: Iceberg literals as Avro values.
extension Literal {
    /// The value for a field of that type, promoted when it was written before its column was widened; nil for null.
    init?(_ value: AvroValue, as type: DataType) throws {
        switch (value, type) {
        case (.null, _): return nil
        case (.boolean(let flag), .boolean): self = .boolean(flag)
        case (.float(let number), .float): self = .float(number)
        case (.float(let number), .double): self = .double(Double(number))
        case (.double(let number), .double): self = .double(number)
        case (.string(let text), .string): self = .string(text)
        case (.bytes(let bytes), _), (.fixed(let bytes), _): self = try Literal(decoding: bytes, as: type)
        default:
            guard let number = value.integer, let literal = Literal(number, as: type) else {
                throw IcebergError(
                    .invalidManifest, "a partition value does not fit its field",
                    context: ["type": type.description])
            }
            self = literal
        }
    }

    private init?(_ number: Int64, as type: DataType) {
        switch type {
        case .int: if let value = Int32(exactly: number) { self = .int(value) } else { return nil }
        case .date: if let value = Int32(exactly: number) { self = .date(value) } else { return nil }
        case .long: self = .long(number)
        case .time: self = .time(number)
        case .timestamp: self = .timestamp(number)
        case .timestamptz: self = .timestamptz(number)
        default: return nil
        }
    }

    /// The Avro value for a field of that type.
    /// - Throws: `.invalidValue` when the literal is of another type.
    func avro(as type: DataType) throws -> AvroValue {
        switch (self, type) {
        case (.boolean(let value), .boolean): return .boolean(value)
        case (.int(let value), .int), (.date(let value), .date): return .int(value)
        case (.long(let value), .long), (.time(let value), .time), (.timestamp(let value), .timestamp),
            (.timestamptz(let value), .timestamptz):
            return .long(value)
        case (.float(let value), .float): return .float(value)
        case (.double(let value), .double): return .double(value)
        case (.string(let value), .string): return .string(value)
        case (.binary(let value), .binary): return .bytes(value)
        case (.uuid(let value), .uuid) where value.count == 16: return .fixed(value)
        case (.fixed(let value), .fixed(let length)) where value.count == length: return .fixed(value)
        case (.decimal(let unscaled, let scale), .decimal(let precision, let typeScale))
        where scale == typeScale:
            return .fixed(try Self.signExtended(unscaled, precision: precision))
        default:
            throw IcebergError(
                .invalidValue, "a partition value does not fit its field", context: ["type": type.description]
            )
        }
    }

    /// Big-endian two's complement in the fixed size of the decimal's precision.
    private static func signExtended(_ unscaled: Int128, precision: Int) throws -> [UInt8] {
        let size = AvroSchema.decimalByteCount(precision)
        let minimal = minimalBigEndian(unscaled)
        guard minimal.count <= size else {
            throw IcebergError(.invalidValue, "a decimal has more than \(precision) digits")
        }
        return [UInt8](repeating: unscaled < 0 ? 0xFF : 0, count: size - minimal.count) + minimal
    }
}
