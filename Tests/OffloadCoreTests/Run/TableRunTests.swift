// One turn at one table: what it moves, how it fails, and what it leaves behind.
import OffloadSimulation
import Synchronization
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
}

/// Failures of the doors.
extension TableRunTests {
    @Test func failureThatMayPassIsTriedAgain() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900, 800]))
        let copies = Mutex(0)
        rehearsal.world.disturb { call in
            guard call.name == .copy, call.moment == .after else { return }
            if copies.withLock({ $0 += 1; return $0 }) < 3 { throw failure(.sourceUnavailable, isRetryable: true) }
        }
        let report = try await rehearsal.world.run { try await rehearsal.run() }
        #expect(report.error == nil)
        #expect(try rehearsal.lakeIDs() == [1, 2])
        #expect(rehearsal.world.fileLocations.count == 1)
        #expect(
            rehearsal.journal.entries == [
                "started", "planned 1 of 2", "retrying sourceUnavailable 1", "retrying sourceUnavailable 2",
                "committed 2",
            ])
        #expect(rehearsal.world.clock.now.offset == .seconds(5))
    }

    @Test(arguments: [(true, 3), (false, 1)])
    func triesAreLimitedAndFinalFailuresHaveNone(isRetryable: Bool, tries: Int) async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900, 800]))
        let copies = Mutex(0)
        rehearsal.world.disturb { call in
            guard call.name == .copy, call.moment == .before else { return }
            copies.withLock { $0 += 1 }
            throw failure(.sourceRefused, isRetryable: isRetryable)
        }
        let report = try await rehearsal.world.run { try await rehearsal.run() }
        #expect(report.error?.code == .sourceRefused)
        #expect(report.error?.table == "db.t")
        #expect(copies.withLock { $0 } == tries)
        #expect(rehearsal.world.fileLocations == [])
        let status = try await rehearsal.status()
        #expect(status.state == "failed" && status.failureCount == 1)
        #expect(status.lastError == "db.t: disturbed")
        #expect(try await rehearsal.isFree())
    }

    @Test func rowsThatArriveDuringTheCopyAreCopiedWithTheNextTry() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900, 700]))
        let world = rehearsal.world
        world.disturb { call in
            if call.name == .copy, call.moment == .after, world["db.t"]?.rows.count == 2 {
                world.insert(Rehearsal.rows([800], firstID: 3), into: "db.t")
            }
        }
        let report = try await world.run { try await rehearsal.run() }
        #expect(report.error == nil)
        #expect(try rehearsal.lakeIDs() == [1, 2, 3])
        #expect(rehearsal.journal.entries.contains("retrying countMismatch 1"))
    }

    @Test func failureKeepsWhatWasCommittedBeforeIt() async throws {
        var rehearsal = Rehearsal(rows: Rehearsal.rows([900, 800, 700]))
        rehearsal.definition.rowCountMax = 1
        let copies = Mutex(0)
        rehearsal.world.disturb { call in
            guard call.name == .copy, call.moment == .before else { return }
            if copies.withLock({ $0 += 1; return $0 }) == 3 { throw failure(.invalidText) }
        }
        let report = try await rehearsal.run()
        #expect(report.error?.code == .invalidText)
        #expect(report.tally.rowCount == 2)
        #expect(try rehearsal.lakeIDs() == [1, 2])
        #expect(try await rehearsal.status().lastRowCount == 2)
        rehearsal.world.disturb(nil)
        _ = try await rehearsal.run()
        #expect(try rehearsal.lakeIDs() == [1, 2, 3])
    }

    @Test func tableThatTheSourceDoesNotHaveFailsAlone() async throws {
        let rehearsal = Rehearsal()
        rehearsal.world["db.t"] = nil
        #expect(try await rehearsal.run().error?.code == .sourceTableMissing)
        #expect(try await rehearsal.status().state == "failed")
    }

    @Test func unreachableLedgerIsAFailureBeforeAnythingIsDone() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        rehearsal.world.disturb { call in
            if call.name == .begin { throw failure(.ledgerUnavailable, isRetryable: true) }
        }
        #expect(try await rehearsal.run().error?.code == .ledgerUnavailable)
        #expect(rehearsal.journal.entries == [])
    }

    @Test func failureThatCannotBeRecordedIsStillReported() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        rehearsal.world.disturb { call in
            if call.name == .split { throw failure(.sourceRefused) }
            if call.name == .end { throw failure(.ledgerUnavailable) }
        }
        #expect(try await rehearsal.run().error?.code == .sourceRefused)
    }
}

