// Runs everything on one thread, in an order that a seed decides, and lets time pass only when all of it waits.
import Dispatch
import Synchronization

/// The executor of one simulation: same seed, same order of events.
///
///     jobs ready -> run one of them, drawn by lot
///     none ready -> move the clock to the next deadline
///     nobody sleeps either, or the time limit is passed -> stalled
///
/// Outside of `run` time stands still, and jobs go on at once wherever the system likes.
final class SimulatedExecutor: TaskExecutor {
    private struct State {
        var ready: [UnownedJob] = []
        var isRunning = false
        var lots: SimulatedLots
    }

    private let clock: SimulatedClock
    private let state: Mutex<State>

    init(clock: SimulatedClock, seed: UInt64) {
        self.clock = clock
        state = Mutex(State(lots: SimulatedLots(seed: seed)))
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isQueued = state.withLock { state in
            if state.isRunning { state.ready.append(job) }
            return state.isRunning
        }
        if !isQueued {
            DispatchQueue.global().async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    /// Runs `begin` and what follows from it until `isFinished`, or until nothing is left that could ever go on.
    func run(
        within limit: Duration, begin: () -> Void, until isFinished: @escaping @Sendable () -> Bool
    ) async {
        state.withLock { $0.isRunning = true }
        begin()
        await withCheckedContinuation { continuation in
            // A plain thread: jobs must not run inside the job that waits for them.
            DispatchQueue.global().async {
                while !isFinished() {
                    if let job = self.draw() {
                        job.runSynchronously(on: self.asUnownedTaskExecutor())
                    } else if self.clock.now.offset > limit || !self.clock.advanceToNextSleeper() {
                        break
                    }
                }
                continuation.resume()
            }
        }
        let left = state.withLock { state in
            state.isRunning = false
            defer { state.ready = [] }
            return state.ready
        }
        for job in left { enqueue(ExecutorJob(job)) }
    }

    private func draw() -> UnownedJob? {
        state.withLock { state in
            guard !state.ready.isEmpty else { return nil }
            return state.ready.remove(at: Int.random(in: 0..<state.ready.count, using: &state.lots))
        }
    }
}
