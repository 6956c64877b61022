/// Why a query has no whole result, in the server's words where it gave any.
import HTTPTransport

public struct ClickHouseError: Error, Sendable {
    public enum Code: String, Sendable {
        case authentication
        case accessDenied
        /// The user may not change settings (`readonly=1`, or a constraint of its profile).
        case settingsAreReadOnly
        case unknownTable
        case unknownColumn
        case unknownSetting
        case syntax
        /// A type that does not fit, or a value that does not fit its type.
        case typeMismatch
        case memoryLimit
        /// A limit of rows, bytes or quota.
        case limitExceeded
        case timeout
        case tooManyQueries
        /// The query id is one that still runs.
        case queryIDInUse
        /// Somebody killed the query.
        case killed
        /// The server has a passing trouble: Keeper, another node, a table in read-only mode.
        case unavailable
        /// No connection, or it broke before a response came.
        case network
        /// The result was cut off, and the server did not say why.
        case truncated
        case cancelled
        /// The receiver of the result failed; `underlying` says how.
        case receiverFailed
        /// The file that goes with the query could not be read; `underlying` says how.
        case senderFailed
        /// The server sent what its own formats do not allow, or text that is not UTF-8.
        case malformedResponse
        /// A type's or table's name cannot be read.
        case malformedText
        /// Any other exception of the server.
        case server
    }

    public let code: Code
    /// Number and name as in `system.errors`; nil when it is not the server that failed.
    public let serverCode: Int?
    public let serverName: String?
    /// May quote the query and its data: for people at a terminal, not for a log.
    public let message: String
    public var context: [String: String]
    public let underlying: (any Error)?

    public init(
        _ code: Code, _ message: String, serverCode: Int? = nil, serverName: String? = nil,
        context: [String: String] = [:], underlying: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.serverCode = serverCode
        self.serverName = serverName
        self.context = context
        self.underlying = underlying
    }

    /// True when the same query may succeed later with nothing changed here.
    public var isRetryable: Bool {
        switch code {
        case .memoryLimit, .timeout, .tooManyQueries, .queryIDInUse, .unavailable, .network, .truncated: true
        default: false
        }
    }

    /// What to do next; nil when the message says all there is.
    public var hint: String? {
        switch code {
        case .authentication: "check user and password file of the clickhouse section"
        case .accessDenied: "grant the user what the message names"
        case .settingsAreReadOnly:
            "set readonly=2 in the user's profile, or give the profile the settings that the message names"
        case .unknownTable, .unknownColumn: "compare the configuration with SHOW CREATE TABLE"
        case .memoryLimit: "move fewer rows at a time, or raise max_memory_usage for the user"
        case .timeout: "move fewer rows at a time, or allow a longer timeout"
        case .tooManyQueries: "run fewer tables in parallel, or raise max_concurrent_queries_for_user"
        case .network: "check that the server runs and that the URL of the clickhouse section is right"
        default: (underlying as? HTTPError)?.hint
        }
    }
}

extension ClickHouseError: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String {
        let server = serverCode.map { " (server code \($0)\(serverName.map { " \($0)" } ?? ""))" } ?? ""
        return "ClickHouse: \(code.rawValue)\(server)"
    }

    public var debugDescription: String {
        let pairs = context.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let cause = underlying.map { ["underlying=\(String(reflecting: $0))"] } ?? []
        return (["\(description): \(message)"] + pairs + cause).joined(separator: " ")
    }
}

extension ClickHouseError {
    /// What the transport says, when the server said nothing.
    init(_ error: HTTPError) {
        let code: Code =
            switch error.code {
            case .nameNotResolved, .connectionRefused, .connectionLost, .tls: .network
            case .timedOut: .timeout
            case .truncatedBody: .truncated
            case .cancelled: .cancelled
            case .sinkFailed: .receiverFailed
            case .uploadFailed: .senderFailed
            case .tooLarge: .limitExceeded
            case .invalidRequest, .protocolViolation: .malformedResponse
            }
        // What the receiver threw takes the place of the error that carried it here.
        self.init(
            code, error.message, context: error.underlying == nil ? [:] : error.context,
            underlying: error.underlying ?? error)
    }
}
