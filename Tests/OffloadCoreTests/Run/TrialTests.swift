// Short trials of many seeds, and every seed that once failed; `proof/simulation` runs simulated years of them.
import OffloadSimulation
import Testing

@Suite struct TrialTests {
    private static func run(_ seed: UInt64, slotCount: Int) async throws -> TrialVerdict {
        var configuration = Trial.Configuration()
        configuration.slotCount = slotCount
        return try await Trial(seed: seed, configuration: configuration).run()
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func nothingIsLostOrDoubledWhateverFails(twenties: UInt64) async throws {
        var commitCount = 0
        for seed in twenties * 20..<twenties * 20 + 20 {
            let verdict = try await Self.run(seed, slotCount: 40)
            #expect(verdict.violations == [], "seed \(seed)")
            commitCount += verdict.commitCount
        }
        #expect(commitCount > 100, "a trial without work proves nothing")
    }

    @Test func sameSeedTellsTheSameStory() async throws {
        let (first, second) = (try await Self.run(7, slotCount: 60), try await Self.run(7, slotCount: 60))
        let other = try await Self.run(8, slotCount: 60)
        #expect(first.digest == second.digest)
        #expect(first.digest != other.digest)
    }
}
