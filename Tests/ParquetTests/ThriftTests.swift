// The compact protocol: nothing is lost on the way through, and no foreign byte is believed.

import Testing

@testable import Parquet

@Suite struct ThriftTests {
    @Test func everyKindOfValueComesBack() throws {
        let inner = ThriftStruct(ascending: [ThriftField(id: 300, value: .binary([0, 255]))])
        let values: [ThriftValue] = [
            .bool(true), .bool(false), .int8(-128), .int16(.min), .int32(.max), .int64(.min), .int64(.max),
            .double(Double.nan.bitPattern), .binary([]), .structure(inner),
            .list(ThriftList(elementType: .boolTrue, elements: [.bool(true), .bool(false)])),
            .list(ThriftList(elementType: .binary, elements: [])),
            .list(ThriftList(elementType: .int64, elements: (0..<300).map { .int64($0 - 150) })),
        ]
        let structure = ThriftStruct(
            ascending: values.enumerated().map { ThriftField(id: Int16($0) * 9 + 1, value: $1) })

        #expect(try ThriftReader.parse(ThriftWriter.serialize(structure)) == structure)
    }

    @Test func aFieldIsSetReplacedAndRemovedInItsPlace() {
        var structure = ThriftStruct()
        for id: Int16 in [5, 1, 9] { structure[id] = .int32(Int32(id)) }
        #expect(structure.fields.map(\.id) == [1, 5, 9])
        structure[5] = .bool(true)
        structure[1] = nil
        structure[7] = nil
        #expect(
            structure.fields == [
                ThriftField(id: 5, value: .bool(true)), ThriftField(id: 9, value: .int32(9)),
            ])
    }

    @Test(
        arguments: [
            ("empty", []),
            ("no stop byte", [0x15, 0x02]),
            ("left over", [0x00, 0x00]),
            ("repeated id", [0x15, 0x02, 0x05, 0x02, 0x04, 0x00]),
            ("id below zero", [0x05, 0x01, 0x04, 0x00]),
            ("id overflow", [0x05, 0xFE, 0xFF, 0x03, 0x02, 0x15, 0x02, 0x00]),
            ("set", [0x1A, 0x15, 0x00, 0x00]),
            ("int32 too wide", [0x15, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x00]),
            ("varint of 11 bytes", [0x16] + Array(repeating: 0xFF, count: 10) + [0x01, 0x00]),
            ("varint beyond 64 bits", [0x16] + Array(repeating: 0xFF, count: 9) + [0x02, 0x00]),
            ("string of 2^63 bytes", [0x18] + Array(repeating: 0xFF, count: 9) + [0x01, 0x61, 0x00]),
            ("list of 2^63 structs", [0x19, 0xFC] + Array(repeating: 0xFF, count: 9) + [0x01, 0x00]),
            ("double cut off", [0x17, 0x00, 0x00, 0x00]),
            ("structs 1000 deep", Array(repeating: 0x1C, count: 1000) + Array(repeating: 0x00, count: 1001)),
            ("lists 1000 deep", Array(repeating: 0x19, count: 1000) + Array(repeating: 0x00, count: 1000)),
        ] as [(String, [UInt8])])
    func malformedBytesThrow(defect: String, bytes: [UInt8]) {
        let error = #expect(throws: ParquetError.self, "\(defect)") { try ThriftReader.parse(bytes) }
        #expect(error?.code == .malformed)
    }
}
