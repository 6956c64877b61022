// One segment of `validate`, as a line of text and as JSON.
import Iceberg
import OffloadCore

extension ValidationReport.Line {
    /// Whether Iceberg's content, and not only its count, is what was committed.
    var isProven: Bool { finding.lake.contentHash != nil && !finding.verdict.isFault }

    /// `✓ (2026-01-01 00:00:00, 2026-01-01 00:15:00] 1,234 rows, hash 0f…, snapshot 17: exactly once`
    var text: String {
        let place = "(\(low), \(high)]" + (windows.count > 1 ? " in \(windows.count.counted("window"))" : "")
        let counts =
            "source \(finding.source.shortText), ledger \(finding.ledger.shortText),"
            + " Iceberg \(finding.lake.shortText)"
        return switch finding.verdict {
        case .ok: "✓ \(place) \(finding.lake.rowCount.counted("row"))\(proof)\n"
        case .missing(let count): "✗ \(place) missing \(count.grouped): \(counts)\(origin)\n"
        case .surplus(let count): "✗ \(place) surplus \(count.grouped): \(counts)\(origin)\n"
        case .altered: "✗ \(place) other content: \(counts)\(origin)\n"
        case .unreadable(let reason): "✗ \(place) unreadable: \(reason)\(origin)\n"
        case .sourceChanged: "! \(place) source changed: \(counts)\(origin)\n"
        case .undecided(let obstacle): "! \(place) cannot be decided by counts: \(obstacle.text)\n"
        }
    }

    private var proof: String {
        guard hasHashes else { return "" }
        guard let hash = finding.lake.hashText else {
            return "\(origin): content not compared, it has no hash"
        }
        return ", hash \(hash)\(origin): exactly once"
    }

    private var origin: String {
        let ids = windows.compactMap(\.snapshotID)
        guard hasHashes, let first = ids.first else { return "" }
        return ids.count == 1 ? ", snapshot \(first)" : ", \(ids.count.counted("snapshot"))"
    }

    var json: JSONValue {
        let name: String =
            switch finding.verdict {
            case .ok: "ok"
            case .missing: "missing"
            case .surplus: "surplus"
            case .altered: "altered"
            case .unreadable: "unreadable"
            case .sourceChanged: "source_changed"
            case .undecided: "undecided"
            }
        var members: [(String, JSONValue)] = [
            ("after", .string(low)), ("through", .string(high)), ("windows", .int(Int64(windows.count))),
            ("source", .int(finding.source.rowCount)), ("ledger", .int(finding.ledger.rowCount)),
            ("iceberg", .int(finding.lake.rowCount)), ("verdict", .string(name)),
        ]
        if hasHashes {
            members += [
                ("source_hash", finding.source.hashText.map(JSONValue.string) ?? .null),
                ("ledger_hash", finding.ledger.hashText.map(JSONValue.string) ?? .null),
                ("iceberg_hash", finding.lake.hashText.map(JSONValue.string) ?? .null),
                ("snapshots", .array(windows.compactMap(\.snapshotID).map { .int($0) })),
            ]
        }
        return .object(members)
    }
}

extension RowDigest {
    /// Sixteen digits.
    var hashText: String? {
        contentHash.map { hash in
            let digits = String(hash, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
    }

    /// `1,234 (0f…)`
    var shortText: String { rowCount.grouped + (hashText.map { " (\($0))" } ?? "") }
}

extension Audit.Obstacle {
    fileprivate var text: String {
        switch self {
        case .deleteFiles: "the table has delete files"
        case .fileWithoutBounds: "a file of another writer does not say which cursors it holds"
        }
    }
}
