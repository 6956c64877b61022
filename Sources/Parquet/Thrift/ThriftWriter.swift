/// Writes a Thrift struct in the compact protocol, byte for byte as generated writers do.

struct ThriftWriter {
    private var bytes: [UInt8] = []

    static func serialize(_ structure: ThriftStruct) -> [UInt8] {
        var writer = ThriftWriter()
        writer.write(structure)
        return writer.bytes
    }

    private mutating func write(_ structure: ThriftStruct) {
        var previousID: Int16 = 0
        for field in structure.fields {
            let delta = Int32(field.id) - Int32(previousID)
            if delta <= 15 {
                bytes.append(UInt8(delta) << 4 | field.value.type.rawValue)
            } else {
                bytes.append(field.value.type.rawValue)
                write(zigZag: Int64(field.id))
            }
            // A bool's value is its type: there is nothing more to write.
            if field.value.bool == nil { write(field.value) }
            previousID = field.id
        }
        bytes.append(0)
    }

    private mutating func write(_ value: ThriftValue) {
        switch value {
        case .bool: bytes.append(value.type.rawValue)
        case .int8(let value): bytes.append(UInt8(bitPattern: value))
        case .int16(let value): write(zigZag: Int64(value))
        case .int32(let value): write(zigZag: Int64(value))
        case .int64(let value): write(zigZag: value)
        case .double(let bits): withUnsafeBytes(of: bits.littleEndian) { bytes.append(contentsOf: $0) }
        case .binary(let value):
            write(varint: UInt64(value.count))
            bytes.append(contentsOf: value)
        case .list(let list): write(list)
        case .structure(let structure): write(structure)
        }
    }

    private mutating func write(_ list: ThriftList) {
        let type = list.elementType.rawValue
        if list.elements.count < 15 {
            bytes.append(UInt8(list.elements.count) << 4 | type)
        } else {
            bytes.append(0xF0 | type)
            write(varint: UInt64(list.elements.count))
        }
        for element in list.elements { write(element) }
    }

    private mutating func write(zigZag value: Int64) {
        write(varint: UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    private mutating func write(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
