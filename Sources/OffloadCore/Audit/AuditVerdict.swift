// What three counts of one segment mean: the ledger's, the Iceberg table's, and the source's of now.

public enum AuditVerdict: Sendable, Hashable {
    case ok
    /// Rows that were committed are not in the Iceberg table any more.
    case missing(Int64)
    /// The Iceberg table holds more rows than were committed.
    case surplus(Int64)
    /// Iceberg holds what was committed, but the source has other rows now: late ones, or fewer after a TTL.
    case sourceChanged(by: Int64)
    case undecided(Audit.Obstacle)

    /// Whether rows are missing from the Iceberg table, or there twice.
    public var isFault: Bool {
        switch self {
        case .missing, .surplus: true
        case .ok, .sourceChanged, .undecided: false
        }
    }

    /// The ledger is the judge of what Iceberg must hold: the source may have changed since for good reasons.
    public static func decide(
        source: Int64, ledger: Int64, lake: Int64, obstacle: Audit.Obstacle?
    ) -> AuditVerdict {
        if let obstacle { return .undecided(obstacle) }
        if lake < ledger { return .missing(ledger - lake) }
        if lake > ledger { return .surplus(lake - ledger) }
        return source == ledger ? .ok : .sourceChanged(by: source - ledger)
    }
}
