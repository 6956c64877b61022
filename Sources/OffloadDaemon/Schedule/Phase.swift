// What the scheduler is doing at this moment.

/// A step in the scheduler's life.
///
///     starting -> blocked <-> standby -> running <-> waiting -> stopping
///                    ^           ^          |           |
///                    +-----------+----------+-----------+   the lease is lost
public enum Phase: Sendable, Hashable {
    case starting
    /// The lease cannot even be asked for.
    case blocked(reason: String)
    /// Another process holds the lease.
    case standby(holder: String)
    /// A cycle runs, since an instant in microseconds since 1970.
    case running(since: Int64)
    /// The next cycle begins at an instant in microseconds since 1970.
    case waiting(until: Int64)
    case stopping

    /// Whether this process holds the lease.
    public var isActive: Bool {
        switch self {
        case .running, .waiting: true
        case .starting, .blocked, .standby, .stopping: false
        }
    }

    /// Whether the process does what it is there for: it runs cycles, or stands by and its servers answer.
    public var isReady: Bool {
        switch self {
        case .running, .waiting, .standby: true
        case .starting, .blocked, .stopping: false
        }
    }
}

extension Phase: CustomStringConvertible {
    public var description: String {
        switch self {
        case .starting: "starting"
        case .blocked(let reason): "waiting for PostgreSQL: \(reason)"
        case .standby(let holder): "standing by for \(holder)"
        case .running(let since): "running a cycle since \(UTCTime(microseconds: since).text)"
        case .waiting(let until): "next cycle at \(UTCTime(microseconds: until).text)"
        case .stopping: "stopping"
        }
    }
}
