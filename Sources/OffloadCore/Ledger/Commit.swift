// What comes of trying to commit a batch.

/// Proof that a batch is in the Iceberg table and the watermark beyond it.
public struct CommitReceipt: Sendable, Hashable {
    public let batch: BatchID
    public let snapshotID: Int64
    public let rowCount: Int64
    public let byteCount: Int64
    public let fileCount: Int
    /// The wrapping sum of its rows' hashes; nil: its table is verified by count.
    public let contentHash: UInt64?

    public init(
        batch: BatchID, snapshotID: Int64, rowCount: Int64, byteCount: Int64, fileCount: Int,
        contentHash: UInt64? = nil
    ) {
        self.batch = batch
        self.snapshotID = snapshotID
        self.rowCount = rowCount
        self.byteCount = byteCount
        self.fileCount = fileCount
        self.contentHash = contentHash
    }
}

/// The three outcomes of a commit.
public enum CommitOutcome: Sendable {
    case committed(CommitReceipt)
    /// It certainly did not happen: the lease is gone, the watermark moved, or the transaction failed.
    case refused(OffloadError)
    /// The connection was lost while PostgreSQL was committing: only the ledger knows.
    case unknown(OffloadError)
}

/// Where the files of a batch are: all that has to be removed when it is never committed.
public struct BatchTrace: Sendable, Hashable {
    public let id: BatchID
    /// The folder of the table's metadata files, of which the batch's own carry its name.
    public let metadataFolder: String
    public let dataFiles: [String]

    public init(id: BatchID, metadataFolder: String, dataFiles: [String]) {
        self.id = id
        self.metadataFolder = metadataFolder
        self.dataFiles = dataFiles
    }
}

/// A batch that is about to be staged: written down before the first byte, so that a crash leaves no unknown file.
public struct BatchIntent: Sendable {
    public let trace: BatchTrace
    public let window: Window

    init(trace: BatchTrace, window: Window) {
        self.trace = trace
        self.window = window
    }
}
