/// A serial executor with a thread of its own, for actors that make C calls which block.
import Foundation

/// Runs the jobs of one actor, one at a time, on a thread that nothing else uses.
///
/// A call that waits minutes for a socket must hold neither a thread of Swift's cooperative pool (as many as
/// there are cores) nor one of libdispatch's (64 in all), or enough of such calls stop the whole program. Use
/// one per actor:
///
///     actor Connection {
///         private let executor = BlockingExecutor(name: "connection")
///         nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
///     }
///
/// The thread starts at `init` and ends when the executor is released.
public final class BlockingExecutor: SerialExecutor {
    private let queue = JobQueue()

    /// - Parameter name: the thread's name in `ps -L` and in debuggers; Linux shows its first 15 bytes.
    public init(name: String) {
        let thread = Thread { [queue] in
            while let next = queue.next() {
                next.job.runSynchronously(on: next.executor.asUnownedSerialExecutor())
            }
        }
        thread.name = name
        thread.start()
    }

    deinit {
        queue.close()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job), on: self)
    }
}

/// First in, first out, between any thread that enqueues and the one that runs.
///
/// An entry holds its executor, so that the executor outlives the jobs that were given to it.
private final class JobQueue: @unchecked Sendable {
    typealias Entry = (job: UnownedJob, executor: BlockingExecutor)

    /// Guards everything below.
    private let condition = NSCondition()
    private var entries: [Entry] = []
    private var isClosed = false

    func append(_ job: UnownedJob, on executor: BlockingExecutor) {
        condition.lock()
        defer { condition.unlock() }
        entries.append((job, executor))
        condition.signal()
    }

    /// Waits for the next entry; nil when the queue is closed and empty.
    func next() -> Entry? {
        condition.lock()
        defer { condition.unlock() }
        while entries.isEmpty && !isClosed {
            condition.wait()
        }
        return entries.isEmpty ? nil : entries.removeFirst()
    }

    func close() {
        condition.lock()
        defer { condition.unlock() }
        isClosed = true
        condition.signal()
    }
}
