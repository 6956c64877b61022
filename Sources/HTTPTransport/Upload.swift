/// A request's body that does not lie in memory.

/// Read on the connection's own thread, where it may block; from the start again when libcurl repeats the request
/// on a new connection.
public protocol Upload: Sendable {
    /// All of it; sent as Content-Length.
    var byteCount: Int64 { get }

    /// Puts bytes from `offset` on into `buffer` and returns how many; zero only at the end.
    ///
    /// What it throws ends the transfer and arrives as `HTTPError` of code `uploadFailed`.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}
