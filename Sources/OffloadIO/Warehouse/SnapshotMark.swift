// The mark our commits leave in the Iceberg table: a second witness beside the ledger.
import Iceberg
import OffloadCore

/// Written into every snapshot's summary and, because summaries die with `expire_snapshots`, into the table's
/// properties by the same commit.
struct SnapshotMark {
    static let batchKey = "offload.batch-id"
    static let previousKey = "offload.previous-batch-id"
    static let positionKey = "offload.position"
    static let digitsKey = "offload.position-digits"
    static let sequenceKey = "offload.sequence-number"
    static let lowKey = "offload.window-low"
    static let highKey = "offload.window-high"
    static let tokenKey = "offload.token"

    let batch: BatchID
    let previous: BatchID?
    let low: CursorValue?
    let high: CursorValue
    let kind: Cursor.Kind
    /// The sequence number that the table gives the snapshot.
    let sequenceNumber: Int64
    let token: Int64

    var summary: [String: String] {
        var entries = [
            Self.batchKey: batch.text, Self.highKey: String(high.ticks), Self.tokenKey: String(token),
            "engine-name": "iceberg-offload",
        ]
        entries[Self.lowKey] = low.map { String($0.ticks) }
        return entries
    }

    var properties: [String: String] {
        [
            Self.batchKey: batch.text, Self.positionKey: String(high.ticks), Self.digitsKey: Self.text(kind),
            Self.sequenceKey: String(sequenceNumber), Self.previousKey: previous?.text ?? "none",
        ]
    }

    /// The rows that a batch's snapshot added; nil: it is not on `main` (any more).
    static func rowCount(of batch: BatchID, in metadata: TableMetadata) throws -> Int64? {
        try metadata.newestAncestor { $0.summary[batchKey] == batch.text }?.summary["added-records"]
            .flatMap { Int64($0) }
    }

    /// Our windows on `main` as far as their snapshots are not expired, ascending, in the ticks of their time.
    static func windows(in metadata: TableMetadata) throws -> [CommittedWindow] {
        var windows: [CommittedWindow] = []
        _ = try metadata.newestAncestor { snapshot in
            if let window = window(of: snapshot) { windows.append(window) }
            return false
        }
        return windows.reversed()
    }

    private static func window(of snapshot: Snapshot) -> CommittedWindow? {
        guard let batch = snapshot.summary[batchKey], let high = snapshot.summary[highKey].flatMap(ticks)
        else { return nil }
        return CommittedWindow(
            batch: BatchID(batch), low: snapshot.summary[lowKey].flatMap(ticks), high: high,
            rowCount: snapshot.summary["added-records"].flatMap { Int64($0) } ?? 0,
            snapshotID: snapshot.snapshotID)
    }

    /// The batches of all snapshots, on `main` or not.
    static func batches(in metadata: TableMetadata) throws -> Set<BatchID> {
        Set(
            try metadata.snapshotIDs.compactMap {
                try metadata.snapshot(id: $0)?.summary[batchKey].map(BatchID.init)
            })
    }

    /// What has to change in a table's properties for it to name another window of ours as the last one, or none.
    ///
    /// Its sequence number is that of `main`'s head: a head that is older than our last batch would be a rollback.
    static func change(
        of mark: Correction.Mark, to watermark: Watermark, in metadata: TableMetadata
    ) throws -> [String: String?] {
        guard case .set(let previous) = mark, let last = watermark.lastBatch, let cursor = watermark.cursor
        else {
            let keys = [batchKey, positionKey, digitsKey, sequenceKey, previousKey]
            return Dictionary(uniqueKeysWithValues: keys.map { ($0, nil) })
        }
        return SnapshotMark(
            batch: last.id, previous: previous, low: nil, high: last.high, kind: cursor.kind,
            sequenceNumber: try metadata.currentSnapshot?.sequenceNumber ?? 0, token: 0
        ).properties.mapValues { $0 }
    }

    /// What a table says of our newest commit.
    static func read(from metadata: TableMetadata) throws -> LakeMark {
        let properties = metadata.properties
        let batch = properties[batchKey].map(BatchID.init)
        let nearest = try metadata.newestAncestor { $0.summary[batchKey] != nil }
        let mainBatch = nearest?.summary[batchKey].map(BatchID.init)
        let isKnown = try batch.map { id in
            try mainBatch == id
                || metadata.snapshotIDs.contains {
                    try metadata.snapshot(id: $0)?.summary[batchKey].map(BatchID.init) == id
                }
        }
        let sequenceNumber = properties[sequenceKey].flatMap { Int64($0) } ?? 0
        return LakeMark(
            propertyBatch: batch,
            propertyPosition: properties[positionKey].flatMap(ticks),
            propertyKind: properties[digitsKey].flatMap(kind(of:)),
            propertyPreviousBatch: properties[previousKey].flatMap { $0 == "none" ? nil : BatchID($0) },
            mainBatch: mainBatch, isPropertyBatchKnown: isKnown ?? false,
            isMainOlder: try (metadata.currentSnapshot?.sequenceNumber ?? 0) < sequenceNumber)
    }

    private static func ticks(_ text: String) -> CursorValue? {
        Int128(text).map(CursorValue.init(ticks:))
    }

    private static func text(_ kind: Cursor.Kind) -> String {
        switch kind {
        case .integer: "none"
        case .time(let digits): String(digits)
        }
    }

    private static func kind(of text: String) -> Cursor.Kind? {
        text == "none" ? .integer : Int(text).map { .time(digits: $0) }
    }
}
