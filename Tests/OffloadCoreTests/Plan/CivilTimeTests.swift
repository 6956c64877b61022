// Instants as text and as ticks: every precision, both sides of 1970, and text that is no instant.
import Testing

@testable import OffloadCore

@Suite struct CivilTimeTests {
    @Test(
        arguments: [
            (0, 0, "1970-01-01 00:00:00"), (-1, 0, "1969-12-31 23:59:59"),
            (1_767_225_600, 0, "2026-01-01 00:00:00"), (951_782_399, 0, "2000-02-28 23:59:59"),
            (951_782_400, 0, "2000-02-29 00:00:00"), (-2_203_891_200, 0, "1900-03-01 00:00:00"),
            (1, 1, "1970-01-01 00:00:00.1"), (-1, 1, "1969-12-31 23:59:59.9"),
            (1_767_225_600_007, 3, "2026-01-01 00:00:00.007"), (-1, 3, "1969-12-31 23:59:59.999"),
            (-1_000_001, 6, "1969-12-31 23:59:58.999999"),
            (1_767_225_600_000_000_001, 9, "2026-01-01 00:00:00.000000001"),
            (-1, 9, "1969-12-31 23:59:59.999999999"),
        ] as [(Int128, Int, String)])
    func ticksAndTextSayTheSameInstant(ticks: Int128, digits: Int, text: String) {
        #expect(CivilTime.text(ticks: ticks, digits: digits) == text)
        #expect(CivilTime.ticks(of: text, digits: digits) == ticks)
    }

    @Test(arguments: 0...9)
    func everyPrecisionReadsWhatItWrites(digits: Int) {
        // The edges of ClickHouse's DateTime64: 1900-01-01 to 2299-12-31.
        for second in [-2_208_988_800, -1, 0, 1, 1_767_225_600, 10_413_791_999] as [Int128] {
            let unit = (0..<digits).reduce(Int128(1)) { product, _ in product * 10 }
            for ticks in [second * unit, second * unit + unit - 1] {
                let text = CivilTime.text(ticks: ticks, digits: digits)
                #expect(CivilTime.ticks(of: text, digits: digits) == ticks, "\(text)")
            }
        }
    }

    @Test(arguments: [
        "2026-01-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-01-01",
        "2026-01-01T00:00:00.000Z", "2026-01-01 00:00:00.000000000000",
    ])
    func isoFormsAndPlainDatesAreRead(text: String) {
        #expect(CivilTime.ticks(of: text, digits: 3) == 1_767_225_600_000)
    }

    @Test(arguments: [
        "", " ", "Z", "T", ".", "now", "2026", "2026-13-01", "2026-02-30", "2025-02-29",
        "2026-01-01 25:00:00",
        "2026-01-01 00:60:00", "2026-01-01 00:00:61", "2026-1-1", "2026-01-01 0:00:00", "2026-01-01 00:00",
        "2026-01-01 00:00:00.", "2026-01-01 00:00:00.x", "2026-01-01 00:00:00.1.2",
        "2026-01-01 00:00:00+01:00",
        " 2026-01-01 00:00:00", "2026-01-01 00:00:00 ", "2026-01-01.5", "2026-01-01 00:00:00.٣", "12345",
    ])
    func textThatIsNoInstantIsNil(text: String) {
        #expect(CivilTime.ticks(of: text, digits: 9) == nil)
    }

    @Test func fractionFinerThanTheUnitIsNil() {
        #expect(CivilTime.ticks(of: "2026-01-01 00:00:00.1234", digits: 3) == nil)
        #expect(CivilTime.ticks(of: "2026-01-01 00:00:00.5", digits: 0) == nil)
        #expect(CivilTime.ticks(of: "2026-01-01 00:00:00.1230", digits: 3) == 1_767_225_600_123)
    }

    @Test(
        arguments: [
            (1_999, 3, 0, 1), (-1, 3, 0, -1), (-1_000, 3, 0, -1), (-1_001, 3, 0, -2),
            (7, 0, 9, 7_000_000_000),
            (-7, 3, 3, -7), (-1, 9, 6, -1),
        ] as [(Int128, Int, Int, Int128)])
    func rescaleRoundsDown(ticks: Int128, from: Int, to: Int, expected: Int128) {
        #expect(CivilTime.rescale(ticks, from: from, to: to) == expected)
    }
}
