// Where a plan begins.
import Testing

@testable import OffloadCore

@Suite struct PositionTests {
    private static func time(_ digits: Int) -> Cursor { Cursor(column: "ts", kind: .time(digits: digits)) }

    private func position(
        _ ticks: Int128?, of cursor: Cursor?, now: Cursor, start: String? = nil
    ) throws -> Int128? {
        let watermark = Watermark(
            table: "db.t", cursor: cursor, position: ticks.map(CursorValue.init(ticks:)), lastBatch: nil,
            lakeUUID: nil, observation: nil)
        return try Position.decide(watermark, for: Rehearsal.table(cursor: now, start: start))?.ticks
    }

    @Test(
        arguments: [
            (3, 3, 1_500), (3, 6, 1_500_000), (0, 9, 1_000_000_000_000), (6, 3, nil), (9, 9, 1_500),
        ] as [(Int, Int, Int128?)])
    func watermarkIsReadInTheUnitOfToday(from: Int, to: Int, expected: Int128?) throws {
        let ticks: Int128 = from == 0 ? 1_000 : 1_500
        if let expected {
            #expect(try position(ticks, of: Self.time(from), now: Self.time(to)) == expected)
        } else {
            // 0.0015 s in milliseconds: a digit would be lost.
            expectCode(.cursorUnfit) { _ = try position(ticks, of: Self.time(from), now: Self.time(to)) }
        }
    }

    @Test func coarserUnitIsFineWhenNoDigitIsLost() throws {
        #expect(try position(2_000_000, of: Self.time(6), now: Self.time(3)) == 2_000)
    }

    @Test(arguments: [
        (Cursor(column: "other", kind: .time(digits: 3)), Cursor(column: "ts", kind: .time(digits: 3))),
        (Cursor(column: "ts", kind: .integer), Cursor(column: "ts", kind: .time(digits: 3))),
        (Cursor(column: "ts", kind: .time(digits: 3)), Cursor(column: "ts", kind: .integer)),
    ])
    func watermarkOfAnotherCursorStopsTheTable(then: Cursor, now: Cursor) {
        expectCode(.cursorUnfit) { _ = try position(1_500, of: then, now: now) }
    }

    @Test func startIsInclusiveAndCountsOnlyWithoutAWatermark() throws {
        let start = "1970-01-01T00:00:02Z"
        #expect(try position(nil, of: nil, now: Self.time(3)) == nil)
        #expect(try position(nil, of: nil, now: Self.time(3), start: start) == 1_999)
        #expect(try position(1_500, of: Self.time(3), now: Self.time(3), start: start) == 1_500)
        expectCode(.cursorUnfit) { _ = try position(nil, of: nil, now: Self.time(3), start: "soon") }
    }

    @Test func clockBehindTheWatermarkIsAFailure() throws {
        let table = Rehearsal.table(cursor: Self.time(3))
        let position = CursorValue(ticks: 10_000)
        try Position.checkClock(position, of: table, microseconds: 10_000_000)
        try Position.checkClock(nil, of: table, microseconds: 0)
        expectCode(.clockBehind) {
            try Position.checkClock(position, of: table, microseconds: 9_999_999)
        }
    }
}
