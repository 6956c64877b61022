/// What the server tells of itself, and of a result that it streamed.
import HTTPTransport

public struct ServerInfo: Sendable, Equatable {
    /// As in `SELECT version()`: `26.9.1.1`.
    public let version: String
    public let timeZone: String
    /// The server's clock, in microseconds since 1970-01-01 UTC.
    public let microsecondsSinceEpoch: Int64
}

/// A result that arrived whole.
public struct StreamSummary: Sendable {
    public let byteCount: Int
    public let queryID: String
    public let headers: HTTPHeaders
}
