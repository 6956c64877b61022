// What systemd hears, on a real datagram socket.
import Foundation
import Testing

@testable import OffloadDaemon

/// The receiving end, as systemd has it.
private final class NotifySocket {
    private let socket: Int32

    init(_ name: [UInt8]) throws {
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(2 + name.count)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
        }
        try #require(result == 0)
    }

    deinit { close(socket) }

    /// Datagrams between sockets of one host are there as soon as they are sent.
    var messages: [String] {
        var all: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count >= 0 {
            all.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
        return all
    }
}

@Suite struct SystemdTests {
    @Test(arguments: [false, true])
    func messagesArrive(isAbstract: Bool) throws {
        let name = "/tmp/notify-\(UUID().uuidString)"
        defer { unlink(name) }
        let socket = try NotifySocket(isAbstract ? [0] + Array(name.utf8) : Array(name.utf8))
        let notifier = SystemdNotifier(environment: ["NOTIFY_SOCKET": (isAbstract ? "@" : "") + name])
        for message in [.ready, .status("one\ntwo"), .watchdog, .stopping(within: .seconds(90))]
            as [SystemdNotifier.Message]
        {
            notifier.send(message)
        }
        #expect(
            socket.messages == [
                "READY=1", "STATUS=one two", "WATCHDOG=1", "STOPPING=1\nEXTEND_TIMEOUT_USEC=90000000",
            ])
        notifier.send(.reloading)
        #expect(socket.messages.first?.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") == true)
    }

    @Test(arguments: [
        "", "relative", "/tmp/nobody-listens-here", "@", "vsock:2:1",
        "/" + String(repeating: "x", count: 200),
    ])
    func nobodyListeningIsNoFailure(name: String) {
        SystemdNotifier(environment: ["NOTIFY_SOCKET": name]).send(.ready)
        SystemdNotifier(environment: [:]).send(.ready)
    }

    @Test(arguments: [
        (["WATCHDOG_USEC": "60000000"], Duration.seconds(60)), ([:], nil), (["WATCHDOG_USEC": "x"], nil),
        (["WATCHDOG_USEC": "0"], nil), (["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"], nil),
    ])
    func watchdogIntervalIsRead(environment: [String: String], interval: Duration?) {
        #expect(SystemdNotifier(environment: environment).watchdogInterval == interval)
    }

    @Test func watchdogFallsSilentWhenNothingGetsOn() async throws {
        let name = "/tmp/notify-\(UUID().uuidString)"
        defer { unlink(name) }
        let socket = try NotifySocket(Array(name.utf8))
        let clock = VirtualClock(start: 0)
        let origin = ContinuousClock.now
        let pulse = Pulse { origin.advanced(by: clock.now.offset) }
        let notifier = SystemdNotifier(environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "60000000"])
        let task = Task { try await Watchdog(notifier, pulse: pulse, clock: clock).run() }
        await clock.run(until: 59, sleepers: 1)
        #expect(socket.messages.count == 3)
        pulse.beat(goodFor: .seconds(10))
        await clock.run(until: 79, sleepers: 1)
        #expect(socket.messages.count == 1)
        await clock.run(until: 200, sleepers: 1)
        #expect(socket.messages.isEmpty)
        pulse.beat(goodFor: .seconds(100))
        await clock.run(until: 220, sleepers: 1)
        #expect(socket.messages.count == 1)
        task.cancel()
        try await task.value
    }
}
