// Doors that fail: what is tried again, what is final, and what stays committed.
import OffloadSimulation
import Synchronization
import Testing

@testable import OffloadCore

@Suite struct FailureTests {
    @Test func failureThatMayPassIsTriedAgain() async throws {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900, 800]))
        let copies = Mutex(0)
        rehearsal.world.disturb { call in
            guard call.name == .copy, call.moment == .after else { return }
            if copies.withLock({
                $0 += 1; return $0
            }) < 3 {
                throw failure(.sourceUnavailable, isRetryable: true)
            }
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
        #expect(status.lastError == "disturbed")
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
            if copies.withLock({
                $0 += 1; return $0
            }) == 3 {
                throw failure(.invalidText)
            }
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
