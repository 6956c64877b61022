// Where a table stands: what the ledger says of it, and what the source has beyond that.

/// One table as `status`, `health` and the gauges see it.
public struct TableStatus: Sendable, Hashable {
    public let table: String
    public let layer: TableDefinition.Layer
    public let target: String
    /// How long its rows may arrive late.
    public let settle: Duration
    /// `initialized`, `running`, `success` or `failed`; nil: the table never had a turn.
    public let state: String?
    /// The watermark as the cursor's text; nil: nothing offloaded yet.
    public let watermark: String?
    /// The watermark's instant, microseconds since 1970; nil for an integer cursor or without a watermark.
    public let watermarkMicroseconds: Int64?
    public let lastSuccessMicroseconds: Int64?
    /// Failed turns in a row.
    public let failureCount: Int64
    public let lastError: String?
    /// Rows of the last turn.
    public let lastRowCount: Int64
    public let lastDurationSeconds: Int64?
    /// Rows behind the watermark, settled or not; nil: the source did not answer, or was not asked.
    public let pendingRowCount: Int64?
    /// The instant of the newest row of these, microseconds since 1970; nil if there is none, or for an integer cursor.
    public let newestMicroseconds: Int64?
    /// The instant of the oldest row of these, likewise.
    public let oldestPendingMicroseconds: Int64?
    /// When a TTL of the source deletes that oldest row, microseconds since 1970; nil: never, or nobody knows.
    public let pendingExpiryMicroseconds: Int64?
    /// The process that holds the table's lease, as `host:pid`; nil: nobody is at the table.
    public let holder: String?

    public init(
        table: String, layer: TableDefinition.Layer, target: String, settle: Duration, state: String?,
        watermark: String?, watermarkMicroseconds: Int64?, lastSuccessMicroseconds: Int64?,
        failureCount: Int64,
        lastError: String?,
        lastRowCount: Int64, lastDurationSeconds: Int64?, pendingRowCount: Int64?, newestMicroseconds: Int64?,
        oldestPendingMicroseconds: Int64?, pendingExpiryMicroseconds: Int64?, holder: String? = nil
    ) {
        self.table = table
        self.layer = layer
        self.target = target
        self.settle = settle
        self.state = state
        self.watermark = watermark
        self.watermarkMicroseconds = watermarkMicroseconds
        self.lastSuccessMicroseconds = lastSuccessMicroseconds
        self.failureCount = failureCount
        self.lastError = lastError
        self.lastRowCount = lastRowCount
        self.lastDurationSeconds = lastDurationSeconds
        self.pendingRowCount = pendingRowCount
        self.newestMicroseconds = newestMicroseconds
        self.oldestPendingMicroseconds = oldestPendingMicroseconds
        self.pendingExpiryMicroseconds = pendingExpiryMicroseconds
        self.holder = holder
    }

    /// How far Iceberg is behind, in seconds: for how long the oldest row that is not offloaded has been due, which it
    /// is once it has settled; 0 when none is due, nil while nobody knows.
    public func lagSeconds(atMicroseconds now: Int64) -> Double? {
        guard let pendingRowCount else { return nil }
        guard pendingRowCount > 0, let oldest = oldestPendingMicroseconds else { return 0 }
        return max(0, Double(now - oldest) / 1e6 - settle.inSeconds)
    }
}

/// A finished cycle as the ledger keeps it.
public struct CycleRecord: Sendable, Hashable {
    public let startedAtMicroseconds: Int64
    public let seconds: Double
    public let status: CycleReport.Status
    public let holder: String
    public let tableCount: Int64
    public let failedCount: Int64
    public let rowCount: Int64

    public init(
        startedAtMicroseconds: Int64, seconds: Double, status: CycleReport.Status, holder: String,
        tableCount: Int64,
        failedCount: Int64, rowCount: Int64
    ) {
        self.startedAtMicroseconds = startedAtMicroseconds
        self.seconds = seconds
        self.status = status
        self.holder = holder
        self.tableCount = tableCount
        self.failedCount = failedCount
        self.rowCount = rowCount
    }
}
