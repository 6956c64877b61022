/// Where the bytes of a response go while they arrive.
import Synchronization

/// Takes the body of a 2xx response, in pieces of at most 16 KiB, in order.
///
/// Its methods run on the connection's own thread and may block: that is the back pressure which slows the
/// server. A method that throws ends the transfer; the error arrives as `HTTPError` of code `sinkFailed`,
/// except an `HTTPError`, which passes as it is. The body of any other status goes to `HTTPResponse.body`
/// instead.
public protocol ResponseSink: AnyObject, Sendable {
    /// Called once, before the first byte, with the head of a 2xx response.
    func begin(_ head: HTTPResponseHead) throws
    /// `bytes` are valid during the call alone.
    func write(_ bytes: UnsafeRawBufferPointer) throws
}

extension ResponseSink {
    public func begin(_ head: HTTPResponseHead) {}
}

/// Collects a body in memory, up to a limit.
public final class MemorySink: ResponseSink {
    private let byteCountMax: Int
    private let collected = Mutex<[UInt8]>([])

    public init(byteCountMax: Int) {
        self.byteCountMax = byteCountMax
    }

    public var bytes: [UInt8] { collected.withLock { $0 } }

    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        try collected.withLock { collected in
            guard bytes.count <= byteCountMax - collected.count else {
                throw HTTPError(
                    .tooLarge, "the body has more than the \(byteCountMax) bytes that were allowed")
            }
            collected.append(contentsOf: bytes)
        }
    }
}
