// VerifiedBatch to Watermark: one transaction, and certainty about its outcome.

/// Commits a batch and finds out what became of it when the answer is lost.
struct Committer {
    let doors: Doors
    let stager: Stager

    /// Pauses between questions to the ledger after a lost answer; PostgreSQL may just be restarting.
    private static let pauses: [Duration] = [.zero, .seconds(1), .seconds(3), .seconds(10)]

    /// - Throws: the refusal, after the batch's files were removed; or `commitUnknown`, with every file kept.
    func commit(
        _ batch: VerifiedBatch, of table: SourceTable, to lake: LakeTable, in turn: Turn
    ) async throws -> CommitReceipt {
        switch await doors.ledger.commit(batch, of: table, to: lake, in: turn) {
        case .committed(let receipt):
            return receipt
        case .refused(let error):
            await stager.discard(batch.staged.trace, in: turn)
            throw error
        case .unknown(let error):
            let receipt = try await doors.sheltered { try await settle(batch, in: turn, after: error) }
            if let receipt { return receipt }
            await stager.discard(batch.staged.trace, in: turn)
            throw OffloadError(
                .ledgerUnavailable,
                "PostgreSQL went away during COMMIT; the window was certainly not committed",
                table: turn.table, underlying: error, isRetryable: true)
        }
    }

    /// Asks the ledger, which is where a commit that happened left its row. Never commits again, never removes.
    private func settle(
        _ batch: VerifiedBatch, in turn: Turn, after error: OffloadError
    ) async throws -> CommitReceipt? {
        for pause in Self.pauses {
            try await doors.clock.sleep(for: pause)
            do {
                return try await doors.ledger.receipt(of: batch.staged.trace.id, in: turn)
            } catch let failure as OffloadError where failure.isRetryable {
                continue
            }
        }
        throw OffloadError(
            .commitUnknown,
            "PostgreSQL went away during COMMIT; whether the window is committed is not known yet",
            table: turn.table, context: ["batch": batch.staged.trace.id.text], underlying: error,
            isRetryable: false,
            hint: "nothing is lost: the next cycle asks the ledger first and goes on from what it says")
    }
}
