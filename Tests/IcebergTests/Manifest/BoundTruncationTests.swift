// Truncated bounds still enclose their values, and are left out where nothing could.
import Testing

@testable import Iceberg

@Suite struct BoundTruncationTests {
    @Test(
        arguments: [
            ("", "", ""), ("abc", "abc", "abc"), ("abcd", "abc", "abd"),
            ("ab\u{7F}x", "ab\u{7F}", "ab\u{80}"),
            ("ab\u{D7FF}x", "ab\u{D7FF}", "ab\u{E000}"), ("ab\u{10FFFF}x", "ab\u{10FFFF}", "ac"),
            ("🧊🧊🧊🧊", "🧊🧊🧊", "🧊🧊🧋"), ("e\u{301}ab", "e\u{301}a", "e\u{301}b"),
            ("\u{10FFFF}\u{10FFFF}\u{10FFFF}x", "\u{10FFFF}\u{10FFFF}\u{10FFFF}", nil),
            (
                "\u{10FFFF}\u{10FFFF}\u{10FFFF}", "\u{10FFFF}\u{10FFFF}\u{10FFFF}",
                "\u{10FFFF}\u{10FFFF}\u{10FFFF}"
            ),
        ] as [(String, String, String?)])
    func stringsAreCutByCodePoints(text: String, lower: String, upper: String?) {
        let truncation = BoundTruncation(length: 3)
        #expect(truncation.lower(.string(text)) == .string(lower))
        #expect(truncation.upper(.string(text)) == upper.map { .string($0) })
    }

    @Test(
        arguments: [
            ([], [], []), ([1, 2], [1, 2], [1, 2]), ([1, 2, 3], [1, 2], [1, 3]),
            ([1, 255, 0], [1, 255], [2]),
            ([255, 255, 0], [255, 255], nil), ([255, 255], [255, 255], [255, 255]),
        ] as [([UInt8], [UInt8], [UInt8]?)])
    func binariesAreCutByBytes(bytes: [UInt8], lower: [UInt8], upper: [UInt8]?) {
        let truncation = BoundTruncation(length: 2)
        #expect(truncation.lower(.binary(bytes)) == .binary(lower))
        #expect(truncation.upper(.binary(bytes)) == upper.map { .binary($0) })
    }

    @Test func everyOtherTypeStaysExact() {
        for value in [Literal.fixed([1, 2, 3]), .long(.max), .decimal(unscaled: 12_345, scale: 2)] {
            #expect(BoundTruncation(length: 1).lower(value) == value)
            #expect(BoundTruncation(length: 1).upper(value) == value)
        }
    }

    @Test func icebergsDefaultIsSixteen() {
        let long = Literal.string(String(repeating: "a", count: 17))
        #expect(BoundTruncation().upper(long) == .string(String(repeating: "a", count: 15) + "b"))
    }
}
