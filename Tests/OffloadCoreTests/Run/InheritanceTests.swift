// What a turn finds: the leavings of crashed turns, of operators, of backups and of other engines.
import OffloadSimulation
import Synchronization
import Testing

@testable import OffloadCore

@Suite struct InheritanceTests {
    @Test func filesOfACrashedTurnAreSweptBeforeAnythingElse() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900, 800]))
        rehearsal.world.disturb { call in
            // Neither can the window be verified, nor the file removed.
            if call.name == .count || call.name == .remove { throw failure(.lakeUnavailable) }
        }
        #expect(try await rehearsal.run().error != nil)
        let stray = rehearsal.world.fileLocations
        #expect(stray.count == 1)

        rehearsal.world.disturb { rehearsal.journal.note($0.name.rawValue) }
        #expect(try await rehearsal.run().error == nil)
        #expect(rehearsal.journal.entries.contains("swept 1"))
        #expect(Set(rehearsal.world.fileLocations).isDisjoint(with: stray))
        #expect(try rehearsal.lakeIDs() == [1, 2])
    }

    @Test func watermarkAheadOfEveryRowStopsTheTable() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900, 800, 700]))
        _ = try await rehearsal.run()
        rehearsal.world["db.t"]?.rows.removeLast()
        #expect(try await rehearsal.run().error?.code == .watermarkAhead)
        rehearsal.world["db.t"]?.rows = []
        #expect(try await rehearsal.run().error == nil)
    }

    /// Beyond every row, beyond the clock, or nowhere: it is set back before rows are asked for from there.
    @Test(arguments: [-1_000, 3_600_000, nil] as [Int64?])
    func positionThatWasEditedIsSetBackWhereverItIs(_ offset: Int64?) async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900, 800]))
        _ = try await rehearsal.run()
        let end = Int128(SimulatedWorld.startMicroseconds / 1_000 - 800_000)
        let edited = offset.map { CursorValue(ticks: Int128(SimulatedWorld.startMicroseconds / 1_000 + $0)) }
        rehearsal.world.editPosition(of: "db.t", to: edited)
        #expect(try await rehearsal.run().error == nil)
        #expect(rehearsal.journal.entries.last == "repaired")
        #expect(
            try await rehearsal.status().watermark == Rehearsal.milliseconds.text(CursorValue(ticks: end)))
        rehearsal.world.insert(Rehearsal.rows([700], firstID: 3), into: "db.t")
        #expect(try await rehearsal.run().tally.rowCount == 1)
        #expect(try rehearsal.lakeIDs() == [1, 2, 3])
    }

    @Test func startBeyondEveryRowIsNoWatermarkAhead() async throws {
        var rehearsal = Rehearsal(rows: Rehearsal.rows([900, 800]))
        rehearsal.definition.start = "2027-01-01T00:00:00Z"
        let report = try await rehearsal.run()
        #expect(report.error == nil && report.tally.rowCount == 0)
    }

    @Test func startSkipsEarlierRows() async throws {
        var rehearsal = Rehearsal(rows: Rehearsal.rows([900, 800, 700]))
        rehearsal.definition.start = "2025-12-31T23:46:40Z"
        _ = try await rehearsal.run()
        #expect(try rehearsal.lakeIDs() == [2, 3])
    }

    @Test func clockBehindTheWatermarkStopsTheTable() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        _ = try await rehearsal.run()
        let report = try await rehearsal.run(
            sourceMicroseconds: SimulatedWorld.startMicroseconds - 3_600_000_000)
        #expect(report.error?.code == .clockBehind)
    }

    @Test func slowerClockOfTheTwoDecidesWhatHasSettled() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900, 400]))
        _ = try await rehearsal.run(sourceMicroseconds: SimulatedWorld.startMicroseconds - 200_000_000)
        #expect(try rehearsal.lakeIDs() == [1])
    }

    @Test func droppedIcebergTableStopsTheTable() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        _ = try await rehearsal.run()
        rehearsal.world.dropLakeTable("cold.t")
        rehearsal.world.insert(Rehearsal.rows([800], firstID: 2), into: "db.t")
        #expect(try await rehearsal.run().error?.code == .lakeTableMissing)
    }

    @Test func quietTableIsComparedWhenThatIsAskedFor() async throws {
        var rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        _ = try await rehearsal.run()
        rehearsal.world.dropLakeTable("cold.t")
        #expect(try await rehearsal.run().error == nil)
        rehearsal.configuration.reconcilesAlways = true
        #expect(try await rehearsal.run().error?.code == .lakeTableMissing)
    }

    /// The ledger comes back from a backup that was made before the last window.
    @Test func tableThatIsOneWindowAheadMendsTheWatermark() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        _ = try await rehearsal.run()
        let backup = rehearsal.world.ledgerBackup()
        rehearsal.world.insert(Rehearsal.rows([800], firstID: 2), into: "db.t")
        _ = try await rehearsal.run()
        rehearsal.world.restoreLedger(backup)
        #expect(try await rehearsal.run().tally.rowCount == 0)
        #expect(rehearsal.journal.entries.last == "repaired")
        rehearsal.world.insert(Rehearsal.rows([700], firstID: 3), into: "db.t")
        #expect(try await rehearsal.run().error == nil)
        #expect(try rehearsal.lakeIDs() == [1, 2, 3])
    }

    /// The same, and meanwhile the column has become finer: the table's position is in ticks of then.
    @Test func mendedWatermarkKeepsTheUnitOfItsWindow() async throws {
        let rehearsal = Rehearsal()
        func rows(_ age: Int, id: Int64) -> [SimulatedRow] {
            Rehearsal.rows([age], firstID: id).map {
                SimulatedRow(cursor: $0.cursor.ticks * 1_000, id: $0.id)
            }
        }
        rehearsal.world["db.t"] = SimulatedTable(
            cursor: Rehearsal.milliseconds, rows: rows(900, id: 1), finest: 6)
        _ = try await rehearsal.run()
        let backup = rehearsal.world.ledgerBackup()
        rehearsal.world.insert(rows(800, id: 2), into: "db.t")
        _ = try await rehearsal.run()
        rehearsal.world.restoreLedger(backup)
        rehearsal.world["db.t"]?.cursor = Cursor(column: "ts", kind: .time(digits: 6))
        // A quiet table is compared only when that is asked for, so a row is there to be moved.
        rehearsal.world.insert(rows(700, id: 3), into: "db.t")
        _ = try await rehearsal.run()
        #expect(rehearsal.journal.entries.last == "repaired")
        #expect(try await rehearsal.run().error == nil)
        #expect(try rehearsal.lakeIDs() == [1, 2, 3])
    }

    /// The same, from a backup that was made while the last window was copied.
    @Test func committedFilesOfABatchTheLedgerForgotAreNotSwept() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        let world = rehearsal.world
        _ = try await rehearsal.run()
        world.insert(Rehearsal.rows([800], firstID: 2), into: "db.t")
        let backup = Mutex<LedgerBackup?>(nil)
        world.disturb { call in
            if call.name == .copy, call.moment == .before { backup.withLock { $0 = world.ledgerBackup() } }
        }
        _ = try await rehearsal.run()
        world.disturb(nil)
        world.restoreLedger(try #require(backup.withLock { $0 }))
        world.clock.advance(by: .seconds(61))
        #expect(try await rehearsal.run().error == nil)
        #expect(try rehearsal.lakeIDs() == [1, 2])
    }

    /// Ledger and table agreed when the turn began, and do not when it commits.
    @Test func tableThatIsRolledBackWhileRowsAreCopiedTakesNoMore() async throws {
        let rehearsal = try await rehearsalOfTwoWindows()
        let world = rehearsal.world
        world.insert(Rehearsal.rows([700], firstID: 3), into: "db.t")
        world.disturb { call in
            if call.name == .copy, call.moment == .after { world.rollBack("cold.t") }
        }
        #expect(try await rehearsal.run().error?.code == .lakeTableRolledBack)
        #expect(try rehearsal.lakeIDs() == [1])
    }

    /// Expiry takes away the snapshot that would have told of the rollback.
    @Test(arguments: [false, true])
    func tableThatIsRolledBackAndExpiredThenTakesNoMore(isCompacted: Bool) async throws {
        let rehearsal = try await rehearsalOfTwoWindows()
        let world = rehearsal.world
        if isCompacted {
            world.compact("cold.t")
            world.expireSnapshots(of: "cold.t")
        }
        world.insert(Rehearsal.rows([700], firstID: 3), into: "db.t")
        _ = try await rehearsal.run()
        world.rollBack("cold.t")
        world.expireSnapshots(of: "cold.t")
        world.insert(Rehearsal.rows([600], firstID: 4), into: "db.t")
        #expect(try await rehearsal.run().error?.code == .lakeTableRolledBack)
        #expect(try rehearsal.lakeIDs() == [1, 2])
    }

    /// The table says in milliseconds what the column now counts in microseconds.
    @Test func watermarkIsMendedInTheUnitItWasWrittenIn() async throws {
        let rehearsal = Rehearsal()
        let world = rehearsal.world
        func row(_ age: Int64, id: Int64) -> SimulatedRow {
            SimulatedRow(cursor: Int128(SimulatedWorld.startMicroseconds - age * 1_000_000), id: id)
        }
        world["db.t"] = SimulatedTable(cursor: Rehearsal.milliseconds, rows: [row(900, id: 1)], finest: 6)
        _ = try await rehearsal.run()
        let backup = world.ledgerBackup()
        world.insert([row(800, id: 2)], into: "db.t")
        _ = try await rehearsal.run()
        world.restoreLedger(backup)
        world["db.t"]?.cursor = Cursor(column: "ts", kind: .time(digits: 6))
        _ = try await rehearsal.run()
        #expect(rehearsal.journal.entries.last == "repaired")
        #expect(try await rehearsal.run().error == nil)
        #expect(try rehearsal.lakeIDs() == [1, 2])
    }

    /// A TTL had emptied the table, and rows arrive between the questions.
    @Test func rowsThatArriveInAnEmptiedTableAreNoRestore() async throws {
        let rehearsal = try await rehearsalOfTwoWindows()
        let world = rehearsal.world
        world["db.t"]?.rows = []
        world.disturb { call in
            if call.name == .hasRows, call.moment == .before {
                world.insert(Rehearsal.rows([0], firstID: 3), into: "db.t")
            }
        }
        #expect(try await rehearsal.run().error == nil)
    }

    /// A start compares every table, also one whose newest rows have not settled.
    @Test func integerCursorThatSettlesIsComparedToo() async throws {
        var rehearsal = Rehearsal(cursor: Rehearsal.integer, rows: [SimulatedRow(cursor: 1, id: 1)])
        let world = rehearsal.world
        _ = try await rehearsal.run()
        world.clock.advance(by: .seconds(300))
        #expect(try await rehearsal.run().tally.rowCount == 1)
        world.dropLakeTable("cold.t")
        rehearsal.configuration.reconcilesAlways = true
        #expect(try await rehearsal.run().error?.code == .lakeTableMissing)
    }

    private func rehearsalOfTwoWindows() async throws -> Rehearsal {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        _ = try await rehearsal.run()
        rehearsal.world.insert(Rehearsal.rows([800], firstID: 2), into: "db.t")
        _ = try await rehearsal.run()
        return rehearsal
    }
}
