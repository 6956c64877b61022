// Single values: bytes of appendix D, text, and order.
import Testing

@testable import Iceberg

@Suite struct LiteralTests {
    @Test(
        arguments: [
            (Literal.boolean(true), DataType.boolean, [0x01]),
            (.int(-2), .int, [0xFE, 0xFF, 0xFF, 0xFF]),
            (.long(258), .long, [0x02, 0x01, 0, 0, 0, 0, 0, 0]),
            (.float(-1), .float, [0x00, 0x00, 0x80, 0xBF]),
            (.double(1), .double, [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]),
            (.decimal(unscaled: -150, scale: 2), .decimal(precision: 9, scale: 2), [0xFF, 0x6A]),
            (.decimal(unscaled: 1420, scale: 2), .decimal(precision: 9, scale: 2), [0x05, 0x8C]),
            (.decimal(unscaled: 0, scale: 0), .decimal(precision: 9, scale: 0), [0x00]),
            (.decimal(unscaled: -1, scale: 0), .decimal(precision: 9, scale: 0), [0xFF]),
            (.decimal(unscaled: 127, scale: 0), .decimal(precision: 9, scale: 0), [0x7F]),
            (.decimal(unscaled: 128, scale: 0), .decimal(precision: 9, scale: 0), [0x00, 0x80]),
            (.decimal(unscaled: -128, scale: 0), .decimal(precision: 9, scale: 0), [0x80]),
            (.decimal(unscaled: -129, scale: 0), .decimal(precision: 9, scale: 0), [0xFF, 0x7F]),
            (
                .decimal(unscaled: .min, scale: 0), .decimal(precision: 38, scale: 0),
                [0x80] + [UInt8](repeating: 0, count: 15)
            ),
            (.date(-1), .date, [0xFF, 0xFF, 0xFF, 0xFF]),
            (.time(1), .time, [1, 0, 0, 0, 0, 0, 0, 0]),
            (.timestamp(1), .timestamp, [1, 0, 0, 0, 0, 0, 0, 0]),
            (.timestamptz(-1), .timestamptz, [UInt8](repeating: 0xFF, count: 8)),
            (.string("é"), .string, [0xC3, 0xA9]),
            (.uuid([UInt8](1...16)), .uuid, [UInt8](1...16)),
            (.fixed([0, 1]), .fixed(2), [0, 1]),
            (.binary([]), .binary, []),
        ] as [(Literal, DataType, [UInt8])])
    func bytesFollowAppendixD(value: Literal, type: DataType, bytes: [UInt8]) throws {
        #expect(value.encoded == bytes)
        #expect(try Literal(decoding: bytes, as: type) == value)
    }

    @Test func boundsFromBeforeAPromotionAreRead() throws {
        #expect(try Literal(decoding: Literal.int(-7).encoded, as: .long) == .long(-7))
        #expect(try Literal(decoding: Literal.float(0.5).encoded, as: .double) == .double(0.5))
    }

    @Test(
        arguments: [
            (DataType.boolean, []), (.int, [1, 2, 3]), (.long, [1, 2, 3, 4, 5]), (.date, [0]),
            (.double, [0, 0]),
            (.decimal(precision: 9, scale: 2), []),
            (.decimal(precision: 38, scale: 0), [UInt8](repeating: 1, count: 17)),
            (.string, [0xC3]), (.uuid, [1]), (.fixed(2), [1]), (.struct([]), []), (.timestamp, [1, 2, 3, 4]),
        ] as [(DataType, [UInt8])])
    func bytesThatAreNoSuchValueAreRefused(type: DataType, bytes: [UInt8]) {
        let error = #expect(throws: IcebergError.self) { try Literal(decoding: bytes, as: type) }
        #expect(error?.code == .invalidValue)
    }

    @Test(
        arguments: [
            (Literal.decimal(unscaled: -5, scale: 3), "-0.005"),
            (.decimal(unscaled: 1420, scale: 2), "14.20"),
            (.decimal(unscaled: 7, scale: 0), "7"), (.date(0), "1970-01-01"), (.date(-1), "1969-12-31"),
            (.date(19_782), "2024-02-29"), (.date(-719_528), "0000-01-01"), (.time(0), "00:00"),
            (.time(5_000_000), "00:00:05"), (.time(82_800_001_000), "23:00:00.001"),
            (.time(1), "00:00:00.000001"),
            (.timestamp(1_510_871_468_000_000), "2017-11-16T22:31:08"),
            (.timestamptz(-1), "1969-12-31T23:59:59.999999Z"),
            (.uuid([UInt8](0...15)), "00010203-0405-0607-0809-0a0b0c0d0e0f"), (.binary([1, 2, 255]), "AQL/"),
            (.boolean(true), "true"), (.timestamp(.min), "-290308-12-21T19:59:05.224192"),
        ] as [(Literal, String)])
    func textIsAsJavaSpellsIt(value: Literal, text: String) {
        #expect(value.description == text)
    }

    @Test func orderIsIcebergsOrder() {
        let floats: [Literal] = [
            .double(-.nan), .double(-.infinity), .double(-1), .double(-0.0), .double(0.0), .double(2),
            .double(.infinity),
            .double(.nan),
        ]
        #expect(floats.reversed().sorted() == floats)
        #expect(Literal.double(.nan) == .double(.nan))
        #expect(Literal.string("Z") < .string("a"))
        #expect(Literal.string("\u{FFFF}") < .string("\u{10000}"))
        #expect(Literal.binary([0x7F]) < .binary([0x80]))
        #expect(Literal.decimal(unscaled: -2, scale: 1) < .decimal(unscaled: 1, scale: 1))
        #expect(Literal.boolean(false) < .boolean(true))
    }

    /// Swift's own String equality would make one partition of two.
    @Test func textsOfOtherBytesAreOtherValues() {
        let (composed, decomposed) = (Literal.string("\u{E9}"), Literal.string("e\u{301}"))
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed, composed]).count == 2)
    }
}
