// `watermark init`: a first position leaves out rows knowingly, and doubles none.
import OffloadSimulation
import Testing

@testable import OffloadCore

@Suite struct StartTests {
    private let fresh = Stall(ledger: [], position: nil, knownUUID: nil, onMain: [], marked: nil, live: [])

    private func filled(_ windows: [Int]) -> Stall {
        var stall = fresh
        (stall.live, stall.isCompacted) = (windows, true)
        return stall
    }

    private func start(_ stall: Stall, _ point: StartingPoint) async throws -> Correction {
        try await stall.recovery.start(point, microseconds: SimulatedWorld.startMicroseconds)
    }

    private func failure(_ stall: Stall, _ point: StartingPoint) async -> OffloadError? {
        await #expect(throws: OffloadError.self) { try await start(stall, point) }
    }

    @Test func itBeginsBehindTheLastRowThatIsLeftOut() async throws {
        let correction = try await start(fresh, .at("25"))
        #expect(correction.after.position == Stall.value(24) && correction.after.cursor == Stall.cursor)
        #expect(correction.after.lastBatch == nil && correction.after.lakeUUID == nil)
        #expect(correction.reason == "12 rows of ClickHouse and 0 of Iceberg are up to it")
        #expect(try await start(fresh, .at("99")).after.position == Stall.value(40))
    }

    @Test func anotherToolsTableIsTakenOverWhereBothHoldTheSame() async throws {
        let correction = try await start(filled([1, 2]), .lake)
        #expect(correction.after.position == Stall.value(20) && correction.after.lakeUUID == Stall.uuid)
        #expect(correction.reason == "10 rows of ClickHouse and 10 of Iceberg are up to it")
        var short = filled([1, 2])
        short.source = [2, 3]
        #expect(await failure(short, .lake)?.message.contains("has 5 rows and cold.t 10") == true)
    }

    @Test func rowsOfIcebergAboveItAreRefused() async {
        #expect(await failure(filled([1, 2]), .at("15"))?.message.contains("would be doubled") == true)
        var deleting = filled([1, 2])
        deleting.hasDeletes = true
        #expect(await failure(deleting, .at("20"))?.code == .ledgerDisagrees)
    }

    @Test func aTableThatWasOffloadedIsRefused() async {
        for stall in [
            Stall(), Stall(ledger: [], position: nil),
            Stall(ledger: [1], position: 10, onMain: [], marked: nil, live: []),
        ] { #expect(await failure(stall, .at("20"))?.hint?.contains("watermark repair") == true) }
    }

    @Test func whatIsNoPlaceToBeginIsRefused() async {
        #expect(await failure(fresh, .at("1"))?.hint?.contains("cycle --table db.t") == true)
        #expect(await failure(fresh, .at("noon"))?.code == .cursorUnfit)
        #expect(await failure(fresh, .lake)?.hint?.contains("--at POSITION") == true)
    }

    @Test func rowsMustHaveSettledUpToIt() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900, 100]))
        var definition = rehearsal.definition
        definition.settle = .seconds(300)
        let source = rehearsal.world.doors(of: "here:1").source
        let recovery = Recovery(
            try await source.describe([definition]).table("db.t"),
            watermark: Watermark(
                table: "db.t", cursor: nil, position: nil, lastBatch: nil, lakeUUID: nil, observation: nil),
            windows: [], lake: nil, rivals: [], source: source)
        let now = SimulatedWorld.startMicroseconds
        let error = await #expect(throws: OffloadError.self) {
            try await recovery.start(.at("2027-01-01"), microseconds: now)
        }
        #expect(error?.message.contains("may still arrive") == true)
        let first = CursorValue(ticks: Int128(now / 1_000 - 900_000))
        #expect(
            try await recovery.start(.at(Rehearsal.milliseconds.text(first)), microseconds: now).after
                .position
                == first)
    }
}
