/// A proxy on loopback that forwards to the server, until told to misbehave.
import Foundation
import Synchronization

final class TCPProxy: Sendable {
    enum Fault {
        case none
        /// Forwards COMMIT, waits for its answer, and hangs up instead of passing it on.
        case dropReplyToCommit
        /// Hangs up on COMMIT instead of forwarding it.
        case dropCommit
        /// Accepts, reads nothing and says nothing more.
        case silence
    }

    let port: Int
    private let listener: Int32
    private let serverPort: Int
    private let fault = Mutex(Fault.none)
    private let connectionCount = Mutex(0)
    /// Connections up to this number are silent, whatever the fault.
    private let silencedCount = Mutex(0)
    private let isClosed = Mutex(false)

    init(serverPort: Int) throws {
        self.serverPort = serverPort
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { [self] in
            while case let client = accept(listener, nil, nil), client >= 0 {
                Thread { [self] in forward(client) }.start()
            }
        }.start()
    }

    func set(_ fault: Fault) { self.fault.withLock { $0 = fault } }

    /// Makes the connections of now silent; new ones work.
    func silencePresentConnections() {
        let count = connectionCount.withLock { $0 }
        silencedCount.withLock { $0 = count }
    }

    func stop() {
        isClosed.withLock { $0 = true }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private func forward(_ client: Int32) {
        let number = connectionCount.withLock { count in
            count += 1
            return count
        }
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
        var dropsReply = false
        while isConnected, !isClosed.withLock({ $0 }) {
            var sockets = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let isSilent = fault.withLock { $0 == .silence } || silencedCount.withLock { $0 >= number }
            guard poll(&sockets, isSilent ? 0 : 2, 10) > 0 else {
                if isSilent { poll(nil, 0, 10) }
                continue
            }
            if sockets[0].revents != 0 {
                guard let bytes = Self.read(client) else { return }
                if bytes.firstRange(of: Array("COMMIT\0".utf8)) != nil {
                    let fault = fault.withLock { $0 }
                    if fault == .dropCommit { return }
                    dropsReply = fault == .dropReplyToCommit
                }
                guard send(server, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return }
            }
            if sockets[1].revents != 0 {
                guard let bytes = Self.read(server), !dropsReply else { return }
                guard send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return }
            }
        }
    }

    private static func read(_ socket: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(socket, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes[..<count]) : nil
    }
}
