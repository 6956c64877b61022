// Reading a footer and writing it anew loses nothing; a damaged one throws and never traps.

import Testing

@testable import Parquet

@Suite struct FileMetadataTests {
    @Test(arguments: Fixture.allCases)
    func everyFooterIsWrittenAsItWasRead(fixture: Fixture) throws {
        let metadata = try fixture.metadata()
        #expect(metadata.serialized() == (try fixture.footer()))
        #expect(try FileMetadata(parsing: metadata.serialized()) == metadata)
    }

    @Test func theFootersOwnFactsAreRead() throws {
        let metadata = try Fixture.scalars.metadata()
        #expect(metadata.rowCount == 12)
        #expect(metadata.rowGroupCount == 3)
        #expect(metadata.writerVersion == WriterVersion(26, 9, 2))
        #expect(metadata.splitOffsets == [4, 6170, 12550])

        let other = try Fixture.otherNames.metadata()
        #expect(other.writerVersion == nil)
        #expect(other.createdBy?.hasPrefix("parquet-cpp-arrow") == true)
        #expect(other.keyValue("owner") == "arrow")
    }

    @Test func anEmptyResultHasNoRowGroups() throws {
        let metadata = try Fixture.empty.metadata()
        #expect(metadata.rowCount == 0)
        #expect(metadata.rowGroupCount == 0)
        #expect(metadata.splitOffsets == [])
        #expect(try metadata.columnStatistics().map(\.valueCount) == [0, 0])
        #expect(try metadata.columnStatistics().map(\.bounds) == [nil, nil])
    }

    @Test func aKeyIsSetOnce() throws {
        for fixture in [Fixture.empty, .otherNames] {
            var metadata = try fixture.metadata()
            metadata.setKeyValue("owner", "a")
            metadata.setKeyValue("iceberg.schema", "{}")
            metadata.setKeyValue("owner", "b")
            let read = try FileMetadata(parsing: metadata.serialized())
            #expect(read.keyValue("owner") == "b")
            #expect(read.keyValue("iceberg.schema") == "{}")
            #expect(read.keyValue("none") == nil)
        }
    }

    @Test(arguments: [Fixture.nested, .longString, .empty, .otherNames])
    func aFooterCutAnywhereThrows(fixture: Fixture) throws {
        let footer = try fixture.footer()
        for length in 0..<footer.count {
            #expect(throws: ParquetError.self, "\(length) bytes") {
                try FileMetadata(parsing: Array(footer.prefix(length)))
            }
        }
    }

    @Test(arguments: Fixture.allCases)
    func flippedBytesThrowOrAreReadButNeverTrap(fixture: Fixture) throws {
        let footer = try fixture.footer()
        let ids = try fixture.metadata().someFieldIDs()
        var random = SeededGenerator(state: 20_260_822)
        var survivors = 0
        for _ in 0..<500 {
            var damaged = footer
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                damaged[Int.random(in: damaged.indices, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            do {
                var metadata = try FileMetadata(parsing: damaged)
                #expect(try FileMetadata(parsing: metadata.serialized()) == metadata)
                try metadata.validate(footerOffset: 100_000)
                _ = try metadata.columnStatistics()
                metadata.stripBounds(of: metadata.columnsWithUnsafeBounds)
                try metadata.annotate(fieldIDs: ids)
                survivors += 1
            } catch is ParquetError {
                // Refused, as most are; any other error fails the test.
            }
        }
        #expect(survivors > 0)
    }

    @Test func footersThatContradictThemselvesAreRefused() throws {
        let defects: [(String, ParquetError.Code, (inout ThriftStruct) throws -> Void)] = [
            ("other row count", .malformed, { $0[3] = .int64(101) }),
            ("negative row count", .malformed, { $0[3] = .int64(-1) }),
            ("no version", .malformed, { $0[1] = nil }),
            ("version of another type", .malformed, { $0[1] = .bool(true) }),
            ("encrypted", .unsupported, { $0[8] = .structure(ThriftStruct()) }),
            ("no schema", .malformed, { $0[2] = .list(ThriftList(of: [])) }),
            ("no row groups", .malformed, { $0[4] = .list(ThriftList(of: [])) }),
            ("a chunk missing", .malformed, { try $0.editColumns { $0.removeLast() } }),
            ("chunks swapped", .malformed, { try $0.editColumns { $0.swapAt(0, 1) } }),
            ("column in another file", .unsupported, { try $0.editColumns { $0[0][1] = .binary([97]) } }),
            (
                "encrypted column", .unsupported,
                { try $0.editColumns { $0[0][8] = .structure(ThriftStruct()) } }
            ),
            ("no column metadata", .malformed, { try $0.editColumns { $0[0][3] = nil } }),
            ("other value count", .malformed, { try $0.editMetadata { $0[5] = .int64(99) } }),
        ]
        for (defect, code, damage) in defects {
            var structure = try ThriftReader.parse(try Fixture.bloomFilter.footer())
            try damage(&structure)
            let error = #expect(throws: ParquetError.self, "\(defect)") {
                try FileMetadata(parsing: ThriftWriter.serialize(structure))
            }
            #expect(error?.code == code, "\(defect)")
        }
    }
}

extension ThriftStruct {
    /// Changes the column chunks of a footer's first row group.
    fileprivate mutating func editColumns(_ edit: (inout [ThriftStruct]) -> Void) throws {
        var rowGroups = try requiredList(4, "row_groups", of: \.structure)
        var columns = try rowGroups[0].requiredList(1, "columns", of: \.structure)
        edit(&columns)
        rowGroups[0][1] = .list(ThriftList(of: columns))
        self[4] = .list(ThriftList(of: rowGroups))
    }

    fileprivate mutating func editMetadata(_ edit: (inout ThriftStruct) -> Void) throws {
        try editColumns { columns in
            guard var metadata = columns[0][3]?.structure else { return }
            edit(&metadata)
            columns[0][3] = .structure(metadata)
        }
    }
}
