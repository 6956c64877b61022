// A process dies at any step of the corridor; the next one makes the table whole.
import OffloadCore
import Testing

@Suite struct CrashTests {
    /// The first cycle creates the Iceberg table; each row set is two windows of two partitions.
    @Test(arguments: Mortality.Moment.allCases)
    func crashAtAnyStepLosesAndDoublesNothing(_ moment: Mortality.Moment) async throws {
        try await Stage.run { stage in
            for step in 1... {
                var table = try await stage.events(6, named: "events_\(step)")
                table.rowCountMax = 4
                table.partitionBy = [.init(column: "id", transform: "bucket[2]")]
                let mortality = Mortality(at: step, moment)
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
    }

    @Test func crashInALaterCycleIsReadBackEqual() async throws {
        try await Stage.run { stage in
            let table = try await stage.events(5)
            try await stage.offload(table)
            for (step, moment) in zip(8..., [Mortality.Moment.beforeTheCall, .afterTheCall, .beforeTheCall]) {
                try await stage.addEvents(step * 10..<step * 10 + 5, to: table)
                let doomed = try Offloader(
                    on: stage, holder: Offloader.deadProcess, mortality: Mortality(at: step, moment))
                _ = await doomed.cycle([table])
            }
            try await stage.offload(table)
            try await stage.expectExactlyOnce(table)
            try await stage.expectReadBack(table)
        }
    }
}
