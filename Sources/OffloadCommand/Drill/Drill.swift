// One drill: a process dies in the middle of a cycle, another goes on, and what came of it is counted and hashed.
import Foundation
import OffloadCore
import OffloadIO
import Synchronization

/// What an operator sees of one drill.
struct DrillResult {
    let step: DoorCall.Name
    let windowCount: Int
    let finding: SegmentCheck.Finding
    /// What the victim had left behind, and the successor removed.
    let sweptBatchCount: Int
    /// Files that no reader sees and no committed batch wrote, and why the successor failed, if it did.
    let faults: [String]

    var isExact: Bool { faults.isEmpty && !finding.verdict.isFault && finding.lake.contentHash != nil }
}

struct Drill {
    /// The calls of a first cycle, in their order.
    static let steps: [DoorCall.Name] = [
        .describe, .begin, .survey, .openLake, .histogram, .split, .open, .draft, .copy, .finish, .count,
        .getFile, .putFile, .commit, .end,
    ]

    let deployment: Deployment
    let configurationFile: String

    /// Kills a cycle of a new scratch table after `step`, and lets another process finish the work.
    ///
    /// - Throws: what keeps the drill from being held; the scratch table is removed in any case.
    func run(_ step: DoorCall.Name, in database: String) async throws -> DrillResult {
        let scratch = Scratch(Scratch.freshName(in: database), in: deployment)
        try await scratch.create()
        let outcome: Result<DrillResult, any Error>
        do {
            try await die(after: step, scratch)
            outcome = .success(try await goOn(after: step, scratch))
        } catch {
            outcome = .failure(error)
        }
        try await scratch.remove()
        return try outcome.get()
    }

    /// Runs the cycle in a process of its own, which ends by SIGKILL.
    private func die(after step: DoorCall.Name, _ scratch: Scratch) async throws {
        let victim = Process()
        victim.executableURL = URL(fileURLWithPath: "/proc/self/exe")
        victim.arguments = [
            DrillVictim.name, "--config", configurationFile, "--table", scratch.definition.source,
            "--kill-after", step.rawValue,
        ]
        let (ended, end) = AsyncStream<Void>.makeStream()
        victim.terminationHandler = { _ in end.finish() }
        try victim.run()
        for await _ in ended {}
        guard victim.terminationReason == .uncaughtSignal, victim.terminationStatus == SIGKILL else {
            throw OffloadError(
                .internalFault, "the cycle was to die after `\(step)`, and did not come to it",
                table: scratch.definition.source,
                hint: "its own words are above; nothing but the drill's own table was touched")
        }
    }

    /// Finishes the work as the scheduler would, and looks at what there is then.
    private func goOn(after step: DoorCall.Name, _ scratch: Scratch) async throws -> DrillResult {
        let sweptBatchCount = Mutex(0)
        let report = await Cycle([scratch.definition], doors: deployment.doors, configuration: .init()) {
            if case .sweptStrays(let count) = $1 { sweptBatchCount.withLock { $0 += count } }
        }.run()
        let table = try await deployment.source.describe([scratch.definition]).table(
            scratch.definition.source)
        var audit = Audit(try await LedgerReader(client: deployment.postgres).windows(of: table.name))
        let live = try await deployment.lake.liveFiles(of: table)
        try await live.add(to: &audit)
        let files = try await live.all()
        let whole = AuditSegment(
            windows: audit.segments.flatMap(\.windows),
            lakeRowCount: audit.segments.reduce(0) { $0 + $1.lakeRowCount })
        let finding = try await SegmentCheck(doors: deployment.doors, table: table, reading: live.lake)
            .finding(of: whole, files, obstacle: audit.obstacle)
        var faults = report.failures.map(\.description) + scratch.strayFiles(beside: files.map(\.location))
        if finding.lake.rowCount != Scratch.rowCount { faults.append("not every row has arrived") }
        return DrillResult(
            step: step, windowCount: whole.windows.count, finding: finding,
            sweptBatchCount: sweptBatchCount.withLock { $0 }, faults: faults)
    }
}
