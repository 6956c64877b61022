// What systemd is told of the process (sd_notify(3)): one datagram per message, no library.
import FoundationEssentials
import Glibc
import OffloadCore

/// Talks to the service manager that `NOTIFY_SOCKET` names; to nobody when there is none.
public struct SystemdNotifier: Sendable {
    public enum Message: Sendable, Equatable {
        case ready
        case reloading
        /// The process ends, and may need this long for it, whatever the unit's `TimeoutStopSec=` says.
        case stopping(within: Duration)
        case watchdog
        /// A line that `systemctl status` shows.
        case status(String)
    }

    /// How often systemd wants to hear `watchdog`; nil: not at all.
    public let watchdogInterval: Duration?
    /// The socket's path, or a NUL and an abstract name; nil: nobody listens.
    private let address: [UInt8]?

    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        address = Self.address(environment["NOTIFY_SOCKET"] ?? "")
        // WATCHDOG_PID names the process that is meant, in case the environment was inherited (sd_watchdog_enabled(3)).
        let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        let interval = environment["WATCHDOG_USEC"].flatMap(Int64.init) ?? 0
        watchdogInterval = isMeant && interval > 0 ? .microseconds(interval) : nil
    }

    /// Never waits and never fails: a service runs as well unwatched.
    public func send(_ message: Message) {
        guard let address else { return }
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return }
        defer { close(socket) }
        let text = Array(message.text.utf8)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: address) }
        let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2) + socklen_t(address.count)
        withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(socket, text, text.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), $0, length)
            }
        }
    }

    private static func address(_ text: String) -> [UInt8]? {
        var bytes = Array(text.utf8)
        guard let first = bytes.first, bytes.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else {
            return nil
        }
        switch first {
        case UInt8(ascii: "/"): return bytes
        case UInt8(ascii: "@"):
            bytes[0] = 0
            return bytes
        default: return nil
        }
    }
}

extension SystemdNotifier.Message {
    fileprivate var text: String {
        switch self {
        case .ready: "READY=1"
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds)"
        case .stopping(let limit): "STOPPING=1\nEXTEND_TIMEOUT_USEC=\(Int64(limit.inSeconds * 1e6))"
        case .watchdog: "WATCHDOG=1"
        case .status(let line): "STATUS=" + line.prefix(200).map { $0.isNewline ? " " : $0 }
        }
    }

    /// Type=notify-reload wants the time of the reload, so that an old READY=1 is not taken for its end.
    private static var monotonicMicroseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
