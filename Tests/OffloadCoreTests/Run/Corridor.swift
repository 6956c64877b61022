// One window on its way through the corridor, step by step.
import OffloadSimulation
import Testing

@testable import OffloadCore

extension Rehearsal {
    /// A turn with its one window planned.
    struct Corridor {
        let doors: Doors
        let turn: Turn
        let table: SourceTable
        let lake: LakeTable
        let window: Window

        var stager: Stager { Stager(doors: doors) }

        func staged() async throws -> StagedBatch {
            try await stager.stage(window, of: table, to: lake, in: turn)
        }

        func verified() async throws -> VerifiedBatch {
            try await Verifier(doors: doors).verify(try await staged(), of: table, for: lake)
        }

        func commit(_ batch: VerifiedBatch) async throws -> CommitReceipt {
            try await Committer(doors: doors, stager: stager).commit(batch, of: table, to: lake, in: turn)
        }
    }

    /// - Parameter lake: another door to the same files; nil: the world's own.
    func corridor(lake: (any Lake)? = nil) async throws -> Corridor {
        let own = world.doors()
        let doors = Doors(
            source: own.source, lake: lake ?? own.lake, ledger: own.ledger, clock: own.clock,
            executor: own.executor, now: own.now)
        guard case .granted(let turn) = try await doors.ledger.begin(definition) else {
            throw failure(.internalFault)
        }
        let described = try await doors.source.describe([definition])
        let table = try #require(described.tables[definition.source]).get()
        let target = try await doors.lake.open(table, known: turn.watermark.lakeUUID)
        let survey = try await doors.source.survey(table, after: turn.watermark.position, through: nil)
        let windows = try await Planner(source: doors.source, table: table)
            .windows(after: turn.watermark.position, survey: survey, for: target)
        return Corridor(
            doors: doors, turn: turn, table: table, lake: target, window: try #require(windows.first))
    }
}
