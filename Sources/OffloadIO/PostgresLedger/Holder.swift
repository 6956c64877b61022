// Who holds a lease: a process on a host.
import Foundation

/// A process's name in the lease table, `host:pid`.
public struct Holder: Sendable, Hashable {
    public let host: String
    public let processID: Int32

    public init(host: String, processID: Int32) {
        self.host = host
        self.processID = processID
    }

    /// This process.
    public static var current: Holder {
        Holder(
            host: ProcessInfo.processInfo.hostName, processID: ProcessInfo.processInfo.processIdentifier)
    }

    public var text: String { "\(host):\(processID)" }

    /// Whether another holder was a process of this host that runs no more. Of other hosts we know nothing, and a
    /// number that was given to a new process counts as alive: then the lease simply has to lapse.
    func knowsDead(_ other: String) -> Bool {
        guard let colon = other.lastIndex(of: ":"), other[..<colon] == host,
            let pid = Int32(other[other.index(after: colon)...])
        else { return false }
        // Signal 0 only asks; a process of another user answers EPERM, which is an answer too (kill(2)).
        return kill(pid, 0) == -1 && errno == ESRCH
    }
}
