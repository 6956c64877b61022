// Container files: what is written reads back, and nothing that a file says is believed unchecked.
import Testing

@testable import Iceberg

@Suite struct AvroFileTests {
    static let sync = [UInt8](0..<16)

    static let everything = AvroSchema(
        .record(
            name: "everything",
            fields: [
                AvroField("nothing", AvroSchema(.null), id: 1),
                AvroField("flag", AvroSchema(.boolean), id: 2),
                AvroField("small", AvroSchema(.int), id: 3),
                AvroField("large", AvroSchema(.long), id: 4),
                AvroField("single", AvroSchema(.float), id: 5),
                AvroField("double", AvroSchema(.double), id: 6),
                AvroField("raw", AvroSchema(.bytes), id: 7),
                AvroField("text", AvroSchema(.string), id: 8),
                AvroField("four", AvroSchema(.fixed(name: "four", size: 4)), id: 9),
                AvroField("suit", AvroSchema(.enumeration(name: "suit", symbols: ["red", "black"])), id: 10),
                AvroField("list", AvroSchema(.array(.optional(AvroSchema(.string)))), id: 11),
                AvroField("map", AvroSchema(.map(AvroSchema(.fixed(name: "four", size: 4)))), id: 12),
                AvroField("maybe", .optional(AvroSchema(.record(name: "empty", fields: []))), id: nil),
            ]))

    static func value(_ number: Int64) -> AvroValue {
        .record([
            .null, .boolean(number % 2 == 0), .int(Int32(truncatingIfNeeded: number)), .long(number),
            .float(Float(number) / 3), .double(-0.0), .bytes([0, 255]), .string("línea \(number) 🧊"),
            .fixed([1, 2, 3, 4]), .enumeration(number > 0 ? "black" : "red"), .array([.null, .string("")]),
            .map(["b": .fixed([9, 9, 9, 9]), "a": .fixed([0, 0, 0, 0])]), number > 3 ? .null : .record([]),
        ])
    }

    static func write(_ values: [AvroValue], _ schema: AvroSchema, _ codec: AvroCodec = .deflate) throws
        -> [UInt8]
    {
        var writer = AvroFileWriter(schema: schema, metadata: [("key", "värde")], codec: codec, sync: sync)
        for value in values { try writer.append(value) }
        return try writer.finish()
    }

    static func read(_ bytes: [UInt8]) throws -> [AvroValue] {
        var values: [AvroValue] = []
        try AvroFileReader(bytes).forEach { values.append($0) }
        return values
    }

    @Test(arguments: [AvroCodec.null, .deflate])
    func everyTypeReadsBackOverManyBlocks(codec: AvroCodec) throws {
        let numbers = [Int64.min, -1, 0, 1, .max] + Array(2..<3000)
        let values = numbers.map(Self.value)
        let bytes = try Self.write(values, Self.everything, codec)
        #expect(try Self.read(bytes) == values)
        #expect(try AvroFileReader(bytes).text("key") == "värde")
        #expect(try Self.write(values, Self.everything, codec) == bytes)
        #expect(try Self.read(Self.write([], Self.everything, codec)) == [])
    }

    @Test func numbersAreEncodedAsTheSpecificationShows() throws {
        let examples: [(Int64, [UInt8])] = [
            (0, [0]), (-1, [1]), (1, [2]), (-2, [3]), (-64, [0x7F]), (64, [0x80, 1]),
            (.min, [UInt8](repeating: 0xFF, count: 9) + [1]),
        ]
        for (number, bytes) in examples {
            var encoder = AvroEncoder()
            encoder.long(number)
            #expect(encoder.bytes == bytes)
            var decoder = AvroDecoder(bytes)
            #expect(try decoder.long() == number)
        }
    }

    @Test func everyCutAndAnyFlippedBitThrowsOrReadsButNeverTraps() throws {
        let bytes = try Self.write([Self.value(1), Self.value(7)], Self.everything, .null)
        for count in bytes.indices {
            #expect(throws: IcebergError.self) {
                // A header alone is an empty file.
                if try Self.read(Array(bytes[..<count])).isEmpty { throw IcebergError(.invalidAvro, "empty") }
            }
        }
        for index in bytes.indices {
            var flipped = bytes
            flipped[index] ^= 1 << (index % 8)
            _ = try? Self.read(flipped)
        }
    }

    @Test func hostileLengthsAreRefused() throws {
        let empty = AvroSchema(.array(AvroSchema(.record(name: "empty", fields: []))))
        let hostile: [(AvroSchema, [UInt8])] = [
            // 2^62 records of no bytes, and a count whose negation does not exist.
            (empty, [UInt8](repeating: 0x80, count: 8) + [0x80, 0x01, 0]),
            (empty, [UInt8](repeating: 0xFF, count: 9) + [0x01, 0]),
            (AvroSchema(.bytes), [0xFE, 0xFF, 0xFF, 0xFF, 0x0F]),
            (AvroSchema(.string), [0x01]),
            (AvroSchema(.string), [0x02, 0xFF]),
            (AvroSchema(.int), [0x80, 0x80, 0x80, 0x80, 0x20]),
            (AvroSchema(.long), [UInt8](repeating: 0xFF, count: 10)),
            (AvroSchema(.boolean), [2]),
            (AvroSchema.optional(AvroSchema(.int)), [4]),
            (AvroSchema(.enumeration(name: "none", symbols: [])), [0]),
        ]
        for (schema, bytes) in hostile {
            #expect(throws: IcebergError.self) {
                var decoder = AvroDecoder(bytes)
                _ = try decoder.value(schema)
            }
        }
    }

    @Test func aDatumHoldsAMillionValuesAndNoMore() throws {
        let schema = AvroSchema(.array(AvroSchema(.int)))
        func decode(_ count: Int) throws -> AvroValue {
            var encoder = AvroEncoder()
            try encoder.value(.array([AvroValue](repeating: .int(7), count: count)), schema)
            var decoder = AvroDecoder(encoder.bytes)
            return try decoder.value(schema)
        }
        #expect(try decode(1_000_000).elements?.count == 1_000_000)
        #expect(throws: IcebergError.self) { try decode(1 << 20) }
    }

    @Test func aBlockThatInflatesWithoutEndIsRefused() throws {
        let zeros = try AvroCodec.deflate.compress([UInt8](repeating: 0, count: 100_001))
        #expect(try AvroCodec.deflate.decompress(zeros, byteCountMax: 100_001).count == 100_001)
        #expect(throws: IcebergError.self) { try AvroCodec.deflate.decompress(zeros, byteCountMax: 100_000) }
        #expect(throws: IcebergError.self) { try AvroCodec.deflate.decompress(Array(zeros.dropLast())) }
    }

    @Test(arguments: ["snappy", "zstandard", "bzip2", "xz"])
    func otherCodecsAreNamed(codec: String) throws {
        var header = AvroEncoder()
        header.raw(AvroFileReader.magic)
        header.long(2)
        for text in ["avro.schema", "\"int\"", "avro.codec", codec] { header.byteString(Array(text.utf8)) }
        header.long(0)
        header.raw(Self.sync)
        let error = #expect(throws: IcebergError.self) { try AvroFileReader(header.bytes) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("'\(codec)'") == true)
    }

    @Test func aForeignSyncMarkerIsRefused() throws {
        var bytes = try Self.write([Self.value(1)], Self.everything, .deflate)
        bytes[bytes.count - 1] ^= 1
        #expect(throws: IcebergError.self) { try Self.read(bytes) }
    }
}
