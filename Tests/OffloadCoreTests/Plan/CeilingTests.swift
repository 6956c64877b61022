// How far a plan may reach.
import Testing

@testable import OffloadCore

@Suite struct CeilingTests {
    private let now: Int64 = 1_767_225_600_000_000
    private let integer = Cursor(column: "n", kind: .integer)

    @Test(
        arguments: [
            (0, 1_767_225_300), (3, 1_767_225_300_000), (9, 1_767_225_300_000_000_000),
        ] as [(Int, Int128)])
    func timeCursorReachesToNowLessSettle(digits: Int, ticks: Int128) {
        let cursor = Cursor(column: "ts", kind: .time(digits: digits))
        let ceiling = Ceiling.decide(
            cursor: cursor, settle: .seconds(300), microseconds: now, observation: nil)
        #expect(ceiling == .through(CursorValue(ticks: ticks)))
    }

    @Test func coarseUnitRoundsDownSoThatNoUnsettledRowIsTaken() {
        let cursor = Cursor(column: "ts", kind: .time(digits: 0))
        let ceiling = Ceiling.decide(
            cursor: cursor, settle: .milliseconds(300_001), microseconds: now, observation: nil)
        #expect(ceiling == .through(CursorValue(ticks: 1_767_225_299)))
    }

    @Test(
        arguments: [
            (Duration.zero, nil, Ceiling.none), (.seconds(300), nil, .settling),
            (.seconds(300), .seconds(299), .settling),
            (.seconds(300), .seconds(300), .through(.init(ticks: 7))),
            (.zero, .seconds(1), .none),
        ] as [(Duration, Duration?, Ceiling)])
    func integerCursorRipens(settle: Duration, age: Duration?, expected: Ceiling) {
        let observation = age.map { Watermark.Observation(position: .init(ticks: 7), age: $0) }
        let ceiling = Ceiling.decide(
            cursor: integer, settle: settle, microseconds: now, observation: observation)
        #expect(ceiling == expected)
    }

    @Test(
        arguments: [
            (Ceiling.none, "5", Ceiling.through(.init(ticks: 5))), (.none, nil, .none),
            (.through(.init(ticks: 9)), "5", .through(.init(ticks: 5))),
            (.through(.init(ticks: 3)), "5", .through(.init(ticks: 3))), (.settling, "5", .settling),
        ] as [(Ceiling, String?, Ceiling)])
    func untilOnlyLowers(ceiling: Ceiling, until: String?, expected: Ceiling) throws {
        let table = Rehearsal.table(cursor: integer)
        #expect(try ceiling.lowered(to: until, for: table) == expected)
    }

    @Test func untilMustBeAValueOfTheCursor() {
        let table = Rehearsal.table(cursor: integer)
        #expect { try Ceiling.none.lowered(to: "yesterday", for: table) } throws: { error in
            (error as? OffloadError)?.code == .cursorUnfit
        }
    }
}
