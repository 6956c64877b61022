// Two processes, rows that keep arriving, and doors that fail at random: in the end every row is there once.
import OffloadSimulation
import Synchronization
import Testing

@testable import OffloadCore

@Suite struct ExactlyOnceTests {
    @Test(arguments: 0..<40 as Range<UInt64>)
    func everyRowArrivesOnceWhateverFails(seed: UInt64) async throws {
        let story = Story(seed: seed)
        try await story.play()
        let world = story.world
        for table in story.tables {
            let target = table.definition.target
            let source = try #require(world[table.definition.source]).rows
            #expect(
                try world.lakeRows(of: target).sorted { $0.id < $1.id } == source.sorted { $0.id < $1.id })
            let files = world.snapshots(of: target).flatMap(\.files).sorted()
            #expect(world.fileLocations.filter { $0.contains("/\(target)/") } == files, "no stray is left")
        }
    }

    @Test func sameSeedTellsTheSameStory() async throws {
        let (first, second, other) = (Story(seed: 7), Story(seed: 7), Story(seed: 8))
        for story in [first, second, other] { try await story.play() }
        #expect(first.journal.entries == second.journal.entries)
        #expect(first.journal.entries != other.journal.entries)
    }
}

/// Two tables, two processes at both of them, four rounds of trouble and one of peace.
private struct Story {
    let world: SimulatedWorld
    let tables: [Rehearsal]
    let journal = Journal()
    private let seed: UInt64

    init(seed: UInt64) {
        self.seed = seed
        let world = SimulatedWorld(seed: seed)
        self.world = world
        tables = ["t", "u"].map { name in
            var table = Rehearsal(
                in: world, name: name, rows: Rehearsal.rows(stride(from: 9_000, to: 1_000, by: -97)))
            table.definition.rowCountMax = 20
            table.definition.partitionBy = [.init(column: "id", transform: "bucket[3]")]
            table.configuration.timeout = .seconds(300)
            return table
        }
    }

    func play() async throws {
        makeTrouble()
        try await world.run {
            for round in 0..<4 {
                let runs = ["here:1", "there:2"].flatMap { process in
                    tables.map { table in world.task { try? await table.run(as: process) } }
                }
                for run in runs { _ = await run.result }
                let age = -Int(world.clock.now.offset / .seconds(1))
                for table in tables {
                    world.insert(
                        Rehearsal.rows([age], firstID: 1_000 + Int64(round)), into: table.definition.source)
                }
                try await world.clock.sleep(for: .seconds(900))
            }
            world.disturb(nil)
            for table in tables {
                if let error = try await table.run().error { throw error }
            }
        }
    }

    private func makeTrouble() {
        let lots = Mutex(SimulatedLots(seed: seed))
        world.disturb { [world, journal] call in
            journal.note("\(world.clock.now.offset) \(call.name) \(call.moment) \(call.table)")
            switch lots.withLock({ Int.random(in: 0..<100, using: &$0) }) {
            case 0..<4: throw failure(.sourceUnavailable, isRetryable: true)
            case 4..<8 where call.name == .commit: throw failure(.commitUnknown)
            case 8..<10: try await world.clock.sleep(for: .seconds(80))
            default: break
            }
        }
    }
}
