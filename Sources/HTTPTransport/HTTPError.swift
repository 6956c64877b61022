/// Why a request had no whole response.

/// An HTTP status is never an error here: a response with status 500 that arrived whole is a response.
public struct HTTPError: Error, Sendable {
    public enum Code: String, Sendable {
        /// Nothing was sent: the URL or a header is not allowed.
        case invalidRequest
        case nameNotResolved
        /// No connection: refused, unreachable, or reset while connecting.
        case connectionRefused
        /// The connection broke before a response head came.
        case connectionLost
        /// `timeout`, the connect timeout or `lowSpeedLimit` passed.
        case timedOut
        /// The head came, the end of the body did not.
        case truncatedBody
        /// No trust in the server's certificate, or no common TLS version.
        case tls
        /// The task was cancelled.
        case cancelled
        /// The sink threw; its error is `underlying`.
        case sinkFailed
        /// The upload threw; its error is `underlying`.
        case uploadFailed
        /// Body or head are beyond the limit.
        case tooLarge
        /// What came is not HTTP, or libcurl failed in a way that has no code of its own.
        case protocolViolation
    }

    public let code: Code
    public let message: String
    public var context: [String: String]
    public let underlying: (any Error)?

    public init(
        _ code: Code, _ message: String, context: [String: String] = [:], underlying: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.context = context
        self.underlying = underlying
    }

    /// True when the same request may succeed later with nothing changed here.
    public var isRetryable: Bool {
        switch code {
        case .nameNotResolved, .connectionRefused, .connectionLost, .timedOut, .truncatedBody: true
        case .invalidRequest, .tls, .cancelled, .sinkFailed, .uploadFailed, .tooLarge, .protocolViolation:
            false
        }
    }

    /// What to try next; nil when the message says all there is.
    public var hint: String? {
        switch code {
        case .nameNotResolved: "check the host in the URL and this machine's resolver"
        case .connectionRefused: "check that the server runs and that host and port in the URL are right"
        case .tls: "check the server's certificate, its host name, and the configured CA file"
        case .timedOut: "check the server's load, or allow a longer timeout"
        default: nil
        }
    }
}

extension HTTPError: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { "HTTP: \(code.rawValue): \(message)" }

    public var debugDescription: String {
        let pairs = context.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let cause = underlying.map { ["underlying=\(String(reflecting: $0))"] } ?? []
        return ([description] + pairs + cause).joined(separator: " ")
    }
}
