// A proxy on loopback that passes bytes on until it is told to hang up.
import Foundation
import Synchronization

final class Interceptor: Sendable {
    enum Direction: Sendable { case toServer, toClient }
    /// How many of the bytes to pass on before hanging up; nil: all of them, and go on.
    typealias Judgement = @Sendable (Direction, [UInt8]) -> Int?

    let port: Int
    private let serverPort: Int
    private let listener: Int32
    private let judge: Judgement

    init(serverPort: Int, judge: @escaping Judgement) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        self.listener = listener
        self.serverPort = serverPort
        self.judge = judge
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { [self] in
            while case let client = accept(listener, nil, nil), client >= 0 {
                Thread { [self] in forward(client) }.start()
            }
        }.start()
    }

    /// Accepts no more connections.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func forward(_ client: Int32) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer {
            close(client)
            close(server)
        }
        var address = Self.loopback(port: serverPort)
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        while isConnected {
            var sockets = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&sockets, 2, -1) > 0 else { return }
            if sockets[0].revents != 0, !pass(from: client, to: server, .toServer) { return }
            if sockets[1].revents != 0, !pass(from: server, to: client, .toClient) { return }
        }
    }

    private func pass(from source: Int32, to target: Int32, _ direction: Direction) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(source, &bytes, bytes.count, 0)
        guard count > 0 else { return false }
        bytes.removeLast(bytes.count - count)
        let limit = judge(direction, bytes)
        let passed = min(limit ?? count, count)
        return send(target, bytes, passed, Int32(MSG_NOSIGNAL)) == passed && limit == nil
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}

extension Interceptor {
    /// Hangs up once on a COMMIT: before it arrives, or when its reply comes.
    static func losingCommit(number: Int, arrives: Bool) throws -> Interceptor {
        let state = Mutex((commitCount: 0, isReplyDue: false))
        return try Interceptor(serverPort: try Testbed.postgresPort) { direction, bytes in
            state.withLock { state in
                if direction == .toClient, state.isReplyDue {
                    state.isReplyDue = false
                    return 0
                }
                guard direction == .toServer, bytes.firstRange(of: Array("COMMIT\0".utf8)) != nil else {
                    return nil
                }
                state.commitCount += 1
                guard state.commitCount == number else { return nil }
                state.isReplyDue = arrives
                return arrives ? nil : 0
            }
        }
    }
}
