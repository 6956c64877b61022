/// What can go wrong between us and a PostgreSQL server.

/// One failure, sorted by what the caller can do about it.
///
/// `description` has the server's primary message but no row data; `debugDescription` adds DETAIL and the rest.
public struct PostgresError: Error {
    public enum Code: String, Sendable, CaseIterable {
        /// The URL cannot be used; nothing was sent.
        case invalidConfiguration
        /// No server answered, or the one that did would not take a connection now.
        case connectionFailed
        case authenticationFailed
        case tooManyConnections
        /// The connection ended under a statement; an open transaction is rolled back by the server.
        case connectionLost
        /// No answer within the client's own limit; the connection is closed.
        case timedOut
        /// COMMIT was sent and its answer never came: the transaction may be applied or not. Never repeat it; ask.
        case commitOutcomeUnknown
        /// COMMIT was answered with ROLLBACK, or a statement followed one that had failed.
        case transactionAborted
        case uniqueViolation
        case lockNotAvailable
        case serializationFailure
        case deadlockDetected
        /// The server cancelled the statement: its `statement_timeout`, or an operator's `pg_cancel_backend`.
        case queryCanceled
        /// A table is not there, or a column of it.
        case undefinedTable
        case insufficientPrivilege
        /// The server takes no writes: a standby, or a primary that was demoted.
        case readOnly
        case diskFull
        /// A parameter or a column is not what the code expects.
        case invalidValue
        case other
    }

    public let code: Code
    /// PostgreSQL's five characters; nil when the failure is not the server's word.
    public let sqlState: String?
    public let message: String
    /// More to know, by name; may hold row data, and so shows in `debugDescription` alone.
    public let context: [String: String]
    public let underlying: (any Error)?

    init(
        _ code: Code, _ message: String, sqlState: String? = nil, context: [String: String] = [:],
        underlying: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.context = context
        self.underlying = underlying
    }

    /// Whether the same transaction, run again from its beginning, may succeed without anyone's help.
    public var isRetryable: Bool {
        switch code {
        case .connectionFailed, .connectionLost, .timedOut, .tooManyConnections, .lockNotAvailable,
            .serializationFailure, .deadlockDetected, .queryCanceled, .readOnly:
            true
        case .invalidConfiguration, .authenticationFailed, .commitOutcomeUnknown, .transactionAborted,
            .uniqueViolation,
            .undefinedTable, .insufficientPrivilege, .diskFull, .invalidValue, .other:
            false
        }
    }

    /// What to do next, for the operator; nil when there is nothing to say.
    public var hint: String? {
        switch code {
        case .invalidConfiguration:
            "write postgres.url as postgresql://user@host:port/database, without a password"
        case .connectionFailed: "check that the server runs and listens: pg_isready -h HOST -p PORT"
        case .authenticationFailed: "check the user, the password file and the server's pg_hba.conf"
        case .tooManyConnections: "raise max_connections, or the CONNECTION LIMIT of the role or the database"
        case .commitOutcomeUnknown:
            "look up on a new connection whether the transaction was applied; do not repeat it"
        case .lockNotAvailable: "see who holds the lock: SELECT * FROM pg_stat_activity WHERE state <> 'idle'"
        case .queryCanceled: "see the server's log for the statement; statement_timeout may be too short"
        case .undefinedTable: "run the migrations, and check which database the URL names"
        case .insufficientPrivilege: "grant the role what it lacks"
        case .readOnly: "name the primary in the URL, or all servers of the cluster: host1,host2"
        case .diskFull: "free space on the server's disk"
        case .connectionLost, .timedOut, .transactionAborted, .uniqueViolation, .serializationFailure,
            .deadlockDetected, .invalidValue, .other:
            nil
        }
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String {
        "PostgreSQL: \(message) (\([code.rawValue, sqlState].compactMap(\.self).joined(separator: ", ")))"
    }

    public var debugDescription: String {
        let pairs = context.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        let cause = underlying.map { ["caused by: \(String(reflecting: $0))"] } ?? []
        return ([description] + pairs + cause).joined(separator: "; ")
    }
}

extension PostgresError.Code {
    /// The code of a server's SQLSTATE (PostgreSQL documentation, appendix A).
    init(sqlState: String) {
        switch sqlState {
        case "23505": self = .uniqueViolation
        case "25006": self = .readOnly
        case "25P02": self = .transactionAborted
        case "40001": self = .serializationFailure
        case "40P01": self = .deadlockDetected
        case "42501": self = .insufficientPrivilege
        case "42P01", "42703": self = .undefinedTable
        case "53100": self = .diskFull
        case "53300": self = .tooManyConnections
        case "55P03": self = .lockNotAvailable
        case "57014": self = .queryCanceled
        // The server goes down, was crashed by another backend, starts up, or ended an idle session: it hangs up.
        case "57P01", "57P02", "57P03", "57P05", "25P03": self = .connectionLost
        case _ where sqlState.hasPrefix("08"): self = .connectionLost
        case _ where sqlState.hasPrefix("22"): self = .invalidValue
        case _ where sqlState.hasPrefix("28"): self = .authenticationFailed
        default: self = .other
        }
    }
}
