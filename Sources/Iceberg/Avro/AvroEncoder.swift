/// Writes Avro's binary encoding: the same value and schema always give the same bytes.
struct AvroEncoder {
    private(set) var bytes: [UInt8] = []

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    mutating func value(_ value: AvroValue, _ schema: AvroSchema) throws {
        switch (schema.kind, value) {
        case (.null, .null): break
        case (.boolean, .boolean(let flag)): bytes.append(flag ? 1 : 0)
        case (.int, .int(let number)): long(Int64(number))
        case (.long, .long(let number)): long(number)
        case (.float, .float(let number)): littleEndian(number.bitPattern)
        case (.double, .double(let number)): littleEndian(number.bitPattern)
        case (.bytes, .bytes(let content)): byteString(content)
        case (.string, .string(let text)): byteString(Array(text.utf8))
        case (.fixed(_, let size), .fixed(let content)) where content.count == size: bytes += content
        case (.enumeration(_, let symbols), .enumeration(let symbol)):
            guard let index = symbols.firstIndex(of: symbol) else { throw Self.misfit(schema) }
            long(Int64(index))
        case (.union(let branches), _):
            guard let index = branches.firstIndex(where: { $0.admits(value) }) else {
                throw Self.misfit(schema)
            }
            long(Int64(index))
            try self.value(value, branches[index])
        case (.record(_, let fields), .record(let values)) where fields.count == values.count:
            for (field, value) in zip(fields, values) { try self.value(value, field.schema) }
        case (.array(let element), .array(let values)):
            if !values.isEmpty { long(Int64(values.count)) }
            for value in values { try self.value(value, element) }
            long(0)
        case (.map(let element), .map(let values)):
            if !values.isEmpty { long(Int64(values.count)) }
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                byteString(Array(key.utf8))
                try self.value(value, element)
            }
            long(0)
        default: throw Self.misfit(schema)
        }
    }

    mutating func long(_ value: Int64) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func byteString(_ content: [UInt8]) {
        long(Int64(content.count))
        bytes += content
    }

    mutating func raw(_ content: [UInt8]) { bytes += content }

    private mutating func littleEndian<Word: FixedWidthInteger>(_ word: Word) {
        withUnsafeBytes(of: word.littleEndian) { bytes += $0 }
    }

    private static func misfit(_ schema: AvroSchema) -> IcebergError {
        IcebergError(.invalidAvro, "a value does not fit its Avro schema", context: ["schema": schema.name])
    }
}
