/// An HTTP server on loopback that answers each path with the bytes it was told, right or wrong.
import Foundation
import Synchronization

/// One thread per connection. Ends with its last reference; connections end when their clients close them.
public final class ScriptedServer: Sendable {
    public enum Step: Sendable {
        case send(String)
        case sendBytes([UInt8], times: Int)
        /// Says nothing more until the client closes the connection.
        case hang
        /// Closes the connection after what was sent.
        case close
    }

    private struct Log: Sendable {
        var requests: [String] = []
        var connectionCount = 0
    }

    private final class State: Sendable {
        let script: @Sendable (_ request: String) -> [Step]
        let log = Mutex(Log())

        init(script: @escaping @Sendable (String) -> [Step]) {
            self.script = script
        }
    }

    public let port: UInt16
    private let listener: Int32
    private let state: State

    public var url: String { "http://127.0.0.1:\(port)" }
    /// Head and body of each request, in the order they came.
    public var requests: [String] { state.log.withLock { $0.requests } }
    public var connectionCount: Int { state.log.withLock { $0.connectionCount } }

    /// Answers by path, and what is not there with 404.
    public convenience init(_ scripts: [String: [Step]]) throws {
        try self.init { request in
            let path = request.split(separator: " ").dropFirst().first.map { $0.prefix { $0 != "?" } } ?? ""
            return scripts[String(path)] ?? [.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")]
        }
    }

    /// Answers with what `script` makes of the whole text of a request.
    public init(script: @escaping @Sendable (_ request: String) -> [Step]) throws {
        let (listener, port) = try Self.listen()
        let state = State(script: script)
        (self.listener, self.port, self.state) = (listener, port, state)
        Thread.detachNewThread {
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                state.log.withLock { $0.connectionCount += 1 }
                Thread.detachNewThread { Self.serve(connection, state) }
            }
            close(listener)
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// A port of loopback on which nobody listens.
    public static func closedPort() throws -> UInt16 {
        let (listener, port) = try listen()
        close(listener)
        return port
    }

    private static func listen() throws -> (listener: Int32, port: UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && Glibc.listen(listener, 64) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    private static func serve(_ connection: Int32, _ state: State) {
        defer { close(connection) }
        while let request = readRequest(connection) {
            state.log.withLock { $0.requests.append(request) }
            for step in state.script(request) {
                switch step {
                case .send(let text):
                    guard send(Array(text.utf8), connection) else { return }
                case .sendBytes(let bytes, let times):
                    for _ in 0..<times where !send(bytes, connection) { return }
                case .hang:
                    while !receive(connection).isEmpty {}
                    return
                case .close:
                    return
                }
            }
        }
    }

    /// nil when the client has closed the connection.
    private static func readRequest(_ connection: Int32) -> String? {
        var bytes: [UInt8] = []
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let headEnd = text.range(of: "\r\n\r\n") {
                let lengthField = text[..<headEnd.lowerBound].components(separatedBy: "\r\n")
                    .first { $0.lowercased().hasPrefix("content-length:") }
                let length = lengthField.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
                if text[headEnd.upperBound...].utf8.count >= length { return text }
            }
            let more = receive(connection)
            guard !more.isEmpty else { return nil }
            bytes += more
        }
    }

    private static func receive(_ connection: Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
            count = max(0, recv(connection, buffer.baseAddress, buffer.count, 0))
        }
    }

    private static func send(_ bytes: [UInt8], _ connection: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
