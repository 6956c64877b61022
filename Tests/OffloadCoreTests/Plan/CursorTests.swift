// Cursor values: exact over the whole range, in order, and the same in text.
import Testing

@testable import OffloadCore

@Suite struct CursorTests {
    private static let edges: [Int128] = [
        .min, Int128(Int64.min) - 1, Int128(Int64.min), -1, 0, 1, Int128(Int64.max), Int128(UInt64.max),
        Int128(UInt64.max) + 1, .max,
    ]

    @Test(arguments: edges)
    func ticksComeBackAsTheyWere(ticks: Int128) {
        #expect(CursorValue(ticks: ticks).ticks == ticks)
    }

    @Test func orderIsThatOfTheTicks() {
        #expect(Self.edges.reversed().map(CursorValue.init(ticks:)).sorted().map(\.ticks) == Self.edges)
    }

    @Test(arguments: edges)
    func integerReadsWhatItWrites(ticks: Int128) {
        let cursor = Cursor(column: "id", kind: .integer)
        #expect(cursor.text(CursorValue(ticks: ticks)) == "\(ticks)")
        #expect(cursor.value(of: "\(ticks)") == CursorValue(ticks: ticks))
    }

    @Test(arguments: ["", "x", "1.0", "1e3", "0x10", "2026-01-01", "170141183460469231731687303715884105728"])
    func integerTakesWholeNumbersOnly(text: String) {
        #expect(Cursor(column: "id", kind: .integer).value(of: text) == nil)
    }

    @Test func instantsMeetMicrosecondsInEveryUnit() {
        let micro: Int64 = 1_767_225_600_123_456
        let ticks: [Int: Int128] = [
            0: 1_767_225_600, 3: 1_767_225_600_123, 6: 1_767_225_600_123_456, 9: 1_767_225_600_123_456_000,
        ]
        for (digits, expected) in ticks {
            let cursor = Cursor(column: "ts", kind: .time(digits: digits))
            #expect(cursor.value(atMicroseconds: micro)?.ticks == expected)
        }
        #expect(Cursor(column: "ts", kind: .time(digits: 9)).microseconds(CursorValue(ticks: -1)) == -1)
    }

    @Test func integersAreNoInstants() {
        let cursor = Cursor(column: "id", kind: .integer)
        #expect(cursor.microseconds(CursorValue(ticks: 1)) == nil)
        #expect(cursor.value(atMicroseconds: 1) == nil)
    }
}
