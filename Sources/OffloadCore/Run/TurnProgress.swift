// How far a turn has come, for whoever has to say so when it ends before its time.
import Synchronization

/// What a turn has committed, and what keeps it from going on.
final class TurnProgress: Sendable {
    private let state = Mutex<(tally: TableReport.Tally, setback: OffloadError?)>((.init(), nil))

    var tally: TableReport.Tally { state.withLock { $0.tally } }

    /// Why the last try at the current window failed; nil: it is the first.
    var setback: OffloadError? { state.withLock { $0.setback } }

    func add(_ receipt: CommitReceipt) {
        state.withLock {
            $0.tally.add(receipt)
            $0.setback = nil
        }
    }

    func suffer(_ setback: OffloadError) {
        state.withLock { $0.setback = setback }
    }
}