/// The lease, the time limit, and being stopped.
extension TableRunTests {
    @Test func busyTableIsLeftAlone() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        _ = try await rehearsal.world.doors(of: "other:1").ledger.begin(rehearsal.definition)
        guard case .busy(holder: "other:1") = try await rehearsal.run().result else {
            Issue.record("the table was not busy")
            return
        }
        #expect(try rehearsal.lakeIDs() == [])
    }

    @Test func longCopyKeepsItsLease() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        let world = rehearsal.world
        world.disturb { call in
            if call.name == .copy, call.moment == .before { try await world.clock.sleep(for: .seconds(200)) }
        }
        let report = try await world.run { try await rehearsal.run() }
        #expect(report.error == nil)
        #expect(rehearsal.journal.entries.count { $0 == "heartbeat" } == 13)
        #expect(try rehearsal.lakeIDs() == [1])
    }

    @Test func lostLeaseStopsTheCopy() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        let world = rehearsal.world
        world.disturb { call in
            if call.name == .copy, call.moment == .before { try await world.clock.sleep(for: .seconds(1_000)) }
            // The ledger cannot be reached until the lease has lapsed.
            if call.name == .renew, world.clock.now.offset < .seconds(70) {
                throw failure(.ledgerUnavailable, isRetryable: true)
            }
        }
        let report = try await world.run { try await rehearsal.run() }
        #expect(report.error?.code == .leaseLost)
        #expect(world.clock.now.offset == .seconds(75))
        #expect(!rehearsal.journal.entries.contains("heartbeat"))
        #expect(world.fileLocations == [])
    }

    @Test func leaseThatLapsedWhileTheLedgerWasAwayRefusesTheCommit() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        let world = rehearsal.world
        world.disturb { call in
            if call.name == .copy, call.moment == .before { try await world.clock.sleep(for: .seconds(65)) }
            if call.name == .renew { throw failure(.ledgerUnavailable, isRetryable: true) }
        }
        let report = try await world.run { try await rehearsal.run() }
        #expect(report.error?.code == .leaseLost)
        #expect(try rehearsal.lakeIDs() == [])
        #expect(world.fileLocations == [])
    }

    @Test func timeLimitKeepsTheWindowsCommittedBefore() async throws {
        var rehearsal = Rehearsal(rows: Rehearsal.rows([900, 800, 700]))
        rehearsal.definition.rowCountMax = 1
        rehearsal.configuration.timeout = .seconds(600)
        let (world, copies, ready) = (rehearsal.world, Mutex(0), rehearsal)
        world.disturb { call in
            guard call.name == .copy, call.moment == .before else { return }
            if copies.withLock({ $0 += 1; return $0 }) == 2 { try await world.clock.sleep(for: .seconds(10_000)) }
        }
        let report = try await world.run { try await ready.run() }
        #expect(report.error?.code == .timedOut)
        #expect(world.clock.now.offset == .seconds(600))
        #expect(report.tally.rowCount == 1)
        #expect(try rehearsal.lakeIDs() == [1])
        #expect(world.fileLocations.count == 1)
        #expect(try await rehearsal.run().error == nil)
        #expect(try rehearsal.lakeIDs() == [1, 2, 3])
    }

    @Test func stoppedTurnCleansUpAndGivesTheLeaseBack() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        let world = rehearsal.world
        let report = try await world.run {
            let run = world.task { try await rehearsal.run() }
            world.disturb { call in
                guard call.name == .finish, call.moment == .after else { return }
                run.cancel()
                try await world.clock.sleep(for: .seconds(10_000))
            }
            return try await run.value
        }
        #expect(report.error?.code == .cancelled)
        #expect(world.clock.now.offset == .zero)
        #expect(world.fileLocations == [])
        #expect(try await rehearsal.isFree())
        #expect(try await rehearsal.status().state == "failed")
    }

    @Test func nextTurnWaitsForACommitOnItsWay() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        let world = rehearsal.world
        let watermark = try await world.run {
            // A commit that takes so long that its lease lapses meanwhile; the check was made before.
            world.disturb { call in
                if call.name == .renew { throw failure(.ledgerUnavailable) }
                if call.name == .commit, call.moment == .within {
                    try await world.clock.sleep(for: .seconds(100))
                }
            }
            let run = world.task { try await rehearsal.run() }
            try await world.clock.sleep(for: .seconds(90))
            let offer = try await world.doors(of: "rival:1").ledger.begin(rehearsal.definition)
            _ = try await run.value
            guard case .granted(let turn) = offer else { throw failure(.internalFault) }
            return turn.watermark
        }
        #expect(watermark.position == world["db.t"]?.rows.last?.cursor)
        #expect(try rehearsal.lakeIDs() == [1])
    }
}

/// What earlier turns, operators and other engines leave behind.
extension TableRunTests {
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
}

/// Cursors that tell no time, and limits.
extension TableRunTests {
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
