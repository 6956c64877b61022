/// Passes a result on and remembers its end, where an exception may stand.
import HTTPTransport
import Synchronization

final class TailSink: ResponseSink {
    /// The server's exception block has at most 16 KiB; the rest is room for a long message of an older one.
    private static let byteCountMax = 64 << 10

    private struct State {
        var head: HTTPResponseHead?
        var tail: [UInt8] = []
    }

    private let sink: any ResponseSink
    private let state = Mutex(State())

    init(_ sink: any ResponseSink) {
        self.sink = sink
    }

    /// What the server says went wrong after it had sent its 200; nil when it says nothing.
    var exception: ServerException? {
        let (head, tail) = state.withLock { ($0.head, $0.tail) }
        guard let head else { return nil }
        if head.headers["X-ClickHouse-Exception-Code"] != nil {
            return ServerException(text: String(decoding: tail, as: UTF8.self))
        }
        return ServerException(
            tail: tail.suffix(Self.byteCountMax), tag: head.headers["X-ClickHouse-Exception-Tag"])
    }

    func begin(_ head: HTTPResponseHead) throws {
        state.withLock { $0.head = head }
        try sink.begin(head)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        state.withLock { state in
            state.tail.append(contentsOf: bytes)
            // Twice the room, so that the bytes move once in a while and not at each piece.
            if state.tail.count > 2 * Self.byteCountMax {
                state.tail.removeFirst(state.tail.count - Self.byteCountMax)
            }
        }
        try sink.write(bytes)
    }
}
