/// What the values of a column mean: the logical annotation, or the older converted one where that is all there is.

public enum LogicalType: Equatable, Sendable {
    public enum TimeUnit: Int16, Sendable {
        case milliseconds = 1
        case microseconds = 2
        case nanoseconds = 3
    }

    case string
    case map
    case list
    case enumeration
    case decimal(precision: Int32, scale: Int32)
    case date
    case time(TimeUnit, isAdjustedToUTC: Bool)
    case timestamp(TimeUnit, isAdjustedToUTC: Bool)
    case integer(bitWidth: Int8, isSigned: Bool)
    case json
    case bson
    case uuid
    case float16
    case interval
    /// An annotation that is kept and not understood; the number is its id in parquet.thrift's `LogicalType`.
    case other(Int16)
}

extension LogicalType {
    /// The annotation of a schema element; nil if it has none. Where both forms are there, the logical one counts
    /// (LogicalTypes.md, "Compatibility" sections).
    init?(element: ThriftStruct) throws {
        if let union = try element.optional(10, "logicalType", \.structure), let member = union.fields.first {
            self = try Self(id: member.id, union: union)
        } else if let converted = try element.optional(6, "converted_type", \.int32) {
            guard let type = try Self(converted: converted, element: element) else { return nil }
            self = type
        } else {
            return nil
        }
    }

    private init(id: Int16, union: ThriftStruct) throws {
        let member = try union.required(id, "logicalType", \.structure)
        switch id {
        case 1: self = .string
        case 2: self = .map
        case 3: self = .list
        case 4: self = .enumeration
        case 5:
            self = .decimal(
                precision: try member.required(2, "precision", \.int32),
                scale: try member.required(1, "scale", \.int32))
        case 6: self = .date
        case 7:
            self = .time(
                try TimeUnit(annotation: member),
                isAdjustedToUTC: try member.required(1, "isAdjustedToUTC", \.bool))
        case 8:
            self = .timestamp(
                try TimeUnit(annotation: member),
                isAdjustedToUTC: try member.required(1, "isAdjustedToUTC", \.bool))
        case 10:
            self = .integer(
                bitWidth: try member.required(1, "bitWidth", \.int8),
                isSigned: try member.required(2, "isSigned", \.bool))
        case 12: self = .json
        case 13: self = .bson
        case 14: self = .uuid
        case 15: self = .float16
        default: self = .other(id)
        }
    }

    /// parquet.thrift, `ConvertedType`; nil for what says nothing about the element that carries it.
    private init?(converted: Int32, element: ThriftStruct) throws {
        switch converted {
        case 0: self = .string
        case 1: self = .map
        case 3: self = .list
        case 4: self = .enumeration
        case 5:
            self = .decimal(
                precision: try element.required(8, "precision", \.int32),
                scale: try element.optional(7, "scale", \.int32) ?? 0)
        case 6: self = .date
        case 7: self = .time(.milliseconds, isAdjustedToUTC: true)
        case 8: self = .time(.microseconds, isAdjustedToUTC: true)
        case 9: self = .timestamp(.milliseconds, isAdjustedToUTC: true)
        case 10: self = .timestamp(.microseconds, isAdjustedToUTC: true)
        case 11...14: self = .integer(bitWidth: 8 << Int8(converted - 11), isSigned: false)
        case 15...18: self = .integer(bitWidth: 8 << Int8(converted - 15), isSigned: true)
        case 19: self = .json
        case 20: self = .bson
        case 21: self = .interval
        default: return nil
        }
    }
}

extension LogicalType.TimeUnit {
    fileprivate init(annotation: ThriftStruct) throws {
        let unit = try annotation.required(2, "unit", \.structure)
        guard let id = unit.fields.first?.id, let known = Self(rawValue: id) else {
            throw ParquetError(.unsupported, "unknown time unit")
        }
        self = known
    }
}
