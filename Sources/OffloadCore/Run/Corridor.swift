// One way, no return: stage, verify, commit, as ARCHITECTURE.md draws it.

/// What a turn's windows go through, one after the other.
struct Corridor {
    let doors: Doors
    let table: SourceTable
    let lake: LakeTable
    let turn: Turn
    /// Tries per window.
    let attemptCountMax: Int
    let progress: TurnProgress
    let observer: RunObserver

    /// Commits a window; tries again where the failure may pass by itself.
    ///
    /// - Throws: the failure of the last try; nothing of the window is committed then, but after `commitUnknown`.
    func take(_ window: Window) async throws {
        for attempt in 1... {
            do {
                progress.add(try await pass(window))
                return
            } catch {
                let failure = OffloadError.wrapping(error, table: table.name)
                guard failure.isRetryable, attempt < attemptCountMax, !Task.isCancelled else { throw failure }
                progress.suffer(failure)
                observer(table.name, .retrying(failure, attempt: attempt))
                try await doors.clock.sleep(for: .seconds(attempt * attempt))
            }
        }
    }

    private func pass(_ window: Window) async throws -> CommitReceipt {
        var durations = StepDurations()
        let stager = Stager(doors: doors)
        let clock = ContinuousClock()
        let start = clock.now
        let staged = try await stager.stage(window, of: table, to: lake, in: turn)
        let stagedAt = clock.now
        durations.stage = stagedAt - start
        let verified: VerifiedBatch
        do {
            verified = try await Verifier(doors: doors).verify(staged, of: table, for: lake)
        } catch {
            await stager.discard(staged.trace, in: turn)
            throw error
        }
        let verifiedAt = clock.now
        durations.verify = verifiedAt - stagedAt
        let receipt = try await Committer(doors: doors, stager: stager)
            .commit(verified, of: table, to: lake, in: turn)
        durations.commit = clock.now - verifiedAt
        observer(table.name, .committed(window, receipt, table.cursor, durations))
        return receipt
    }
}
