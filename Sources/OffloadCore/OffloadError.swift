// The one error of the flow: what happened, to which table, what was not lost, and what to type next.

/// A failure that a user may meet.
public struct OffloadError: Error, Sendable {
    public enum Code: String, Sendable, CaseIterable {
        case sourceTableMissing
        case sourceColumnMissing
        case sourceUnavailable
        case sourceRefused
        case sourceIncomplete
        case typeUnmapped
        case invalidText
        case cursorUnfit
        case clockBehind
        case watermarkAhead
        case countMismatch
        case contentMismatch
        case partitionMismatch
        case lakeTableMissing
        case lakeTableReplaced
        case lakeTableRolledBack
        case schemaMismatch
        case lakeUnavailable
        case diskFull
        case ledgerUnavailable
        case ledgerDisagrees
        case notMigrated
        case leaseLost
        case commitConflict
        case commitUnknown
        case timedOut
        case cancelled
        case internalFault
    }

    public let code: Code
    /// One sentence without data or secrets.
    public let message: String
    /// The table it happened to, as `database.table`; nil: no single table.
    public var table: String?
    /// Facts for whoever looks closer, shown by `debugDescription` and in structured logs.
    public var context: [String: String]
    public var underlying: (any Error)?
    /// Whether the same step may succeed when it is simply done again.
    public let isRetryable: Bool
    /// The command or the configuration line that helps.
    public let hint: String?

    public init(
        _ code: Code, _ message: String, table: String? = nil, context: [String: String] = [:],
        underlying: (any Error)? = nil, isRetryable: Bool = false, hint: String? = nil
    ) {
        self.code = code
        self.message = message
        self.table = table
        self.context = context
        self.underlying = underlying
        self.isRetryable = isRetryable
        self.hint = hint
    }

    /// Any error as one of ours: kept if it is one already.
    public static func wrapping(_ error: any Error, table: String) -> OffloadError {
        if var known = error as? OffloadError {
            known.table = known.table ?? table
            return known
        }
        if error is CancellationError {
            return OffloadError(
                .cancelled, "stopped before the window was committed", table: table, underlying: error,
                isRetryable: true)
        }
        return OffloadError(
            .internalFault, String(describing: error), table: table, underlying: error,
            hint: "run `iceberg-offload doctor`; if all is well there, report this with the log of the cycle")
    }
}

extension OffloadError: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String {
        (table.map { "\($0): " } ?? "") + message
    }

    public var debugDescription: String {
        var text = "\(code.rawValue): \(description)"
        for (key, value) in context.sorted(by: { $0.key < $1.key }) { text += "\n  \(key): \(value)" }
        if let underlying { text += "\n  cause: \(String(reflecting: underlying))" }
        if let hint { text += "\n  hint: \(hint)" }
        return text
    }
}
