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
            propertyPosition: properties[positionKey].flatMap { Int128($0) }.map(CursorValue.init(ticks:)),
            propertyKind: properties[digitsKey].flatMap(kind(of:)),
            propertyPreviousBatch: properties[previousKey].flatMap { $0 == "none" ? nil : BatchID($0) },
            mainBatch: mainBatch, isPropertyBatchKnown: isKnown ?? false,
            isMainOlder: try (metadata.currentSnapshot?.sequenceNumber ?? 0) < sequenceNumber)
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
