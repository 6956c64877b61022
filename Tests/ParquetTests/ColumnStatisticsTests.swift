// Counts, sizes and bounds of real files, and where bounds must be left out.

import Testing

@testable import Parquet

@Suite struct ColumnStatisticsTests {
    private static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian, Array.init)
    }

    private static func big<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian, Array.init)
    }

    @Test(
        arguments: [
            ("flag", [0], [1]),
            ("tiny", little(Int32(-6)), little(Int32(5))),
            ("small", little(Int32(-600)), little(Int32(500))),
            ("medium", little(Int32(-600_000)), little(Int32(500_000))),
            ("large", little(Int64(-60_000_000_000)), little(Int64(50_000_000_000))),
            ("utiny", little(Int32(0)), little(Int32(253))),
            ("umedium", little(UInt32(0)), little(UInt32(4_290_000_000))),
            ("ularge", little(UInt64(0)), little(UInt64(17_600_000_000_000_000_000))),
            ("decimal9", big(Int32(-900)), big(Int32(750))),
            ("decimal18", big(Int64(-90_000)), big(Int64(75_000))),
            ("decimal38", big(Int128(-90_000_000_000)), big(Int128(75_000_000_000))),
            ("string", Array("s0".utf8), Array("s9".utf8)),
            ("fixed", Array("000".utf8), Array("011".utf8)),
            ("optional", little(Int32(-2)), little(Int32(5))),
            ("enum", Array("off".utf8), Array("on".utf8)),
            ("date", little(Int32(19_723)), little(Int32(19_734))),
            ("date32", little(Int32(-3653)), little(Int32(-3642))),
            ("millis", little(Int64(1_704_067_200_000)), little(Int64(1_704_067_211_000))),
            ("micros", little(Int64(1_704_067_200_000_001)), little(Int64(1_704_067_211_000_001))),
            ("nanos", little(Int64(1_704_067_200_000_000_001)), little(Int64(1_704_067_211_000_000_001))),
            ("ipv6", big(Int128(0)), big(Int128(0x11))),
        ] as [(String, [UInt8], [UInt8])])
    func boundsSpanTheRowGroupsInTheOrderOfTheType(column: String, minimum: [UInt8], maximum: [UInt8]) throws
    {
        let statistics = try #require(try Fixture.scalars.metadata().statistics(of: column))
        #expect(statistics.bounds == ValueBounds(minimum: minimum, maximum: maximum))
        #expect(statistics.valueCount == 12)
        #expect(statistics.nullCount == (column == "optional" ? 5 : 0))
        #expect(statistics.isRepeated == false)
    }

    @Test func sizesAreThoseOfTheChunks() throws {
        let metadata = try Fixture.scalars.metadata()
        #expect(try metadata.statistics(of: "flag")?.compressedSize == 3 * 49)
        #expect(try metadata.statistics(of: "optional")?.compressedSize == 82 + 126 + 130)
    }

    @Test func floatsAndUUIDsHaveNoBounds() throws {
        let metadata = try Fixture.scalars.metadata()
        for column in ["single", "double", "uuid"] {
            let statistics = try metadata.statistics(of: column)
            #expect(statistics?.bounds == nil, "\(column)")
            #expect(statistics?.nullCount == 0, "\(column)")
        }
    }

    @Test func aColumnOfNullsHasCountsAndNoBounds() throws {
        let statistics = try Fixture.scalars.metadata().statistics(of: "nothing")
        #expect(statistics?.nullCount == 12)
        #expect(statistics?.valueCount == 12)
        #expect(statistics?.bounds == nil)
    }

    @Test func oneStringTooLongForStatisticsTakesTheWholeFilesBounds() throws {
        let metadata = try Fixture.longString.metadata()
        #expect(metadata.rowGroups.map { $0.columns[0].statistics?.bounds == nil } == [true, false])
        #expect(try metadata.statistics(of: "long")?.bounds == nil)
        let z = Array("z".utf8)
        #expect(try metadata.statistics(of: "short")?.bounds == ValueBounds(minimum: z, maximum: z))
    }

    @Test func nullsOfNestedColumnsAreCountedByDefinitionLevel() throws {
        let metadata = try Fixture.nested.metadata()
        #expect(try metadata.statistics(of: "pair.q")?.nullCount == 1)
        // Row 0 is a tuple of a null, row 2 is a null tuple: two of six.
        #expect(try metadata.statistics(of: "maybe.v")?.nullCount == 2)
        #expect(try metadata.statistics(of: "maybe.v")?.valueCount == 6)
        #expect(
            try metadata.statistics(of: "maybe.v")?.bounds
                == ValueBounds(minimum: Self.little(Int32(1)), maximum: Self.little(Int32(5))))
        #expect(try metadata.statistics(of: "tags.list.element")?.isRepeated == true)
    }

    @Test func decimalBoundsCountFromTheReleaseThatComparesThemSigned() throws {
        let table: [(String, Bool)] = [
            ("25.7.9", false), ("25.8.0", true), ("26.1.0", true), ("9.99.9", false),
        ]
        for (release, isSound) in table {
            let metadata = try Fixture.scalars.metadata(writtenBy: release)
            #expect((try metadata.statistics(of: "decimal18")?.bounds != nil) == isSound, "\(release)")
            #expect(metadata.columnsWithUnsafeBounds.contains(["decimal18"]) == !isSound, "\(release)")
            #expect(try metadata.statistics(of: "string")?.bounds != nil, "\(release)")
        }
    }

    @Test func unsafeBoundsAreThoseReadersOfTheFileWouldTrip() throws {
        #expect(try Fixture.scalars.metadata().columnsWithUnsafeBounds == [["uuid"]])
        #expect(
            try Fixture.scalars.metadata(writtenBy: "24.8.1").columnsWithUnsafeBounds
                == [["uuid"], ["decimal9"], ["decimal18"], ["decimal38"]])
        #expect(try Fixture.nested.metadata().columnsWithUnsafeBounds == [])
    }

    @Test(
        arguments: [
            ("ClickHouse version 25.8.3 (build abc)", WriterVersion(25, 8, 3)),
            ("ClickHouse version 25.8.3.66 (build abc)", WriterVersion(25, 8, 3)),
            ("ClickHouse version 25.8", nil),
            ("ClickHouse version 25.x.1", nil),
            ("ClickHouse", nil),
            ("parquet-cpp-arrow version 20.0.0", nil),
            ("", nil),
        ] as [(String, WriterVersion?)])
    func writersAreTakenApart(createdBy: String, version: WriterVersion?) {
        #expect(WriterVersion(createdBy: createdBy) == version)
    }

    /// The statistics of `medium` (INT32, required) once its first chunk's `Statistics` are changed.
    private func statistics(changing change: (inout ThriftStruct) -> Void) throws -> ColumnStatistics? {
        var metadata = try Fixture.scalars.metadata()
        var chunk = metadata.rowGroups[0].columns[3].structure
        var columnMetadata = try #require(chunk[3]?.structure)
        var statistics = try #require(columnMetadata[12]?.structure)
        change(&statistics)
        columnMetadata[12] = .structure(statistics)
        chunk[3] = .structure(columnMetadata)
        metadata.rowGroups[0].columns[3] = try ColumnChunk(chunk)
        return try metadata.statistics(of: "medium")
    }

    @Test func boundsThatReadersWouldTripOverAreLeftOut() throws {
        let changes: [(String, (inout ThriftStruct) -> Void)] = [
            ("no minimum", { $0[6] = nil }),
            ("inexact", { $0[7] = .bool(false) }),
            (
                "inverted",
                {
                    $0[6] = .binary(Self.little(Int32(1))); $0[5] = .binary(Self.little(Int32(-1)))
                }
            ),
        ]
        for (defect, change) in changes {
            #expect(try statistics(changing: change)?.bounds == nil, "\(defect)")
        }
        #expect(try statistics { _ in }?.bounds != nil)
    }

    @Test func boundsOfAnotherWidthThanTheColumnsAreMalformed() {
        let error = #expect(throws: ParquetError.self) { try statistics { $0[6] = .binary([1, 2, 3]) } }
        #expect(error?.code == .malformed)
    }

    @Test func decimalsOfDifferentLengthCompareByValue() {
        let order = ValueOrder.bigEndianSigned(byteCount: nil)
        let ascending: [[UInt8]] = [
            [0x80, 0x00], [0xFF, 0x7F], [0x80], [0xFF], [0x00], [0x7F], [0x00, 0x80],
        ]
        for (smaller, larger) in zip(ascending, ascending.dropFirst()) {
            #expect(order.isLess(smaller, larger))
            #expect(!order.isLess(larger, smaller))
        }
        #expect(!order.isLess([0xFF], [0xFF, 0xFF]))
    }
}
