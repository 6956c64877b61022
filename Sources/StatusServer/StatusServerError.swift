// Why nobody can be answered over HTTP.

/// A failure of the server itself.
public struct StatusServerError: Error, Sendable {
    public enum Code: String, Sendable {
        /// The address of the metrics server is taken, unknown or forbidden.
        case cannotListen
        /// A key or certificate of the web configuration.
        case unusableTLS
    }

    public let code: Code
    public let message: String
    public let context: [String: String]
    public let underlying: (any Error)?
    public let isRetryable: Bool
    /// The configuration line that helps.
    public let hint: String?

    static func cannotListen(host: String, port: Int, _ error: any Error) -> StatusServerError {
        StatusServerError(
            code: .cannotListen, message: "cannot listen on \(host) port \(port)",
            context: ["host": host, "port": "\(port)"], underlying: error, isRetryable: false,
            hint: "set `metrics: {listen: …}` to an address of this host and a free port; port 0 finds one")
    }

    static func unusableTLS(_ message: String, _ error: any Error) -> StatusServerError {
        StatusServerError(
            code: .unusableTLS, message: message, context: [:], underlying: error, isRetryable: false,
            hint: "compare `openssl x509 -noout -pubkey -in CERT` with `openssl pkey -pubout -in KEY`")
    }
}

extension StatusServerError: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { message }

    public var debugDescription: String {
        "\(code.rawValue): \(message)" + (underlying.map { "\n  cause: \(String(reflecting: $0))" } ?? "")
            + (hint.map { "\n  hint: \($0)" } ?? "")
    }
}
