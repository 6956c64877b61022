// What drills have shown, as lines of text and as JSON.
import Iceberg
import OffloadCore

struct DrillReport {
    private var results: [DrillResult] = []

    mutating func add(_ result: DrillResult) { results.append(result) }

    var hasFault: Bool { results.contains { !$0.isExact } }

    /// `✓ killed after commit: 4,000 rows in 4 windows, hash 0f…, nothing left behind: exactly once`
    static func line(_ result: DrillResult) -> String {
        let finding = result.finding
        let mark = result.isExact ? "✓" : "✗"
        let swept =
            result.sweptBatchCount == 0
            ? "nothing to sweep" : "\(result.sweptBatchCount.counted("unfinished window")) swept"
        let rows =
            "source \(finding.source.shortText), ledger \(finding.ledger.shortText), Iceberg \(finding.lake.shortText)"
        let verdict = result.isExact ? "exactly once" : "NOT exactly once"
        let line =
            "\(mark) killed after \(result.step.rawValue): \(rows), \(result.windowCount.counted("window")), "
            + "\(swept): \(verdict)\n"
        return line + result.faults.map { "  \($0)\n" }.joined()
    }

    var summary: String {
        let exactCount = results.count(where: \.isExact)
        return "\(exactCount) of \(results.count.counted("drill")) exactly once\n"
    }

    var json: JSONValue {
        .object([
            (
                "drills",
                .array(
                    results.map { result in
                        .object([
                            ("killed_after", .string(result.step.rawValue)),
                            ("windows", .int(Int64(result.windowCount))),
                            ("swept", .int(Int64(result.sweptBatchCount))),
                            ("source", .int(result.finding.source.rowCount)),
                            ("ledger", .int(result.finding.ledger.rowCount)),
                            ("iceberg", .int(result.finding.lake.rowCount)),
                            ("source_hash", result.finding.source.hashText.map(JSONValue.string) ?? .null),
                            ("ledger_hash", result.finding.ledger.hashText.map(JSONValue.string) ?? .null),
                            ("iceberg_hash", result.finding.lake.hashText.map(JSONValue.string) ?? .null),
                            ("exactly_once", .bool(result.isExact)),
                            ("faults", .array(result.faults.map { .string($0) })),
                        ])
                    })
            )
        ])
    }
}
