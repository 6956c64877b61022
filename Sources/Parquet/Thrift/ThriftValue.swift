/// A Thrift message as a tree that keeps every field, known to us or not, so that rewriting a footer loses nothing.

/// The kinds of value `parquet.thrift` is made of; sets, maps and uuids do not occur in it.
enum ThriftValue: Equatable, Sendable {
    case bool(Bool)
    case int8(Int8)
    case int16(Int16)
    case int32(Int32)
    case int64(Int64)
    /// The bit pattern, so that a NaN equals itself.
    case double(UInt64)
    case binary([UInt8])
    case list(ThriftList)
    case structure(ThriftStruct)
}

struct ThriftList: Equatable, Sendable {
    /// Kept apart from the elements: an empty list has a type as well.
    var elementType: ThriftType
    var elements: [ThriftValue]

    init(elementType: ThriftType, elements: [ThriftValue]) {
        self.elementType = elementType
        self.elements = elements
    }

    init(of structures: [ThriftStruct]) {
        self.init(elementType: .structure, elements: structures.map(ThriftValue.structure))
    }
}

/// The type nibble of the compact protocol (thrift-compact-protocol.md, "Struct encoding").
enum ThriftType: UInt8, Sendable {
    case boolTrue = 1
    case boolFalse = 2
    case int8 = 3
    case int16 = 4
    case int32 = 5
    case int64 = 6
    case double = 7
    case binary = 8
    case list = 9
    case structure = 12
}

extension ThriftValue {
    var type: ThriftType {
        switch self {
        case .bool(let value): value ? .boolTrue : .boolFalse
        case .int8: .int8
        case .int16: .int16
        case .int32: .int32
        case .int64: .int64
        case .double: .double
        case .binary: .binary
        case .list: .list
        case .structure: .structure
        }
    }

    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var int8: Int8? { if case .int8(let value) = self { value } else { nil } }
    var int32: Int32? { if case .int32(let value) = self { value } else { nil } }
    var int64: Int64? { if case .int64(let value) = self { value } else { nil } }
    var bytes: [UInt8]? { if case .binary(let value) = self { value } else { nil } }
    var string: String? { bytes.flatMap { String(validating: $0, as: UTF8.self) } }
    var elements: [ThriftValue]? { if case .list(let value) = self { value.elements } else { nil } }
    var structure: ThriftStruct? { if case .structure(let value) = self { value } else { nil } }
}
