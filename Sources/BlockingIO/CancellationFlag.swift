/// Carries a task's cancellation into C code that blocks.
import Synchronization

/// Set once by a cancellation handler, on any thread, and read by the loop or callback that blocks.
public final class CancellationFlag: Sendable {
    private let isSet = Atomic(false)

    public init() {}

    public var isCancelled: Bool { isSet.load(ordering: .relaxed) }

    public func cancel() {
        isSet.store(true, ordering: .relaxed)
    }
}
