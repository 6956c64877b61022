// Runs seeds of the simulation on all cores, and says what became of the promise.
import ArgumentParser
import OffloadSimulation

@main
struct SimulationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "offload-simulation",
        abstract: "Exactly once, in simulated years: the real scheduler in a world that fails by seed.")

    @Option(help: "Seeds to run, e.g. '0..<10000'.")
    var seeds: SeedRange = SeedRange(range: 0..<10_000)

    @Option(help: "One seed, which is run twice: the second run must be the same.")
    var seed: UInt64?

    @Option(name: .customLong("cycles"), help: "Slots of 15 minutes in the storm of each seed.")
    var slotCount = 350

    @Option(help: "Seeds at the same time.")
    var jobs = 2

    @Flag(help: "Print every event; with --seed.")
    var verbose = false

    @Flag(help: "End at the first seed that is violated.")
    var stopAtFirst = false

    func run() async throws {
        if let seed { return try await replay(seed) }
        let start = ContinuousClock.now
        let summary = try await Sweep(
            range: seeds.range, slotCount: slotCount, jobCount: jobs, stopsAtFirst: stopAtFirst
        )
        .run()
        print(summary.table)
        print(summary.line(seconds: (ContinuousClock.now - start).components.seconds))
        if !summary.violated.isEmpty { throw ExitCode.failure }
    }

    private func replay(_ seed: UInt64) async throws {
        var configuration = Trial.Configuration()
        configuration.slotCount = slotCount
        if verbose { configuration.echo = { print($0) } }
        let verdict = try await Trial(seed: seed, configuration: configuration).run()
        configuration.echo = nil
        let again = try await Trial(seed: seed, configuration: configuration).run()
        print(verdict.text)
        guard verdict.digest == again.digest else {
            print("NOT REPEATABLE: seed \(seed): \(verdict.digest) and \(again.digest)")
            throw ExitCode.failure
        }
        if !verdict.violations.isEmpty { throw ExitCode.failure }
    }
}

/// `A..<B` on the command line.
struct SeedRange: ExpressibleByArgument {
    let range: Range<UInt64>

    init(range: Range<UInt64>) {
        self.range = range
    }

    init?(argument: String) {
        let ends = argument.split(separator: "..<").compactMap { UInt64($0) }
        guard ends.count == 2, ends[0] < ends[1] else { return nil }
        range = ends[0]..<ends[1]
    }

    var defaultValueDescription: String { "\(range.lowerBound)..<\(range.upperBound)" }
}
