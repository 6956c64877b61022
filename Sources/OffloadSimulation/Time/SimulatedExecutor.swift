// Runs everything on one thread, in an order that a seed decides, and lets time pass only when all of it waits.
import Dispatch
import Synchronization

/// The executor of one simulation: same seed, same order of events.
///
///     jobs ready -> run one of them, drawn by lot
///     none ready -> move the clock to the next deadline
///     nobody sleeps either, or the time limit is passed -> stalled
final class SimulatedExecutor: TaskExecutor {
    private struct State {
        var ready: [UnownedJob] = []
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
        state.withLock { $0.ready.append(job) }
    }

    /// Runs until `isFinished`, or until nothing is left that could ever go on.
    func run(within limit: Duration, until isFinished: @escaping @Sendable () -> Bool) async {
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
    }

    private func draw() -> UnownedJob? {
        state.withLock { state in
            guard !state.ready.isEmpty else { return nil }
            return state.ready.remove(at: Int.random(in: 0..<state.ready.count, using: &state.lots))
        }
    }
}

/// Random numbers that are the same for the same seed (SplitMix64, Steele et al. 2014).
public struct SimulatedLots: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
