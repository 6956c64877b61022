/// What came back: the head first, then how much body, and whether the server ended it on purpose.

/// Status and header fields, known before the first byte of the body.
public struct HTTPResponseHead: Sendable, Equatable {
    public let status: Int
    public let headers: HTTPHeaders

    public init(status: Int, headers: HTTPHeaders) {
        self.status = status
        self.headers = headers
    }

    public var isSuccess: Bool { (200..<300).contains(status) }
}

/// A response that was received to its end; one that was cut off is an `HTTPError` of code `truncatedBody`.
public struct HTTPResponse: Sendable {
    public let head: HTTPResponseHead
    /// The whole body when it was asked for in memory; else the first 64 KiB of a body whose status is not
    /// 2xx.
    public let body: [UInt8]
    /// All bytes of the body, wherever they went.
    public let byteCount: Int

    public var status: Int { head.status }
    public var headers: HTTPHeaders { head.headers }

    /// True when the server said where its body ends (chunked coding or Content-Length, RFC 9112 section
    /// 6.3).
    ///
    /// False when the body just lasted until the connection closed: then nobody can tell a whole one from a
    /// cut one.
    public var isComplete: Bool {
        let codings = headers.all("Transfer-Encoding").joined(separator: ",").lowercased()
        return codings.contains("chunked") || headers["Content-Length"] != nil || status == 204
            || status == 304
    }

    /// The body as text, with wrong UTF-8 repaired; for messages to people.
    public var text: String { String(decoding: body, as: UTF8.self) }
}
