// A turn and its lease: time limits, lost leases, and being stopped.
import OffloadSimulation
import Synchronization
import Testing

@testable import OffloadCore

@Suite struct LeaseTests {
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
            if call.name == .copy, call.moment == .before {
                try await world.clock.sleep(for: .seconds(1_000))
            }
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
        let world = rehearsal.world
        let ready = rehearsal
        let copies = Mutex(0)
        world.disturb { call in
            guard call.name == .copy, call.moment == .before else { return }
            if copies.withLock({
                $0 += 1; return $0
            }) == 2 {
                try await world.clock.sleep(for: .seconds(10_000))
            }
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

    @Test func timeLimitTellsWhatTheLastTryFailedOf() async throws {
        var rehearsal = Rehearsal(rows: Rehearsal.rows([900]))
        rehearsal.configuration.timeout = .seconds(600)
        let world = rehearsal.world
        let ready = rehearsal
        let copies = Mutex(0)
        world.disturb { call in
            guard call.name == .copy, call.moment == .before else { return }
            let isFirst = copies.withLock {
                $0 += 1; return $0 == 1
            }
            if isFirst { throw failure(.sourceUnavailable, isRetryable: true) }
            try await world.clock.sleep(for: .seconds(10_000))
        }
        let error = try #require(try await world.run { try await ready.run() }.error)
        #expect(error.code == .timedOut)
        #expect((error.underlying as? OffloadError)?.code == .sourceUnavailable)
        #expect(error.message.hasSuffix("; the last try failed: \(failure(.sourceUnavailable).message)"))
        #expect(try await rehearsal.status().lastError == error.message)
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
        #expect(try await rehearsal.status().state == "failed")
        #expect(try await rehearsal.isFree())
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
