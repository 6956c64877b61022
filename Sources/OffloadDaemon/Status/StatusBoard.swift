// What this process last knew of itself and its tables, for everybody who asks over HTTP.
import OffloadCore
import Synchronization

/// The scheduler and the gauge keeper write on it, the server reads it; so no request ever reaches a database.
public final class StatusBoard: Sendable {
    public struct Snapshot: Sendable {
        public var phase = Phase.starting
        public var tables: [TableStatus] = []
        /// The newest first.
        public var cycles: [CycleRecord] = []
        /// When tables and cycles were read, microseconds since 1970; nil: never yet.
        public var readAtMicroseconds: Int64?
        /// Why they could not be read again since; nil: they could.
        public var readError: String?

        public init() {}
    }

    private let state = Mutex(Snapshot())

    public init() {}

    public var snapshot: Snapshot { state.withLock { $0 } }

    /// False: nothing new. A process that is stopping does nothing else any more.
    func enter(_ phase: Phase) -> Bool {
        state.withLock { state in
            guard state.phase != phase, state.phase != .stopping else { return false }
            state.phase = phase
            return true
        }
    }

    /// How many cycles it has room for.
    static let cycleCount = 10

    func post(cycles: [CycleRecord]) {
        state.withLock { $0.cycles = cycles }
    }

    func post(tables: [TableStatus], cycles: [CycleRecord], at instant: Int64) {
        state.withLock { state in
            state.tables = tables
            state.cycles = cycles
            state.readAtMicroseconds = instant
            state.readError = nil
        }
    }

    /// False: the same failure as before.
    func post(failure: String) -> Bool {
        state.withLock { state in
            defer { state.readError = failure }
            return state.readError != failure
        }
    }
}
