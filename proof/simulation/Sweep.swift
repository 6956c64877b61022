// Many seeds, several at a time, and what they add up to.
import Foundation
import OffloadSimulation
import Synchronization

struct Sweep {
    let range: Range<UInt64>
    let slotCount: Int
    let jobCount: Int
    let stopsAtFirst: Bool

    func run() async throws -> Summary {
        let progress = Progress(first: range.lowerBound)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<max(1, jobCount) {
                group.addTask { try await work(progress) }
            }
            try await group.waitForAll()
        }
        return progress.summary.withLock { $0 }
    }

    private func work(_ progress: Progress) async throws {
        var configuration = Trial.Configuration()
        configuration.slotCount = slotCount
        while true {
            let seed = progress.next.withLock { next in
                defer { next += 1 }
                return next
            }
            guard seed < range.upperBound else { return }
            let verdict = try await Trial(seed: seed, configuration: configuration).run()
            if !verdict.violations.isEmpty {
                print(verdict.text)
                fflush(nil)
            }
            let seedCount = progress.summary.withLock { summary in
                summary.add(verdict)
                return summary.seedCount
            }
            if seedCount % 500 == 0 {
                let text = "\(seedCount) of \(range.count) seeds\n"
                FileHandle.standardError.write(Data(text.utf8))
            }
            if stopsAtFirst, progress.summary.withLock({ !$0.violated.isEmpty }) { return }
        }
    }
}

/// What the workers of a sweep share.
private final class Progress: Sendable {
    let next: Mutex<UInt64>
    let summary = Mutex(Summary())

    init(first: UInt64) {
        next = Mutex(first)
    }
}

struct Summary: Sendable {
    private(set) var seedCount = 0
    private(set) var cycleCount = 0
    private(set) var commitCount = 0
    private(set) var zombieFileCount = 0
    private(set) var violated: [UInt64] = []
    private var faults: [String: Int] = [:]
    private var deeds: [String: Int] = [:]
    private var failures: [String: Int] = [:]

    mutating func add(_ verdict: TrialVerdict) {
        seedCount += 1
        cycleCount += verdict.cycleCount
        commitCount += verdict.commitCount
        zombieFileCount += verdict.zombieFileCount
        if !verdict.violations.isEmpty { violated.append(verdict.seed) }
        faults.merge(verdict.faultCounts, uniquingKeysWith: +)
        deeds.merge(verdict.deedCounts, uniquingKeysWith: +)
        failures.merge(verdict.failureCounts, uniquingKeysWith: +)
    }

    var table: String {
        """
        commits: \(commitCount.grouped); files a zombie left: \(zombieFileCount)
        faults: \(Self.list(faults))
        deeds of others: \(Self.list(deeds))
        failed turns: \(Self.list(failures))
        """
    }

    func line(seconds: Int64) -> String {
        let years = Double(cycleCount) / 4 / 24 / 365.25
        let seeds =
            violated.isEmpty ? "" : " (seeds \(violated.sorted().map(String.init).joined(separator: " ")))"
        return
            "simulation: \(seedCount) seeds, \(cycleCount.grouped) cycles, \((years * 10).rounded() / 10) years,"
            + " \(violated.count) violations\(seeds), \(seconds) s"
    }

    private static func list(_ counts: [String: Int]) -> String {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value.grouped)" }
            .joined(separator: ", ")
    }
}

extension Int {
    /// With commas between thousands.
    var grouped: String {
        var digits = String(self)
        var end = digits.count - 3
        while end > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: end))
            end -= 3
        }
        return digits
    }
}

extension TrialVerdict {
    /// All that a person wants to know of one seed.
    var text: String {
        var lines = lastEvents.map { "  \($0)" }
        lines += violations.map { "VIOLATED \($0)" }
        lines.append(
            "seed \(seed): \(cycleCount) cycles, \(commitCount) commits, digest \(String(digest, radix: 16)),"
                + " \(violations.count) violations"
                + (violations.isEmpty ? "" : "; again: offload-simulation --seed \(seed) --verbose"))
        return lines.joined(separator: "\n")
    }
}
