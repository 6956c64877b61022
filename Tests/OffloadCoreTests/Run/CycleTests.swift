// One cycle over many tables.
import OffloadSimulation
import Synchronization
import Testing

@testable import OffloadCore

@Suite struct CycleTests {
    private let world = SimulatedWorld()
    private let tables: [Rehearsal]

    init() {
        tables = ["a", "b", "c", "d", "e", "f"].map { [world] name in
            Rehearsal(in: world, name: name, rows: Rehearsal.rows([900, 800]))
        }
    }

    private func cycle(parallel: Int = 2, timeout: Duration? = nil) async throws -> CycleReport {
        var configuration = Cycle.Configuration()
        configuration.parallelTableCount = parallel
        configuration.run.timeout = timeout
        let cycle = Cycle(
            tables.map(\.definition), doors: world.doors(), configuration: configuration
        ) { _, _ in }
        return try await world.run { await cycle.run() }
    }

    @Test(arguments: [(1, 60), (2, 30), (4, 20), (6, 10), (9, 10), (0, 60)])
    func tablesWorkSideBySideUpToTheLimit(parallel: Int, seconds: Int) async throws {
        world.disturb { [world] call in
            if call.name == .copy, call.moment == .before { try await world.clock.sleep(for: .seconds(10)) }
        }
        let report = try await cycle(parallel: parallel)
        #expect(report.status == .success && report.rowCount == 12 && report.skippedTableCount == 0)
        #expect(report.tables.map(\.table) == ["db.a", "db.b", "db.c", "db.d", "db.e", "db.f"])
        #expect(world.clock.now.offset == .seconds(seconds))
        for table in tables { #expect(try table.lakeIDs() == [1, 2]) }
    }

    @Test func oneFailureOrTimeoutStopsNoOtherTable() async throws {
        world.disturb { [world] call in
            guard call.name == .copy, call.moment == .before else { return }
            if call.table == "db.b" { throw failure(.invalidText) }
            if call.table == "db.d" { try await world.clock.sleep(for: .seconds(100_000)) }
        }
        let report = try await cycle(timeout: .seconds(600))
        #expect(report.status == .partial && report.rowCount == 8)
        #expect(report.failures.map(\.table) == ["db.b", "db.d"])
        #expect(report.failures.map(\.code) == [.invalidText, .timedOut])
        #expect(world.clock.now.offset == .seconds(600))
    }

    @Test func sourceThatIsDownFailsEachTable() async throws {
        world.disturb { call in
            if call.name == .describe { throw failure(.sourceUnavailable, isRetryable: true) }
        }
        let report = try await cycle()
        #expect(report.status == .failed)
        #expect(report.failures.map(\.code) == Array(repeating: .sourceUnavailable, count: 6))
        for table in tables {
            #expect(try await table.status().failureCount == 1)
            #expect(try await table.isFree())
        }
    }

    @Test func stoppedCycleGivesTheOtherTablesNoTurn() async throws {
        let definitions = tables.map(\.definition)
        let report = try await world.run { [world] in
            var configuration = Cycle.Configuration()
            configuration.parallelTableCount = 1
            let cycle = Cycle(definitions, doors: world.doors(), configuration: configuration) { _, _ in }
            let run = world.task { await cycle.run() }
            world.disturb { call in
                guard call.name == .copy, call.moment == .before, call.table == "db.b" else { return }
                run.cancel()
                try Task.checkCancellation()
            }
            return try await run.value
        }
        #expect(report.tables.map(\.table) == ["db.a", "db.b"])
        #expect(report.tables.map(\.error?.code) == [nil, .cancelled])
        #expect(report.skippedTableCount == 4 && report.rowCount == 2)
        #expect(try await tables[1].isFree())
    }

    @Test func busyTableIsNoFailure() async throws {
        _ = try await world.doors(of: "other:1").ledger.begin(tables[0].definition)
        let report = try await cycle()
        #expect(report.status == .success && report.rowCount == 10)
    }

    /// Another process moves rows that are newer than the description which this one acts on.
    @Test func turnThatBeginsLateIsNotTakenForAClockThatIsBehind() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        let world = rehearsal.world
        let isFirst = Mutex(true)
        world.disturb { call in
            guard call.name == .begin, call.moment == .before, isFirst.withLock({ $0 }) else { return }
            isFirst.withLock { $0 = false }
            world.insert(Rehearsal.rows([-400], firstID: 2), into: "db.t")
            try await world.clock.sleep(for: .seconds(900))
            _ = try await rehearsal.run(as: "there:2")
        }
        let report = try await world.run {
            await Cycle(
                [rehearsal.definition], doors: world.doors(), configuration: .init()
            ) { _, _ in }.run()
        }
        #expect(report.failures.map(\.code) == [])
        #expect(try rehearsal.lakeIDs() == [1, 2])
    }
}
