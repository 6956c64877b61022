/// One request: where, what, and how long it may take.

/// A value; nothing is sent before it is given to an `HTTPClient`.
public struct HTTPRequest: Sendable {
    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
        case head = "HEAD"
    }

    /// A transfer slower than `byteCountPerSecond` for all of `period` is given up as `timedOut`.
    ///
    /// Silence counts as slow: a server that thinks for longer than `period` before its first byte is given
    /// up too.
    public struct LowSpeedLimit: Sendable {
        public var byteCountPerSecond: Int
        /// Whole seconds; a rest is cut off.
        public var period: Duration

        public init(byteCountPerSecond: Int, period: Duration) {
            self.byteCountPerSecond = byteCountPerSecond
            self.period = period
        }
    }

    public var method: Method
    /// Absolute, `http` or `https`, already percent-encoded, without user and password (they belong in a
    /// header).
    public var url: String
    public var headers: HTTPHeaders
    public var body: [UInt8]
    /// What is sent in place of `body`; nil, the default: `body` is.
    public var upload: (any Upload)?
    /// For the whole transfer, from the start of connecting to the last byte; nil means no limit.
    public var timeout: Duration?
    /// nil means no limit.
    public var lowSpeedLimit: LowSpeedLimit?

    public init(
        _ method: Method, _ url: String, headers: HTTPHeaders = [:], body: [UInt8] = [],
        timeout: Duration? = nil, lowSpeedLimit: LowSpeedLimit? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.lowSpeedLimit = lowSpeedLimit
    }

    /// Refuses what could smuggle a second header or request into the wire (RFC 9110 sections 5.1 and 5.5),
    /// and credentials in the URL, which would end up in logs.
    func validate() throws(HTTPError) {
        let isURLByte = { (byte: UInt8) in byte > 0x20 && byte < 0x7F }
        guard url.hasPrefix("http://") || url.hasPrefix("https://"), url.utf8.allSatisfy(isURLByte) else {
            throw HTTPError(.invalidRequest, "the URL is not an absolute, percent-encoded http or https URL")
        }
        guard !authority.contains("@") else {
            throw HTTPError(.invalidRequest, "the URL has a user or password in it; send them in a header")
        }
        for field in headers.fields {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(Self.isTokenByte) else {
                throw HTTPError(.invalidRequest, "a header name has a character that RFC 9110 forbids")
            }
            guard !field.value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else {
                throw HTTPError(.invalidRequest, "the value of header \(field.name) has a control character")
            }
        }
    }

    private var authority: Substring {
        guard let start = url.firstRange(of: "://")?.upperBound else { return "" }
        return url[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default:
            "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

extension HTTPRequest: CustomStringConvertible {
    /// Method and URL up to its query, for queries carry data.
    public var description: String {
        "\(method.rawValue) \(url.prefix { $0 != "?" })"
    }
}

extension HTTPRequest: CustomDebugStringConvertible {
    public var debugDescription: String {
        "\(description) [\(headers)] \(upload?.byteCount ?? Int64(body.count)) bytes"
    }
}
