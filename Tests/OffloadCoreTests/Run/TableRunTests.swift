// One turn at one table: what it moves, and how far.
import OffloadSimulation
import Testing

@testable import OffloadCore

@Suite struct TableRunTests {
    @Test func quietTableIsASuccessThatTouchesNothing() async throws {
        let rehearsal = Rehearsal()
        rehearsal.world.disturb { rehearsal.journal.note($0.name.rawValue) }
        let report = try await rehearsal.run()
        #expect(report.error == nil && report.tally.windowCount == 0)
        #expect(!rehearsal.journal.entries.contains("openLake"))
        let status = try await rehearsal.status()
        #expect(status.state == "success")
        #expect(status.lastSuccessMicroseconds == SimulatedWorld.startMicroseconds)
    }

    @Test func settledRowsArriveOnceAndTheOthersLater() async throws {
        var rehearsal = Rehearsal(rows: Rehearsal.rows([4_000, 3_000, 2_000, 1_000, 300, 299, 0]))
        rehearsal.definition.rowCountMax = 2
        let report = try await rehearsal.run()
        #expect(try rehearsal.lakeIDs() == [1, 2, 3, 4, 5])
        #expect(report.tally.windowCount >= 3 && report.tally.rowCount == 5)
        #expect(try await rehearsal.status().watermark == "2025-12-31 23:55:00.000")

        rehearsal.world.clock.advance(by: .seconds(300))
        #expect(try await rehearsal.run().tally.rowCount == 2)
        #expect(try rehearsal.lakeIDs() == [1, 2, 3, 4, 5, 6, 7])
        #expect(try await rehearsal.run().tally.rowCount == 0)
    }

    @Test func everyFileHoldsOnePartition() async throws {
        var rehearsal = Rehearsal(rows: Rehearsal.rows(stride(from: 172_800, to: 400, by: -7_200)))
        rehearsal.definition.partitionBy = [
            .init(column: "ts", transform: "day"), .init(column: "id", transform: "bucket[4]"),
        ]
        let report = try await rehearsal.run()
        #expect(report.error == nil)
        #expect(try rehearsal.lakeIDs() == (1...24).map(Int64.init))
        let world = rehearsal.world
        #expect(world.snapshots(of: "cold.t").count == 2)
        #expect(world.fileLocations.allSatisfy { $0.contains("/ts_day=2025-12-3") })
    }

    @Test func rowsOfAnotherTableStayThere() async throws {
        let world = SimulatedWorld()
        let one = Rehearsal(in: world, name: "one", rows: Rehearsal.rows([900]))
        let two = Rehearsal(in: world, name: "two", rows: Rehearsal.rows([800, 700]))
        _ = try await one.run()
        _ = try await two.run()
        #expect(try one.lakeIDs() == [1])
        #expect(try two.lakeIDs() == [1, 2])
    }

    private static func numbers(_ range: ClosedRange<Int64>) -> [SimulatedRow] {
        range.map { SimulatedRow(cursor: Int128($0), id: $0) }
    }

    @Test func integerCursorIsMovedOnceItHasSettled() async throws {
        let rehearsal = Rehearsal(cursor: Rehearsal.integer, rows: Self.numbers(1...10))
        let world = rehearsal.world
        #expect(try await rehearsal.run().tally.rowCount == 0)
        world.insert(Self.numbers(11...15), into: "db.t")
        world.clock.advance(by: .seconds(299))
        #expect(try await rehearsal.run().tally.rowCount == 0)
        world.clock.advance(by: .seconds(1))
        #expect(try await rehearsal.run().tally.rowCount == 10)
        world.clock.advance(by: .seconds(300))
        #expect(try await rehearsal.run().tally.rowCount == 5)
        #expect(try rehearsal.lakeIDs() == (1...15).map { $0 })
    }

    @Test func integerCursorThatNeedNotSettleIsMovedAtOnce() async throws {
        var rehearsal = Rehearsal(cursor: Rehearsal.integer, rows: Self.numbers(1...10))
        rehearsal.definition.settle = .zero
        rehearsal.definition.rowCountMax = 4
        #expect(try await rehearsal.run().tally.rowCount == 10)
        #expect(try rehearsal.lakeIDs() == (1...10).map { $0 })
    }

    @Test func untilIsInclusiveAndNeverBeyondWhatHasSettled() async throws {
        var rehearsal = Rehearsal(rows: Rehearsal.rows([900, 800, 700, 100]))
        rehearsal.configuration.until = "2025-12-31T23:46:40Z"
        #expect(try await rehearsal.run().tally.rowCount == 2)
        // Behind the watermark by now: nothing to do.
        rehearsal.configuration.until = "2025-12-31"
        #expect(try await rehearsal.run().tally.rowCount == 0)
        rehearsal.configuration.until = "2030-01-01"
        #expect(try await rehearsal.run().tally.rowCount == 1)
        rehearsal.configuration.until = "soon"
        #expect(try await rehearsal.run().error?.code == .cursorUnfit)
    }
}
