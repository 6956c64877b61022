// What an Iceberg table itself proves of our windows, whatever the ledger says.

/// One Iceberg table at one moment, seen as a witness.
public struct LakeEvidence: Sendable {
    public let table: LakeTable
    /// The metadata file that all of this was read from.
    public let metadataLocation: String
    /// Our windows on `main` as their snapshots' summaries tell them, ascending; those whose snapshots are expired are
    /// missing.
    public let windows: [CommittedWindow]
    /// Batches whose snapshots are still there, on `main` or not.
    public let knownBatches: Set<BatchID>
    /// The data files of `main`.
    public let files: [LiveFile]
    /// Whether rows of these files may have been deleted since.
    public let hasDeletes: Bool

    public init(
        table: LakeTable, metadataLocation: String, windows: [CommittedWindow], knownBatches: Set<BatchID>,
        files: [LiveFile], hasDeletes: Bool
    ) {
        self.table = table
        self.metadataLocation = metadataLocation
        self.windows = windows
        self.knownBatches = knownBatches
        self.files = files
        self.hasDeletes = hasDeletes
    }

    var rowCount: Int64 { files.reduce(0) { $0 + $1.rowCount } }

    /// The highest cursor that a row of any file may have; nil: there is no row, or a file does not say.
    var highest: CursorValue? {
        let ends = files.filter { $0.rowCount > 0 }.map { $0.bounds?.upperBound }
        return ends.contains(nil) ? nil : ends.compactMap { $0 }.max()
    }

    /// These windows, which the ledger is to know, beside what the table holds.
    func audit(_ windows: [CommittedWindow]) -> Audit {
        var audit = Audit(windows)
        for file in files { audit.add(file) }
        if hasDeletes { audit.addDeletes() }
        return audit
    }
}
