// How a turn at one table went.

/// The outcome of a `TableRun`.
public struct TableReport: Sendable {
    public enum Result: Sendable {
        /// Everything that had settled is in Iceberg, be it nothing.
        case success
        /// Another process is at the table.
        case busy(holder: String)
        case failed(OffloadError)
    }

    /// What was committed.
    public struct Tally: Sendable, Hashable {
        public private(set) var windowCount = 0
        public private(set) var rowCount: Int64 = 0
        public private(set) var byteCount: Int64 = 0

        mutating func add(_ receipt: CommitReceipt) {
            windowCount += 1
            rowCount += receipt.rowCount
            byteCount += receipt.byteCount
        }
    }

    public let table: String
    public let layer: TableDefinition.Layer
    public let result: Result
    public let tally: Tally
    public let duration: Duration

    public var error: OffloadError? {
        if case .failed(let error) = result { return error }
        return nil
    }

    var turnResult: TurnResult {
        switch result {
        case .success, .busy: return .success(rowCount: tally.rowCount, seconds: duration.inSeconds)
        case .failed(let error):
            return .failure(
                message: error.message, rowCount: tally.rowCount, seconds: duration.inSeconds)
        }
    }
}
