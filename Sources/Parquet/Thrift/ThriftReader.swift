/// Reads the Thrift compact protocol from foreign bytes: every length and depth is checked before it is believed.

struct ThriftReader {
    /// Footers nest about eight deep; a deeper message is an attack on the stack.
    private static let depthMax = 32

    private let bytes: [UInt8]
    private var position = 0

    /// The struct that fills `bytes` from the first to the last byte.
    static func parse(_ bytes: [UInt8]) throws -> ThriftStruct {
        var reader = ThriftReader(bytes: bytes)
        let structure = try reader.readStruct(depth: 0)
        guard reader.position == bytes.count else {
            throw reader.malformed("bytes are left over after the footer")
        }
        return structure
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func readStruct(depth: Int) throws -> ThriftStruct {
        guard depth < Self.depthMax else { throw malformed("the footer nests too deep") }
        var fields: [ThriftField] = []
        var previousID: Int16 = 0
        while true {
            let header = try readByte()
            if header == 0 { return ThriftStruct(ascending: fields) }
            let id = try readFieldID(delta: header >> 4, after: previousID)
            let type = try readType(header & 0x0F)
            // A bool's value is its type: there is no byte to read.
            let value: ThriftValue =
                switch type {
                case .boolTrue: .bool(true)
                case .boolFalse: .bool(false)
                default: try readValue(type, depth: depth)
                }
            fields.append(ThriftField(id: id, value: value))
            previousID = id
        }
    }

    /// Generated writers ascend by id; a repeated id would be read differently by different readers.
    private mutating func readFieldID(delta: UInt8, after previous: Int16) throws -> Int16 {
        let wide = delta == 0 ? try readZigZag() : Int64(previous) + Int64(delta)
        guard let id = Int16(exactly: wide), id > previous else { throw malformed("field ids do not ascend") }
        return id
    }

    private func readType(_ nibble: UInt8) throws -> ThriftType {
        guard let type = ThriftType(rawValue: nibble) else {
            throw malformed("unknown Thrift type \(nibble)")
        }
        return type
    }

    private mutating func readValue(_ type: ThriftType, depth: Int) throws -> ThriftValue {
        switch type {
        case .boolTrue, .boolFalse: .bool(try readByte() == ThriftType.boolTrue.rawValue)
        case .int8: .int8(Int8(bitPattern: try readByte()))
        case .int16: .int16(try readInteger())
        case .int32: .int32(try readInteger())
        case .int64: .int64(try readZigZag())
        case .double: .double(try readFixed64())
        case .binary: .binary(Array(try readBytes(try readVarint())))
        case .list: .list(try readList(depth: depth + 1))
        case .structure: .structure(try readStruct(depth: depth + 1))
        }
    }

    private mutating func readList(depth: Int) throws -> ThriftList {
        guard depth < Self.depthMax else { throw malformed("the footer nests too deep") }
        let header = try readByte()
        let type = try readType(header & 0x0F)
        let count = header >> 4 == 15 ? try readVarint() : UInt64(header >> 4)
        // The shortest element is one byte long, so this bounds the loop by the bytes that are there.
        guard count <= UInt64(bytes.count - position) else {
            throw malformed("a list is longer than the footer")
        }
        var elements: [ThriftValue] = []
        for _ in 0..<count {
            elements.append(try readValue(type, depth: depth))
        }
        return ThriftList(elementType: type, elements: elements)
    }

    private mutating func readInteger<T: FixedWidthInteger>() throws -> T {
        guard let value = T(exactly: try readZigZag()) else {
            throw malformed("an integer overflows its type")
        }
        return value
    }

    private mutating func readZigZag() throws -> Int64 {
        let raw = try readVarint()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    private mutating func readVarint() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try readByte()
            guard shift < 63 || byte <= 1 else { throw malformed("a varint overflows 64 bits") }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw malformed("a varint does not end")
    }

    private mutating func readFixed64() throws -> UInt64 {
        try readBytes(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func readBytes(_ count: UInt64) throws -> ArraySlice<UInt8> {
        guard count <= UInt64(bytes.count - position) else {
            throw malformed("a value is longer than the footer")
        }
        defer { position += Int(count) }
        return bytes[position..<position + Int(count)]
    }

    private mutating func readByte() throws -> UInt8 {
        guard position < bytes.count else { throw malformed("the footer ends too early") }
        defer { position += 1 }
        return bytes[position]
    }

    private func malformed(_ message: String) -> ParquetError {
        ParquetError(.malformed, message, ["offset": String(position), "length": String(bytes.count)])
    }
}
