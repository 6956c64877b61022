// What `validate` found, for people line by line and for programs as a whole.
import Iceberg
import OffloadCore

struct ValidationReport {
    /// One segment and what was found of it.
    struct Line {
        let low: String
        let high: String
        let windows: [CommittedWindow]
        let finding: SegmentCheck.Finding
        let hasHashes: Bool
    }

    private let table: SourceTable
    private let outsideRowCount: Int64
    private let hasHashes: Bool
    private(set) var lines: [Line] = []

    /// - Parameter hasHashes: whether content was to be compared, not only counts.
    init(table: SourceTable, outsideRowCount: Int64, hasHashes: Bool) {
        self.table = table
        self.outsideRowCount = outsideRowCount
        self.hasHashes = hasHashes
    }

    var hasFault: Bool { lines.contains { $0.finding.verdict.isFault } }

    mutating func add(_ segment: AuditSegment, _ finding: SegmentCheck.Finding) -> Line {
        let line = Line(
            low: segment.windows.first?.window.low.map(table.cursor.text) ?? "beginning",
            high: segment.windows.last.map { table.cursor.text($0.window.high) } ?? "",
            windows: segment.windows, finding: finding, hasHashes: hasHashes)
        lines.append(line)
        return line
    }

    /// `k2.trades: 12 windows, 1,234 rows in Iceberg: all there`
    var summary: String {
        let windowCount = lines.reduce(0) { $0 + $1.windows.count }
        guard windowCount > 0 else { return "\(table.name): no committed window to compare\n" }
        let rowCount = lines.reduce(0) { $0 + $1.finding.lake.rowCount }
        var text = "\(table.name): \(windowCount.counted("window")), \(rowCount.counted("row")) in Iceberg: "
        let undecidedCount = lines.count {
            if case .undecided = $0.finding.verdict { true } else { false }
        }
        text += undecidedCount > 0 ? "cannot be decided by counts" : faults ?? verdict
        if outsideRowCount > 0 {
            text += "; \(outsideRowCount.counted("row")) of other writers outside the windows"
        }
        return text + "\n"
    }

    /// Nil: there are none.
    private var faults: String? {
        var parts = [("missing", missingRowCount), ("surplus", surplusRowCount)]
            .filter { $0.1 > 0 }.map { "\($0.1.grouped) \($0.0)" }
        let others = lines.count {
            switch $0.finding.verdict {
            case .altered, .unreadable: true
            default: false
            }
        }
        if others > 0 { parts.append("\(others.counted("place")) altered or unreadable") }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private var verdict: String {
        guard hasHashes else { return "all there" }
        let proven = lines.filter(\.isProven).reduce(0) { $0 + $1.windows.count }
        return "all there, \(proven.counted("window")) proven by content"
    }

    var json: JSONValue {
        [
            "table": .string(table.name), "target": .string(table.definition.target),
            "status": .string(hasFault ? "fault" : "ok"), "missing": .int(missingRowCount),
            "surplus": .int(surplusRowCount), "outside_rows": .int(outsideRowCount),
            "segments": .array(lines.map(\.json)),
        ]
    }

    private var missingRowCount: Int64 {
        lines.reduce(0) { if case .missing(let count) = $1.finding.verdict { $0 + count } else { $0 } }
    }

    private var surplusRowCount: Int64 {
        lines.reduce(0) { if case .surplus(let count) = $1.finding.verdict { $0 + count } else { $0 } }
    }
}
