// What `validate` found, for people line by line and for programs as a whole.
import Iceberg
import OffloadCore

struct ValidationReport {
    /// One segment and what its counts mean.
    struct Line {
        let low: String
        let high: String
        let source: Int64
        let ledger: Int64
        let lake: Int64
        let windowCount: Int
        let verdict: AuditVerdict
    }

    private let table: SourceTable
    private let outsideRowCount: Int64
    private(set) var lines: [Line] = []

    init(table: SourceTable, outsideRowCount: Int64) {
        self.table = table
        self.outsideRowCount = outsideRowCount
    }

    var hasFault: Bool { lines.contains { $0.verdict.isFault } }

    mutating func add(
        _ segment: AuditSegment, sourceRowCount: Int64, obstacle: Audit.Obstacle?
    ) -> Line {
        let ledger = segment.ledgerRowCount
        let line = Line(
            low: segment.windows.first?.low.map(table.cursor.text) ?? "beginning",
            high: segment.windows.last.map { table.cursor.text($0.high) } ?? "",
            source: sourceRowCount, ledger: ledger, lake: segment.lakeRowCount,
            windowCount: segment.windows.count,
            verdict: .decide(
                source: sourceRowCount, ledger: ledger, lake: segment.lakeRowCount, obstacle: obstacle))
        lines.append(line)
        return line
    }

    /// `k2.trades: 12 windows, 1,234 rows in Iceberg: all there`
    var summary: String {
        let windowCount = lines.reduce(0) { $0 + $1.windowCount }
        guard windowCount > 0 else { return "\(table.name): no committed window to compare\n" }
        let rowCount = lines.reduce(0) { $0 + $1.lake }
        var text = "\(table.name): \(windowCount.counted("window")), \(rowCount.counted("row")) in Iceberg: "
        let parts = [
            ("missing", missingRowCount), ("surplus", surplusRowCount),
        ].filter { $0.1 > 0 }.map { "\($0.1.grouped) \($0.0)" }
        let undecidedCount = lines.count { if case .undecided = $0.verdict { true } else { false } }
        if undecidedCount > 0 {
            text += "cannot be decided by counts"
        } else {
            text += parts.isEmpty ? "all there" : parts.joined(separator: ", ")
        }
        if outsideRowCount > 0 {
            text += "; \(outsideRowCount.counted("row")) of other writers outside the windows"
        }
        return text + "\n"
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
        lines.reduce(0) { if case .missing(let count) = $1.verdict { $0 + count } else { $0 } }
    }

    private var surplusRowCount: Int64 {
        lines.reduce(0) { if case .surplus(let count) = $1.verdict { $0 + count } else { $0 } }
    }
}

extension ValidationReport.Line {
    /// `✓ (2026-01-01 00:00:00, 2026-01-01 00:15:00] 1,234 rows`
    var text: String {
        let place = "(\(low), \(high)]" + (windowCount > 1 ? " in \(windowCount.counted("window"))" : "")
        let counts = "source \(source.grouped), ledger \(ledger.grouped), Iceberg \(lake.grouped)"
        return switch verdict {
        case .ok: "✓ \(place) \(lake.counted("row"))\n"
        case .missing(let count): "✗ \(place) missing \(count.grouped): \(counts)\n"
        case .surplus(let count): "✗ \(place) surplus \(count.grouped): \(counts)\n"
        case .sourceChanged: "! \(place) source changed: \(counts)\n"
        case .undecided(let obstacle): "! \(place) cannot be decided by counts: \(obstacle.text)\n"
        }
    }

    var json: JSONValue {
        let name: String =
            switch verdict {
            case .ok: "ok"
            case .missing: "missing"
            case .surplus: "surplus"
            case .sourceChanged: "source_changed"
            case .undecided: "undecided"
            }
        return [
            "after": .string(low), "through": .string(high), "windows": .int(Int64(windowCount)),
            "source": .int(source), "ledger": .int(ledger), "iceberg": .int(lake), "verdict": .string(name),
        ]
    }
}

extension Audit.Obstacle {
    fileprivate var text: String {
        switch self {
        case .deleteFiles: "the table has delete files"
        case .fileWithoutBounds: "a file of another writer does not say which cursors it holds"
        }
    }
}
