// The server on a free port of the loopback, and requests to it byte by byte.
import Foundation
import Logging
import ServiceLifecycle
import Testing

@testable import OffloadDaemon
@testable import StatusServer

extension Rehearsal {
    /// Runs the server while `script` asks it.
    func serve(
        _ configuration: MetricsServer.Configuration = .loopback(),
        web: (@Sendable () throws -> WebConfiguration)? = nil,
        script: @Sendable (Int) async throws -> Void
    ) async throws {
        let (ports, announce) = AsyncStream<Int>.makeStream()
        let clock = clock
        let quiet = Logger(label: "") { _ in SwiftLogNoOpLogHandler() }
        let server = MetricsServer(
            configuration, orders: orders, onlookers: onlookers, web: web, logger: quiet,
            now: { clock.microseconds }, bound: { announce.yield($0) })
        let group = ServiceGroup(services: [server], logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let port = try #require(await ports.first { _ in true })
            try await script(port)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

extension MetricsServer.Configuration {
    /// A free port, and limits that are not the usual ones.
    static func loopback(exchangeTimeout: Duration = .seconds(10), connectionCountMax: Int = 64) -> Self {
        var configuration = Self(host: "127.0.0.1", port: 0)
        configuration.exchangeTimeout = exchangeTimeout
        configuration.connectionCountMax = connectionCountMax
        return configuration
    }
}

/// One connection to the server, as bytes.
final class ServerProbe: Sendable {
    private let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)

    init(port: Int) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
    }

    deinit { close(descriptor) }

    /// A request that ends its connection, and the whole answer.
    static func get(
        _ path: String, _ port: Int, method: String = "GET", _ header: String = ""
    ) async throws -> String {
        let probe = try ServerProbe(port: port)
        probe.send("\(method) \(path) HTTP/1.1\r\nHost: x\r\n\(header)Connection: close\r\n\r\n")
        return await probe.answer()
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Everything until the server closes the connection.
    func answer() async -> String {
        await apart {
            var answer: [UInt8] = []
            while let more = self.receive() { answer += more }
            return String(decoding: answer, as: UTF8.self)
        }
    }

    /// What there is to read just now.
    func piece() async -> String {
        await apart { String(decoding: self.receive() ?? [], as: UTF8.self) }
    }

    /// Sends one byte of a header every 20 ms until the server closes the connection; how long that took.
    func drip() async -> Duration {
        await apart {
            let start = ContinuousClock.now
            self.send("GET / HTTP/1.1\r\nX: ")
            var byte: UInt8 = 0
            while recv(self.descriptor, &byte, 1, Int32(MSG_DONTWAIT)) < 0, errno == EAGAIN,
                ContinuousClock.now - start < .seconds(60)
            {
                self.send("x")
                usleep(20_000)
            }
            return ContinuousClock.now - start
        }
    }

    /// Whether nothing is to be read for so long.
    func isSilent(for milliseconds: Int32) async -> Bool {
        await apart {
            var descriptor = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&descriptor, 1, milliseconds) == 0
        }
    }

    private func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// On a thread of its own: one that waits here must not be one that the server needs.
    private func apart<Output: Sendable>(_ body: @escaping @Sendable () -> Output) async -> Output {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }
}
