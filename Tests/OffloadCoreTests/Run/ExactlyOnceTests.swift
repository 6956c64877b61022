// Two processes, rows that keep arriving, and doors that fail at random: in the end every row is there once.
import OffloadSimulation
import Synchronization
import Testing

@testable import OffloadCore

@Suite struct ExactlyOnceTests {
    @Test(arguments: 0..<40 as Range<UInt64>)
    func everyRowArrivesOnceWhateverFails(seed: UInt64) async throws {
        let world = SimulatedWorld(seed: seed)
        let rehearsals = ["t", "u"].map { name in
            var rehearsal = Rehearsal(in: world, name: name, rows: Rehearsal.rows(stride(from: 9_000, to: 1_000, by: -97)))
            rehearsal.definition.rowCountMax = 20
            rehearsal.definition.partitionBy = [.init(column: "id", transform: "bucket[3]")]
            rehearsal.configuration.timeout = .seconds(300)
            return rehearsal
        }
        let lots = Mutex(SimulatedLots(seed: seed))
        world.disturb { call in
            switch lots.withLock({ Int.random(in: 0..<100, using: &$0) }) {
            case 0..<4: throw failure(.sourceUnavailable, isRetryable: true)
            case 4..<8 where call.name == .commit: throw failure(.commitUnknown)
            case 8..<10: try await world.clock.sleep(for: .seconds(80))
            default: break
            }
        }
        try await world.run {
            for round in 0..<4 {
                let runs = ["here:1", "there:2"].flatMap { process in
                    rehearsals.map { rehearsal in world.task { try? await rehearsal.run(as: process) } }
                }
                for run in runs { _ = await run.result }
                for rehearsal in rehearsals {
                    world.insert(
                        Rehearsal.rows([-Int(world.clock.now.offset / .seconds(1))], firstID: 1_000 + Int64(round)),
                        into: rehearsal.definition.source)
                }
                try await world.clock.sleep(for: .seconds(900))
            }
            world.disturb(nil)
            for rehearsal in rehearsals {
                let report = try await rehearsal.run()
                #expect(report.error == nil)
            }
        }
        for rehearsal in rehearsals {
            let target = rehearsal.definition.target
            let source = try #require(world[rehearsal.definition.source]).rows
            #expect(try world.lakeRows(of: target).sorted { $0.id < $1.id } == source.sorted { $0.id < $1.id })
            let files = world.snapshots(of: target).flatMap(\.files).sorted()
            #expect(world.fileLocations.filter { $0.contains("/\(target)/") } == files, "no stray is left")
        }
    }
}
