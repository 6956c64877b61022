// What the facts of one segment mean: the ledger's, the Iceberg table's, and the source's of now.

public enum AuditVerdict: Sendable, Hashable {
    case ok
    /// Rows that were committed are not in the Iceberg table any more.
    case missing(Int64)
    /// The Iceberg table holds more rows than were committed.
    case surplus(Int64)
    /// The Iceberg table holds as many rows as were committed, but others.
    case altered
    /// A data file that the table refers to is gone, or cannot be decoded; says which and why.
    case unreadable(String)
    /// Iceberg holds what was committed, but the source has other rows now: late ones, fewer after a TTL, or as many
    /// with other values.
    case sourceChanged(by: Int64)
    case undecided(Audit.Obstacle)

    /// Whether the Iceberg table does not hold what was committed, each row once.
    public var isFault: Bool {
        switch self {
        case .missing, .surplus, .altered, .unreadable: true
        case .ok, .sourceChanged, .undecided: false
        }
    }

    /// The ledger is the judge of what Iceberg must hold: the source may have changed since for good reasons. Hashes are
    /// compared as far as they are known.
    public static func decide(
        source: RowDigest, ledger: RowDigest, lake: RowDigest, obstacle: Audit.Obstacle?
    ) -> AuditVerdict {
        if let obstacle { return .undecided(obstacle) }
        if lake.rowCount < ledger.rowCount { return .missing(ledger.rowCount - lake.rowCount) }
        if lake.rowCount > ledger.rowCount { return .surplus(lake.rowCount - ledger.rowCount) }
        if lake.differs(from: ledger) { return .altered }
        return source.rowCount == ledger.rowCount && !source.differs(from: ledger)
            ? .ok : .sourceChanged(by: source.rowCount - ledger.rowCount)
    }
}

extension RowDigest {
    fileprivate func differs(from other: RowDigest) -> Bool {
        guard let contentHash, let otherHash = other.contentHash else { return false }
        return contentHash != otherHash
    }
}
