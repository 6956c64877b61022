/// Reads Avro's binary encoding; every length is checked before it is believed.
struct AvroDecoder {
    /// How deep values may nest; manifests need six levels.
    static let depthMax = 32

    /// How many values one datum may hold, nested ones included; an entry for 10,000 columns has some 200,000.
    private static let valueCountMax = 1 << 20

    private let bytes: [UInt8]
    private(set) var position: Int
    /// How many more values may be decoded: records and nulls can take no bytes at all, so that without a budget a
    /// few bytes could ask for 2^63 of them.
    private var valueBudget: Int
    /// What of the budget must be left when the datum under way ends.
    private var valueBudgetMin = 0

    init(_ bytes: [UInt8], at position: Int = 0) {
        self.bytes = bytes
        self.position = position
        self.valueBudget = 1024 + 4 * bytes.count
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func value(_ schema: AvroSchema, depth: Int = 0) throws -> AvroValue {
        if depth == 0 { valueBudgetMin = max(0, valueBudget - Self.valueCountMax) }
        valueBudget -= 1
        guard depth < Self.depthMax, valueBudget >= valueBudgetMin else {
            throw IcebergError(
                .invalidAvro, "an Avro value nests too deep or repeats too often", context: place)
        }
        switch schema.kind {
        case .null: return .null
        case .boolean: return .boolean(try boolean())
        case .int: return .int(try int())
        case .long: return .long(try long())
        case .float: return .float(Float(bitPattern: try littleEndian()))
        case .double: return .double(Double(bitPattern: try littleEndian()))
        case .bytes: return .bytes(try byteString())
        case .string: return .string(try string())
        case .fixed(_, let size): return .fixed(Array(try take(size)))
        case .enumeration(_, let symbols): return .enumeration(symbols[try index(below: symbols.count)])
        case .union(let branches):
            return try value(branches[try index(below: branches.count)], depth: depth + 1)
        case .record(_, let fields):
            var values: [AvroValue] = []
            values.reserveCapacity(fields.count)
            for field in fields { values.append(try value(field.schema, depth: depth + 1)) }
            return .record(values)
        case .array(let element):
            var values: [AvroValue] = []
            try items { decoder in
                values.append(try decoder.value(element, depth: depth + 1))
            }
            return .array(values)
        case .map(let element):
            var values: [String: AvroValue] = [:]
            try items { decoder in
                values[try decoder.string()] = try decoder.value(element, depth: depth + 1)
            }
            return .map(values)
        }
    }

    /// The blocks of an array or a map: counts until a zero; a negative count is followed by the block's byte size.
    mutating func items(_ item: (inout AvroDecoder) throws -> Void) throws {
        while true {
            var count = try long()
            if count == 0 { return }
            if count < 0 {
                _ = try long()
                guard count != .min else {
                    throw IcebergError(.invalidAvro, "an Avro block count is out of range", context: place)
                }
                count = -count
            }
            while count > 0 {
                try item(&self)
                count -= 1
            }
        }
    }

    mutating func boolean() throws -> Bool {
        switch try take(1).first {
        case 0: false
        case 1: true
        default: throw IcebergError(.invalidAvro, "an Avro boolean is neither 0 nor 1", context: place)
        }
    }

    mutating func int() throws -> Int32 {
        guard let value = Int32(exactly: try long()) else {
            throw IcebergError(.invalidAvro, "an Avro int is out of range", context: place)
        }
        return value
    }

    /// A zigzag varint of at most ten bytes.
    mutating func long() throws -> Int64 {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count, shift < 64 {
            let byte = UInt64(bytes[position])
            position += 1
            guard shift < 63 || byte <= 1 else { break }
            result |= (byte & 0x7F) << shift
            if byte < 0x80 { return Int64(bitPattern: result >> 1) ^ -Int64(bitPattern: result & 1) }
            shift += 7
        }
        throw IcebergError(.invalidAvro, "an Avro number is cut short or too long", context: place)
    }

    mutating func byteString() throws -> [UInt8] {
        Array(try take(try length()))
    }

    mutating func string() throws -> String {
        guard let text = String(validating: try take(try length()), as: UTF8.self) else {
            throw IcebergError(.invalidAvro, "an Avro string is not UTF-8", context: place)
        }
        return text
    }

    /// The next `count` bytes, which stay shared with the file's.
    mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else {
            throw IcebergError(.invalidAvro, "an Avro value is cut short", context: place)
        }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func length() throws -> Int {
        guard let count = Int(exactly: try long()), count >= 0 else {
            throw IcebergError(.invalidAvro, "an Avro length is negative", context: place)
        }
        return count
    }

    private mutating func index(below count: Int) throws -> Int {
        let index = try long()
        guard index >= 0, index < count else {
            throw IcebergError(.invalidAvro, "an Avro union or enum index is out of range", context: place)
        }
        return Int(index)
    }

    private mutating func littleEndian<Word: FixedWidthInteger>() throws -> Word {
        try take(MemoryLayout<Word>.size).reversed().reduce(0) { $0 << 8 | Word($1) }
    }

    private var place: [String: String] { ["offset": "\(position)"] }
}
