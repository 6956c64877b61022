/// The physical type of a leaf column (parquet.thrift, `Type`).

public enum PhysicalType: Equatable, Sendable {
    case boolean
    case int32
    case int64
    case int96
    case float
    case double
    case byteArray
    /// `length` is in bytes, above zero.
    case fixedLengthByteArray(length: Int)
}

extension PhysicalType {
    /// The type of a schema element; nil for a group.
    init?(element: ThriftStruct) throws {
        switch try element.optional(1, "type", \.int32) {
        case nil: return nil
        case 0: self = .boolean
        case 1: self = .int32
        case 2: self = .int64
        case 3: self = .int96
        case 4: self = .float
        case 5: self = .double
        case 6: self = .byteArray
        case 7:
            let length = try element.required(2, "type_length", \.int32)
            guard length > 0 else { throw ParquetError(.malformed, "a fixed-length type has no length") }
            self = .fixedLengthByteArray(length: Int(length))
        case .some(let type): throw ParquetError(.unsupported, "unknown physical type \(type)")
        }
    }
}
