// Until when the silence of the process means nothing bad.
import Synchronization

/// A sign of life with a date: each beat says by when there will be another one, if all is well.
public final class Pulse: Sendable {
    private let instant: @Sendable () -> ContinuousClock.Instant
    private let deadline: Mutex<ContinuousClock.Instant>

    /// Alive for a minute, in which the process has to start.
    public init(now instant: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.instant = instant
        deadline = Mutex(instant().advanced(by: .seconds(60)))
    }

    public func beat(goodFor duration: Duration) {
        let next = instant().advanced(by: duration)
        deadline.withLock { $0 = next }
    }

    public var isAlive: Bool { deadline.withLock { $0 } >= instant() }
}
