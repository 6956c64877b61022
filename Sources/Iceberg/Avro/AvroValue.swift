/// One Avro datum, shaped by the schema it was read or will be written with.
enum AvroValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case int(Int32)
    case long(Int64)
    case float(Float)
    case double(Double)
    case bytes([UInt8])
    case string(String)
    case fixed([UInt8])
    case enumeration(String)
    case array([AvroValue])
    case map([String: AvroValue])
    /// Values in the order of the record's fields; names and ids are the schema's.
    case record([AvroValue])
}

extension AvroValue {
    var bool: Bool? { if case .boolean(let value) = self { value } else { nil } }

    var string: String? { if case .string(let value) = self { value } else { nil } }

    var elements: [AvroValue]? { if case .array(let value) = self { value } else { nil } }

    var fields: [AvroValue]? { if case .record(let value) = self { value } else { nil } }

    /// The bytes of `bytes` and of `fixed`.
    var bytes: [UInt8]? {
        switch self {
        case .bytes(let value), .fixed(let value): value
        default: nil
        }
    }

    /// The number in an `int` or a `long`: Avro promotes one to the other, and so do the engines' writers.
    var integer: Int64? {
        switch self {
        case .int(let value): Int64(value)
        case .long(let value): value
        default: nil
        }
    }
}
