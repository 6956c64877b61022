// A clock that stands still until somebody moves it.
import Synchronization

/// Sleepers wake when the clock is moved to their deadline; nothing waits in real time.
public final class SimulatedClock: Clock {
    public struct Instant: InstantProtocol {
        /// Since the simulation began.
        public let offset: Duration

        public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        public func duration(to other: Instant) -> Duration { other.offset - offset }
        public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        let id: Int
        let deadline: Duration
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Duration.zero
        var lastID = 0
        /// In the order in which they wake: by deadline, then as they fell asleep. They are few.
        var sleepers: [Sleeper] = []

        mutating func add(_ sleeper: Sleeper) {
            let later = sleepers.lastIndex { $0.deadline <= sleeper.deadline }
            sleepers.insert(sleeper, at: later.map { $0 + 1 } ?? 0)
        }
    }

    private let state = Mutex(State())

    public init() {}

    public var now: Instant { Instant(offset: state.withLock { $0.now }) }
    public var minimumResolution: Duration { .nanoseconds(1) }

    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation {
                (continuation: CheckedContinuation<Void, any Error>) in
                state.withLock { state in
                    if Task.isCancelled {
                        continuation.resume(throwing: CancellationError())
                    } else if deadline.offset <= state.now {
                        continuation.resume()
                    } else {
                        state.add(
                            Sleeper(id: id, deadline: deadline.offset, continuation: continuation))
                    }
                }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.sleepers.firstIndex { $0.id == id }.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Lets time pass and wakes whoever slept until then.
    public func advance(by duration: Duration) {
        move(to: now.offset + duration)
    }

    /// Moves on to the first deadline; false: nobody sleeps.
    func advanceToNextSleeper() -> Bool {
        guard let next = state.withLock({ $0.sleepers.first?.deadline }) else { return false }
        move(to: next)
        return true
    }

    private func move(to instant: Duration) {
        let due = state.withLock { state in
            state.now = max(state.now, instant)
            let due = state.sleepers.prefix { $0.deadline <= state.now }
            state.sleepers.removeFirst(due.count)
            return due.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }
}
