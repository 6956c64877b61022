// A clock that stands still until a test moves it.
import Synchronization

/// Sleepers wake when the test says so; nothing waits in real time.
final class VirtualClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct State {
        var now = Duration.zero
        var nextID = 0
        var sleepers: [Int: (deadline: Duration, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var watcher: (count: Int, deadline: Duration?, continuation: CheckedContinuation<Void, Never>)?

        mutating func wakeWatcher() {
            guard let waiting = watcher, sleepers.count >= waiting.count,
                waiting.deadline.map({ wanted in sleepers.values.contains { $0.deadline == wanted } }) ?? true
            else { return }
            watcher = nil
            waiting.continuation.resume()
        }
    }

    private let state = Mutex(State())
    let start: Int64

    /// - Parameter start: the wall clock at the beginning, microseconds since 1970.
    init(start: Int64) {
        self.start = start
    }

    var now: Instant { state.withLock { Instant(offset: $0.now) } }
    var minimumResolution: Duration { .nanoseconds(1) }
    /// Seconds since the start.
    var seconds: Int64 { now.offset.components.seconds }
    var microseconds: Int64 { start + seconds * 1_000_000 }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
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
                        state.sleepers[id] = (deadline.offset, continuation)
                        state.wakeWatcher()
                    }
                }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(
                throwing: CancellationError())
        }
    }

    /// Returns once so many sleep, one of them until `deadline` seconds after the start.
    func settle(_ count: Int, until deadline: Int64? = nil) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.watcher = (count, deadline.map { .seconds($0) }, continuation)
                state.wakeWatcher()
            }
        }
    }

    /// Moves on from one deadline to the next, each time when `count` sleep again, until `seconds` after the start.
    func run(until seconds: Int64, sleepers count: Int) async {
        while true {
            await settle(count)
            let next = state.withLock { $0.sleepers.values.map(\.deadline).min() }
            guard let next, next <= .seconds(seconds) else { return jump(to: seconds) }
            jump(to: next.components.seconds)
        }
    }

    func jump(to seconds: Int64) {
        let woken = state.withLock { state in
            state.now = .seconds(seconds)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }
}
