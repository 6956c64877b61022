// A process dies at any step of the corridor; the next one makes the table whole.
import OffloadCore
import Testing

@Suite struct CrashTests {
    @Test(arguments: [true, false])
    func crashAtAnyStepLosesAndDoublesNothing(beforeTheCall: Bool) async throws {
        try await Stage.run { stage in
            try await forEachStep(on: stage) { _ in beforeTheCall ? .deathBeforeTheCall : .deathAfterTheCall }
        }
    }

    /// A process that is paused at any step, and wakes when its successor has done all the work.
    @Test func zombieAtAnyStepLosesAndDoublesNothing() async throws {
        try await Stage.run { stage in
            try await forEachStep(on: stage) { table in .sleep { try await stage.offload(table) } }
        }
    }

    /// The first cycle creates the Iceberg table; its rows make two windows in two partitions.
    private func forEachStep(
        on stage: Stage, _ fate: (TableDefinition) -> Mortality.Fate
    ) async throws {
        for step in 1... {
            var table = try await stage.events(6, named: "events_\(step)")
            table.rowCountMax = 4
            table.partitionBy = [.init(column: "id", transform: "bucket[2]")]
            let mortality = Mortality(at: step, fate(table))
            let doomed = try Offloader(on: stage, holder: Offloader.deadProcess, mortality: mortality)
            _ = await doomed.cycle([table])
            guard mortality.hasStruck else {
                #expect(step > 20, "the corridor has more steps than that")
                return
            }
            try await stage.addEvents(6..<9, to: table)
            try await stage.offload(table)
            try await stage.expectExactlyOnce(table)
        }
    }

    @Test func crashInALaterCycleIsReadBackEqual() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(5)
            try await stage.offload(table)
            for (step, fate) in zip(
                8..., [Mortality.Fate.deathBeforeTheCall, .deathAfterTheCall, .deathBeforeTheCall])
            {
                try await stage.addEvents(step * 10..<step * 10 + 5, to: table)
                let doomed = try Offloader(
                    on: stage, holder: Offloader.deadProcess, mortality: Mortality(at: step, fate))
                _ = await doomed.cycle([table])
            }
            try await stage.offload(table)
            try await stage.expectExactlyOnce(table)
            try await stage.expectReadBack(table)
        }
    }
}
