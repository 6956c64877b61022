/// A serial executor with a thread of its own, for actors that make C calls which block.
import Foundation

/// Runs the jobs of one actor, one at a time, on a thread that nothing else uses.
///
/// A call that waits minutes for a socket must hold neither a thread of Swift's cooperative pool (as many as
/// there are cores) nor one of libdispatch's (64 in all), or enough of such calls stop the whole program. Use
/// one per actor:
///
///     actor Connection {
///         private let executor: BlockingExecutor
///         nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
///         init() throws { executor = try BlockingExecutor(name: "connection") }
///     }
///
/// The thread starts at `init` and ends when the executor is released.
public final class BlockingExecutor: SerialExecutor {
    private let queue: JobQueue

    /// - Parameter name: the thread's name in `ps -L` and in debuggers; Linux shows its first 15 bytes.
    /// - Throws: `ThreadError` when the system gives no thread. Foundation's `Thread` would not tell, and every job would
    ///   wait for ever.
    public init(name: String) throws {
        queue = JobQueue(name)
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(queue)
        let failure = pthread_create(
            &thread, nil,
            { argument in
                argument.map { Unmanaged<JobQueue>.fromOpaque($0).takeRetainedValue() }?.work()
                return nil
            }, argument.toOpaque())
        guard failure == 0 else {
            argument.release()
            throw ThreadError(errno: failure)
        }
        pthread_detach(thread)
    }

    deinit {
        queue.close()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job), on: self)
    }
}

/// No thread: the memory for its stack is missing, or a limit of threads is reached (ulimit -u, TasksMax=).
public struct ThreadError: Error, CustomStringConvertible {
    public let errno: Int32

    public var description: String { "cannot start a thread: \(String(cString: strerror(errno)))" }
}

/// First in, first out, between any thread that enqueues and the one that runs.
///
/// An entry holds its executor, so that the executor outlives the jobs that were given to it.
private final class JobQueue: @unchecked Sendable {
    typealias Entry = (job: UnownedJob, executor: BlockingExecutor)

    private let name: String
    /// Guards everything below.
    private let condition = NSCondition()
    private var entries: [Entry] = []
    private var isClosed = false

    init(_ name: String) {
        self.name = name
    }

    func append(_ job: UnownedJob, on executor: BlockingExecutor) {
        condition.lock()
        defer { condition.unlock() }
        entries.append((job, executor))
        condition.signal()
    }

    /// Runs every job until the queue is closed and empty.
    func work() {
        Thread.current.name = name
        while let next = next() {
            next.job.runSynchronously(on: next.executor.asUnownedSerialExecutor())
        }
    }

    /// Waits for the next entry; nil when the queue is closed and empty.
    private func next() -> Entry? {
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
