// Where the footer lies, what is refused at the door, and that reading takes three ranges.

import Testing

@testable import Parquet

@Suite struct FooterTests {
    private func read(_ file: [UInt8]) async throws -> (metadata: FileMetadata, offset: Int64) {
        try await Footer.read(fileSize: Int64(file.count)) { range in
            Array(file[Int(range.lowerBound)..<Int(range.upperBound)])
        }
    }

    @Test(arguments: Fixture.allCases)
    func replacingAnUnchangedFooterLeavesTheFileAsItWas(fixture: Fixture) async throws {
        let file = try fixture.file()
        let (metadata, offset) = try await read(file)
        #expect(file.prefix(Int(offset)) + metadata.trailer() == file[...])
    }

    @Test func onlyTheTailTheHeadAndTheFooterAreRead() async throws {
        let file = try Fixture.nested.file()
        let footerLength = Int64(try Fixture.nested.footer().count)
        var ranges: [Range<Int64>] = []
        let size = Int64(file.count)
        _ = try await Footer.read(fileSize: size) { range in
            ranges.append(range)
            return Array(file[Int(range.lowerBound)..<Int(range.upperBound)])
        }
        #expect(ranges == [size - 8..<size, 0..<4, size - 8 - footerLength..<size - 8])
    }

    @Test(
        arguments: [
            ("no magic", [1, 0, 0, 0] + Array("PAR2".utf8), 1000, .notParquet),
            ("a tail too short", Array("PAR1".utf8), 1000, .notParquet),
            ("encrypted footer", [1, 0, 0, 0] + Array("PARE".utf8), 1000, .unsupported),
            ("empty footer", [0, 0, 0, 0] + Array("PAR1".utf8), 1000, .malformed),
            ("footer over the leading magic", [0xDD, 3, 0, 0] + Array("PAR1".utf8), 1000, .malformed),
            ("footer longer than the file", [0xFF, 0xFF, 0xFF, 0xFF] + Array("PAR1".utf8), 1000, .malformed),
            (
                "footer beyond the limit", [0xFF, 0xFF, 0xFF, 0xFF] + Array("PAR1".utf8), 1 << 40,
                .unsupported
            ),
        ] as [(String, [UInt8], Int64, ParquetError.Code)])
    func wrongTailsAreRefused(defect: String, tail: [UInt8], fileSize: Int64, code: ParquetError.Code) {
        let error = #expect(throws: ParquetError.self, "\(defect)") {
            try Footer.locate(tail: tail, fileSize: fileSize)
        }
        #expect(error?.code == code)
    }

    @Test func theLargestFooterThatFitsIsFound() throws {
        #expect(try Footer.locate(tail: [0xDC, 3, 0, 0] + Array("PAR1".utf8), fileSize: 1000) == 4..<992)
    }

    @Test func aFileCutAnywhereIsRefused() async throws {
        let file = try Fixture.bloomFilter.file()
        for length in 0..<file.count {
            await #expect(throws: ParquetError.self, "\(length) bytes") {
                try await read(Array(file.prefix(length)))
            }
        }
    }

    @Test func aFileWithoutTheLeadingMagicIsRefused() async throws {
        var file = try Fixture.bloomFilter.file()
        file[0] = 0
        let error = await #expect(throws: ParquetError.self) { try await read(file) }
        #expect(error?.code == .notParquet)
    }

    @Test func pagesThatLieBeyondTheFooterAreRefused() throws {
        let metadata = try Fixture.scalars.metadata()
        let size = Int64(try Fixture.scalars.file().count)
        let footer = size - 8 - Int64(try Fixture.scalars.footer().count)
        try metadata.validate(footerOffset: footer)
        let error = #expect(throws: ParquetError.self) { try metadata.validate(footerOffset: footer - 1) }
        #expect(error?.code == .malformed)
    }

    @Test func chunksOutsideTheDataAreRefused() throws {
        let defects: [(String, (inout ThriftStruct, inout ThriftStruct) -> Void)] = [
            ("starts in the leading magic", { $1[9] = .int64(3) }),
            (
                "data page behind its chunk",
                {
                    $1[11] = $1[9]; $1[9] = .int64(1_000_000)
                }
            ),
            ("length overflows", { $1[7] = .int64(.max) }),
            ("offset index outside", { chunk, _ in chunk[4] = .int64(1 << 40) }),
            ("negative index length", { chunk, _ in chunk[7] = .int32(-1) }),
            ("bloom filter outside", { $1[14] = .int64(1 << 40) }),
        ]
        for (defect, damage) in defects {
            var metadata = try Fixture.bloomFilter.metadata()
            var chunk = metadata.rowGroups[0].columns[0].structure
            var columnMetadata = try #require(chunk[3]?.structure)
            damage(&chunk, &columnMetadata)
            chunk[3] = .structure(columnMetadata)
            metadata.rowGroups[0].columns[0] = try ColumnChunk(chunk)
            let error = #expect(throws: ParquetError.self, "\(defect)") {
                try metadata.validate(footerOffset: 1400)
            }
            #expect(error?.code == .malformed, "\(defect)")
        }
    }
}
