// One commit, its three outcomes, and certainty about the third.
import OffloadSimulation
import Synchronization
import Testing

@testable import OffloadCore

@Suite struct CommitterTests {
    private static let lost = failure(.commitUnknown)
    private static let down = failure(.ledgerUnavailable, isRetryable: true)

    /// How a commit of three rows went.
    private struct Result {
        let receipt: CommitReceipt?
        let error: OffloadError.Code?
        let fileCount: Int
        let committedRows: [Int64]
        let strayCount: Int
        /// Simulated time that it took.
        let time: Duration
    }

    /// Commits in a world that `disturbance` disturbs.
    private static func commit(
        isCancelled: Bool = false, _ disturbance: @escaping DoorWitness
    ) async throws -> Result {
        let rehearsal = Rehearsal(rows: Rehearsal.rows([900, 800, 700]))
        let world = rehearsal.world
        return try await world.run {
            let corridor = try await rehearsal.corridor()
            let batch = try await corridor.verified()
            world.disturb(disturbance)
            let task = world.task { try await corridor.commit(batch) }
            if isCancelled { task.cancel() }
            let outcome = await task.result
            let time = world.clock.now.offset
            world.disturb(nil)
            try await corridor.doors.ledger.end(corridor.turn, .success(rowCount: 0, seconds: 0))
            guard case .granted(let next) = try await corridor.doors.ledger.begin(rehearsal.definition) else {
                throw failure(.internalFault)
            }
            return Result(
                receipt: try? outcome.get(), error: outcome.failure?.code,
                fileCount: world.fileLocations.count, committedRows: try rehearsal.lakeIDs(),
                strayCount: next.strays.count, time: time)
        }
    }

    @Test func committedBatchHasAReceipt() async throws {
        let result = try await Self.commit { _ in }
        #expect(result.receipt?.rowCount == 3)
        #expect(result.committedRows == [1, 2, 3])
        #expect(result.strayCount == 0)
    }

    @Test func refusedBatchIsRemoved() async throws {
        let result = try await Self.commit { call in
            if call.name == .commit { throw Self.down }
        }
        #expect(result.error == .ledgerUnavailable)
        #expect(result.fileCount == 0 && result.strayCount == 0)
    }

    @Test func lostAnswerOfACommitThatHappenedIsFoundInTheLedger() async throws {
        let result = try await Self.commit { call in
            if call.name == .commit, call.moment == .after { throw Self.lost }
        }
        #expect(result.receipt?.rowCount == 3)
        #expect(result.committedRows == [1, 2, 3])
        #expect(result.time == .zero)
    }

    @Test(arguments: [DoorCall.Moment.before, .within])
    func lostAnswerOfACommitThatNeverHappenedRemovesTheBatch(moment: DoorCall.Moment) async throws {
        let result = try await Self.commit { call in
            if call.name == .commit, call.moment == moment { throw Self.lost }
        }
        #expect(result.error == .ledgerUnavailable)
        #expect(result.fileCount == 0 && result.strayCount == 0)
    }

    @Test func ledgerThatRestartsIsAskedAgain() async throws {
        let receipts = Mutex(0)
        let result = try await Self.commit { call in
            if call.name == .commit, call.moment == .after { throw Self.lost }
            guard call.name == .receipt, call.moment == .before else { return }
            if receipts.withLock({
                $0 += 1; return $0
            }) < 3 {
                throw Self.down
            }
        }
        #expect(result.receipt?.rowCount == 3)
        #expect(result.committedRows == [1, 2, 3])
        #expect(result.time == .seconds(4))
    }

    @Test(arguments: [DoorCall.Moment.before, .after])
    func ledgerThatStaysSilentLeavesEveryFile(moment: DoorCall.Moment) async throws {
        let result = try await Self.commit { call in
            if call.name == .commit, call.moment == moment { throw Self.lost }
            if call.name == .receipt { throw Self.down }
        }
        #expect(result.error == .commitUnknown)
        #expect(result.fileCount == 1)
        #expect(result.committedRows == (moment == .after ? [1, 2, 3] : []))
        #expect(result.strayCount == (moment == .after ? 0 : 1))
        #expect(result.time == .seconds(14))
    }

    @Test func turnThatIsBeingStoppedStillLearnsWhatItCommitted() async throws {
        let receipts = Mutex(0)
        let result = try await Self.commit(isCancelled: true) { call in
            if call.name == .commit, call.moment == .after { throw Self.lost }
            guard call.name == .receipt, call.moment == .before else { return }
            if receipts.withLock({
                $0 += 1; return $0
            }) < 2 {
                throw Self.down
            }
        }
        #expect(result.receipt?.rowCount == 3)
    }
}

extension Swift.Result where Failure == any Error {
    fileprivate var failure: OffloadError? {
        if case .failure(let error) = self { return error as? OffloadError }
        return nil
    }
}
