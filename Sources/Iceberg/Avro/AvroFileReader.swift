/// Reads an Avro object container file with the schema it was written with (Avro 1.12, "Object Container Files").
struct AvroFileReader {
    static let magic: [UInt8] = [0x4F, 0x62, 0x6A, 0x01]  // "Obj" 1
    static let syncByteCount = 16

    let schema: AvroSchema
    /// The file's own key-values; `avro.schema` and `avro.codec` among them.
    let metadata: [String: [UInt8]]

    private let codec: AvroCodec
    private let sync: ArraySlice<UInt8>
    private let blocks: AvroDecoder

    /// Parses the header; throws `malformed`, or `unsupported` for a codec other than null and deflate.
    init(_ bytes: [UInt8]) throws {
        var decoder = AvroDecoder(bytes)
        guard try decoder.take(Self.magic.count).elementsEqual(Self.magic) else {
            throw IcebergError(.invalidAvro, "not an Avro container file")
        }
        var metadata: [String: [UInt8]] = [:]
        try decoder.items { decoder in
            metadata[try decoder.string()] = try decoder.byteString()
        }
        guard let schema = metadata["avro.schema"] else {
            throw IcebergError(.invalidAvro, "an Avro file names no schema")
        }
        self.schema = try AvroSchema(json: schema)
        self.codec = try AvroCodec(
            named: metadata["avro.codec"].map { String(decoding: $0, as: UTF8.self) } ?? "null")
        self.metadata = metadata
        self.sync = try decoder.take(Self.syncByteCount)
        self.blocks = decoder
    }

    func text(_ key: String) -> String? {
        metadata[key].map { String(decoding: $0, as: UTF8.self) }
    }

    /// Hands on every value in file order; a block is held in memory at a time.
    func forEach(_ body: (AvroValue) throws -> Void) throws {
        var file = blocks
        while !file.isAtEnd {
            let valueCount = try file.long()
            let byteCount = try file.length()
            guard valueCount >= 0, byteCount <= AvroCodec.blockByteCountMax else {
                throw IcebergError(.invalidAvro, "an Avro block is too large")
            }
            var block = AvroDecoder(try codec.decompress(Array(try file.take(byteCount))))
            var valueLeft = valueCount
            while valueLeft > 0 {
                try body(try block.value(schema))
                valueLeft -= 1
            }
            guard block.isAtEnd, try file.take(Self.syncByteCount) == sync else {
                throw IcebergError(.invalidAvro, "an Avro block does not end at its sync marker")
            }
        }
    }
}
