// Row locks: whoever comes later waits until the holder's transaction ends.
import Synchronization

/// One lock per table, first come, first served.
final class RowLocks: Sendable {
    /// The waiting, by table; a table without an entry is free.
    private let queues = Mutex<[String: [CheckedContinuation<Void, Never>]]>([:])

    func holding<Output>(_ table: String, _ transaction: () async throws -> Output) async rethrows -> Output {
        await lock(table)
        defer { unlock(table) }
        return try await transaction()
    }

    private func lock(_ table: String) async {
        await withCheckedContinuation { continuation in
            let isFree = queues.withLock { queues in
                if queues[table] == nil {
                    queues[table] = []
                    return true
                }
                queues[table]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func unlock(_ table: String) {
        let next = queues.withLock { queues in
            guard var waiting = queues[table], !waiting.isEmpty else {
                queues[table] = nil
                return nil as CheckedContinuation<Void, Never>?
            }
            let next = waiting.removeFirst()
            queues[table] = waiting
            return next
        }
        next?.resume()
    }
}
