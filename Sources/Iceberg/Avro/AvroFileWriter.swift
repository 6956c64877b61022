/// Writes an Avro object container file; with the same sync marker the same values give the same bytes.
struct AvroFileWriter {
    /// Size at which a block is closed, as Avro's own libraries cut them.
    static let blockByteCount = 64_000

    private let schema: AvroSchema
    private let codec: AvroCodec
    private let sync: [UInt8]
    private var file = AvroEncoder()
    private var block = AvroEncoder()
    private var blockValueCount: Int64 = 0

    /// - Parameters:
    ///   - metadata: key-values of the header, written in this order behind Avro's own two.
    ///   - sync: 16 bytes that end each block.
    init(schema: AvroSchema, metadata: [(String, String)], codec: AvroCodec, sync: [UInt8]) {
        precondition(sync.count == AvroFileReader.syncByteCount)
        self.schema = schema
        self.codec = codec
        self.sync = sync
        let header = [("avro.schema", schema.json), ("avro.codec", codec.rawValue)] + metadata
        file.raw(AvroFileReader.magic)
        file.long(Int64(header.count))
        for (key, value) in header {
            file.byteString(Array(key.utf8))
            file.byteString(Array(value.utf8))
        }
        file.long(0)
        file.raw(sync)
    }

    mutating func append(_ value: AvroValue) throws {
        try block.value(value, schema)
        blockValueCount += 1
        if block.bytes.count >= Self.blockByteCount { try closeBlock() }
    }

    /// The whole file.
    mutating func finish() throws -> [UInt8] {
        if blockValueCount > 0 { try closeBlock() }
        return file.bytes
    }

    private mutating func closeBlock() throws {
        file.long(blockValueCount)
        file.byteString(try codec.compress(block.bytes))
        file.raw(sync)
        block.removeAll()
        blockValueCount = 0
    }
}
