/// Sends requests over a few kept connections, one thread each.
import BlockingIO
import CCurl

/// HTTP/1.1 over libcurl: no redirects, no compression, no proxy, certificates verified, TLS 1.2 or later.
public final class HTTPClient: Sendable {
    public struct Configuration: Sendable {
        /// Name resolution, TCP and TLS together; 10 s.
        public var connectTimeout: Duration = .seconds(10)
        /// A PEM file of the authorities to trust; nil means the system's.
        public var caFile: String?
        /// Requests at the same time, and threads; further ones wait in line.
        public var connectionCountMax = 8
        public var userAgent = "iceberg-offload"

        public init() {}
    }

    private let pool: ConnectionPool

    public init(_ configuration: Configuration = Configuration()) {
        precondition(configuration.connectionCountMax > 0, "a client needs at least one connection")
        pool = ConnectionPool(configuration)
    }

    /// Sends `request` and hands the body of a 2xx response to `sink` while it arrives.
    ///
    /// Cancelling the task ends the transfer within about a second, the pace of libcurl's progress callback.
    /// Waiting for a free connection does not count against the request's timeout.
    /// - Throws: `HTTPError`. Status codes are not errors.
    public func send(_ request: HTTPRequest, into sink: some ResponseSink) async throws -> HTTPResponse {
        try request.validate()
        let cancellation = CancellationFlag()
        return try await withTaskCancellationHandler {
            let connection = try await pool.acquire()
            let result = await connection.perform(request, into: sink, cancellation: cancellation)
            await pool.release(connection)
            return try result.get()
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// Sends `request` and returns the response with its whole body.
    /// - Parameter byteCountMax: a 2xx body beyond it is `HTTPError` `tooLarge`; 16 MiB.
    /// - Throws: `HTTPError`.
    public func send(_ request: HTTPRequest, byteCountMax: Int = 16 << 20) async throws -> HTTPResponse {
        let sink = MemorySink(byteCountMax: byteCountMax)
        let response = try await send(request, into: sink)
        guard response.head.isSuccess else { return response }
        return HTTPResponse(head: response.head, body: sink.bytes, byteCount: response.byteCount)
    }

    /// Of libcurl, as it is linked at run time: `8.14.1`.
    public static var libraryVersion: String {
        curl_version_info(CURLVERSION_FIRST)?.pointee.version.map { String(cString: $0) } ?? "unknown"
    }
}
